"""The marshal dialect in which masters, nodes and clients exchange values (wire-slap section 2)."""

import re

from slap_domain.errors import InvalidInput
from slap_http_adapter.wire.flat_documents import NOT_FLAT, flat_value
from slap_http_adapter.wire.values import REQUEST_LIMITS, Fragment, Limits

# Must differ from the `i2`, `i3`, … of documents.
_PREFIX = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*[_.-]\Z")
_SCALARS = (str, int, float, complex, type(None))


def dumps(value: object) -> bytes:
    """Marshal a value: pure ASCII, reproducible, byte for byte what existing masters and clients write.

    Raises:
        InvalidInput: the dialect cannot express it.
    """
    from slap_http_adapter.wire.marshal_encoder import Encoder  # noqa: PLC0415 - whoever only reads goes without

    return f"<marshal>{Encoder().element(value)}</marshal>".encode("ascii", "xmlcharrefreplace")


def dumps_fragment(value: object, *, ids: str) -> Fragment:
    """Marshal a value that is to become part of documents.

    Args:
        value: what to marshal.
        ids: what its ids start with: letters, digits, `_`, `.` and `-`, ending in one of the last three.
            Fragments of one document need different ones.

    Raises:
        InvalidInput: the dialect cannot express it, or the prefix is malformed.
    """
    if not _PREFIX.match(ids):
        raise InvalidInput(f"{ids[:80]!r} cannot start the ids of a fragment")
    from slap_http_adapter.wire.marshal_encoder import Encoder  # noqa: PLC0415 - as above

    text = Encoder(ids).element(value)
    return Fragment(text=text.encode("ascii", "xmlcharrefreplace").decode("ascii"))


def loads(data: bytes | str, limits: Limits = REQUEST_LIMITS) -> object:
    """Read a marshalled document; the value may share parts and hold cycles.

    Raises:
        InvalidInput: it is malformed, holds what the dialect does not know, or is beyond the limits.
    """
    return _decoded(data, limits)[0]


def loads_tree(data: bytes | str, limits: Limits = REQUEST_LIMITS) -> object:
    """Read a marshalled document into a value without cycles, in which nothing is shared.

    What a server reads from strangers: references cannot make it endless, nor larger than the limits when
    it is walked.

    Raises:
        InvalidInput: it is malformed, cyclic or beyond the limits.
    """
    if isinstance(data, str) and limits is REQUEST_LIMITS:
        value = flat_value(data)
        if value is not NOT_FLAT:
            return value
    value, is_tree = _decoded(data, limits)
    return value if is_tree else _Copier(limits).copy(value)


def _decoded(data: bytes | str, limits: Limits) -> tuple[object, bool]:
    """Return the value of a document, and whether it is a tree of plain values."""
    if isinstance(data, str):
        try:
            data = data.encode()
        except UnicodeEncodeError as error:
            raise InvalidInput("a marshalled document is no valid text") from error
    # Half of a client's conversations read no document.
    from slap_http_adapter.wire.marshal_decoder import Decoder  # noqa: PLC0415

    decoder = Decoder(limits)
    return decoder.document(data), decoder.is_tree


class _Copier:
    """Copies a value into a tree, counting."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._left = limits.elements
        self._depth = 0

    def copy(self, value: object) -> object:
        self._left -= 1
        if self._left < 0:
            raise InvalidInput(f"a marshalled document unfolds to more than {self._limits.elements} values")
        if isinstance(value, _SCALARS):
            return value
        self._depth += 1
        if self._depth > 2 * self._limits.depth:
            raise InvalidInput("a marshalled document refers to itself")
        copied = self._container(value)
        self._depth -= 1
        return copied

    def _container(self, value: object) -> object:
        if isinstance(value, dict):
            return {self.copy(key): self.copy(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.copy(item) for item in value]
        if isinstance(value, tuple):
            return tuple(self.copy(item) for item in value)
        if isinstance(value, set):
            return {self.copy(item) for item in value}
        raise InvalidInput("a marshalled document holds an object where plain values are expected")
