"""A master's answer: its status as an error of the domain, and its body as a value (wire-slap section 8)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from slap_domain.errors import (
    Conflict,
    InvalidInput,
    MasterUnreachable,
    NotAllowed,
    NotFound,
    NotReady,
    RequestRefused,
    SlapError,
)
from slap_http_adapter.wire.marshal import loads
from slap_http_adapter.wire.values import ANSWER_LIMITS

_MESSAGE_LIMIT = 500
_PARAGRAPH = re.compile(r"<p>(.*?)(?:</p>|$)", re.DOTALL | re.IGNORECASE)
_TITLE = re.compile(r"<title>(.*?)</title>", re.DOTALL | re.IGNORECASE)
# A page may begin with a byte order mark, an XML declaration and comments.
_PAGE = re.compile(
    rb"(?:\xef\xbb\xbf)?(?:\s|<\?xml[^>]*>|<!--.*?-->)*<(?:!doctype\s+html|html|head|body)\b",
    re.DOTALL | re.IGNORECASE,
)
_HEAD = 2000
_TAG = re.compile(r"<[^>]*>")
_HINT = "\nhint: "


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a master answered, whatever its status.

    Attributes:
        url: what was asked for, as it goes into messages.
        location: where a redirection points to; empty otherwise.
        charset: of the body, as the master declared it.
    """

    status: int
    url: str
    body: bytes
    content_type: str = ""
    charset: str = "utf-8"
    location: str = ""

    @property
    def is_success(self) -> bool:
        """Tell whether the status is 2xx."""
        return 200 <= self.status < 300

    @property
    def text(self) -> str:
        """Return the body as text."""
        try:
            return self.body.decode(self.charset, "replace")
        except LookupError:
            return self.body.decode("utf-8", "replace")

    @property
    def is_page(self) -> bool:
        """Tell whether the body is a web page, written for people."""
        return _PAGE.match(self.body[:_HEAD]) is not None


def succeeded(answer: Answer) -> Answer:
    """Return an answer that is a success.

    No master answers a web page: a portal that wants a login does, or a server that is no master.

    Raises:
        MasterUnreachable: it is a web page.
        SlapError: it is no success; the branch of the error tree says what to do.
    """
    if not answer.is_success:
        raise refusal(answer)
    if answer.is_page:
        raise misunderstood(answer)
    return answer


def value_of(answer: Answer) -> object:
    """Return the marshalled value of an answer.

    Raises:
        MasterUnreachable: the body is none.
        SlapError: the answer is no success.
    """
    succeeded(answer)
    try:
        return loads(answer.body if _is_utf8(answer.charset) else answer.text, ANSWER_LIMITS)
    except InvalidInput as error:
        raise misunderstood(answer, error) from error


def _is_utf8(charset: str) -> bool:
    return charset.lower() in {"utf-8", "utf8", "us-ascii", "ascii"}


def misunderstood(answer: Answer, error: InvalidInput | None = None) -> MasterUnreachable:
    """Return the error for an answer that is not what the protocol says."""
    what = "a web page" if answer.is_page else "what is not the SLAP protocol"
    why = explanation(answer)[0] if answer.is_page or error is None else error.message
    return MasterUnreachable(
        f"{answer.url} answered {what}{': ' if why else ''}{why}", hint="does master_url lead to a master?"
    )


# By status; what is not here is refused when it is 4xx, and a failure of the master otherwise.
_ERRORS: Mapping[int, type[SlapError]] = {
    400: InvalidInput,
    401: NotAllowed,
    403: NotAllowed,
    404: NotFound,
    408: NotReady,
    409: Conflict,
    413: InvalidInput,
    422: InvalidInput,
}
_HINTS: Mapping[type[SlapError], str] = {
    NotAllowed: "do cert_file and key_file belong to somebody who may do this?",
    MasterUnreachable: "the log of the master may say more",
}


def refusal(answer: Answer) -> SlapError:
    """Return the error that an unsuccessful answer means, with the message that the master gave."""
    default = RequestRefused if 400 <= answer.status < 500 else MasterUnreachable
    kind = _ERRORS.get(answer.status, default)
    message, hint = explanation(answer)
    if kind is MasterUnreachable or not message:
        message = f"{answer.url} answered {answer.status}{': ' if message else ''}{message}"
    if answer.location:
        hint = f"it redirects to {answer.location[:200]}: is that what master_url should say?"
    return kind(message, hint=hint or _HINTS.get(kind, ""))


def explanation(answer: Answer) -> tuple[str, str]:
    """Return the message and the hint of an error's body; both may be empty."""
    text = answer.text.strip()
    if answer.is_page:
        return _of_page(text), ""
    message, _, hint = text.partition(_HINT)
    return _shortened(message), _shortened(hint)


def _of_page(page: str) -> str:
    import html  # noqa: PLC0415 - costly, and hardly any answer is a page

    found = _PARAGRAPH.search(page) or _TITLE.search(page)
    return _shortened(html.unescape(_TAG.sub("", found[1]))) if found else ""


def _shortened(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= _MESSAGE_LIMIT else f"{words[:_MESSAGE_LIMIT]}…"
