"""One request and its answer, as plain values that handlers read and return."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from slap_domain.errors import InvalidInput
from slap_domain.model.master.caller import ANYBODY, Caller

TEXT: Final = "text/plain; charset=utf-8"
MARSHAL: Final = "application/xml; charset=utf-8"
JSON: Final = "application/json"
NO_FIELDS: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request whose body and fields have been read within the limits.

    Attributes:
        path: decoded, without the leading slashes.
        fields: of the form, or of the query for a GET.
        headers: names in lower case.
        scheme: http or https, as the listener sees it.
        caller: who asks.
    """

    verb: str
    path: str
    fields: Mapping[str, str] = field(default_factory=lambda: NO_FIELDS)
    headers: Sequence[tuple[bytes, bytes]] = ()
    body: bytes = b""
    scheme: str = "http"
    caller: Caller = ANYBODY

    def required(self, name: str) -> str:
        """Return a field that must be there.

        Raises:
            InvalidInput: it is not.
        """
        try:
            return self.fields[name]
        except KeyError:
            raise InvalidInput(f"field {name} is missing") from None

    def optional(self, name: str) -> str:
        """Return a field; empty when it is absent, empty or the word `None` (wire-slap section 1)."""
        value = self.fields.get(name, "")
        return "" if value == "None" else value

    def header(self, name: bytes) -> str:
        """Return the first header of a name given in lower case; empty when there is none."""
        for known, value in self.headers:
            if known == name:
                return value.decode("latin-1")
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What goes back.

    Attributes:
        body: the whole body, or pieces of it that are sent one after the other.
        confirmed: called when what the answer says is durable; before, the answer may yet be taken back.
    """

    status: int = 200
    body: bytes | tuple[bytes, ...] = b""
    content_type: str = TEXT
    headers: tuple[tuple[str, str], ...] = ()
    confirmed: Callable[[], None] | None = None


def text(message: str, status: int = 200) -> Answer:
    """Return a plain text answer."""
    return Answer(status=status, body=message.encode("utf-8", "backslashreplace"))


def marshalled(document: bytes, confirmed: Callable[[], None] | None = None) -> Answer:
    """Return an answer that holds a marshalled value."""
    return Answer(body=document, content_type=MARSHAL, confirmed=confirmed)
