"""Reading `application/x-www-form-urlencoded` text, bounded and fast."""

import binascii
import re
from collections.abc import Mapping

from slap_domain.errors import InvalidInput
from slap_proxy.http_api.exchange import NO_FIELDS

# What programs say may hold anything; it is made speakable where it is kept.
_MESSAGES = frozenset({"error_log", "message"})
# What the escape decoder would treat otherwise than URL encoding does: it knows `=XX` instead of `%XX`,
# and folds lines at a `=` that ends one.
_BROKEN_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")


def parse_form(data: bytes, limit: int) -> Mapping[str, str]:
    """Return the fields of a form or of a query; of a repeated field, the first.

    Args:
        data: the raw text.
        limit: number of fields that are accepted.

    Raises:
        InvalidInput: there are more fields, an escape is broken, or a text is not UTF-8.
    """
    if not data:
        return NO_FIELDS
    if data.count(b"&") >= limit:
        raise InvalidInput(f"the form has more than {limit} fields")
    if _BROKEN_ESCAPE.search(data):
        raise InvalidInput("the form holds a `%` that is not followed by two hexadecimal digits")
    fields: dict[str, str] = {}
    for pair in data.replace(b"+", b" ").split(b"&"):
        name, separator, value = pair.partition(b"=")
        if not separator and not name:
            continue
        fields.setdefault(_decode(name), _decode(value))
    return fields


def require_text(fields: Mapping[str, str]) -> None:
    """Refuse what no database keeps as text.

    Raises:
        InvalidInput: a field that is no message holds a NUL.
    """
    for name, text in fields.items():
        if "\0" in text and name not in _MESSAGES:
            raise InvalidInput(f"field {name[:80]!r} holds a NUL")


def _decode(data: bytes) -> str:
    """Decode one name or value, in which no escape is broken and blanks are blanks.

    `binascii.a2b_qp` undoes the escapes at the speed of C: a marshalled document has hundreds of them, and
    the decoder of urllib would be the slowest step of a request.
    """
    if b"%" in data:
        data = binascii.a2b_qp(data.replace(b"=", b"=3D").replace(b"%", b"="))
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise InvalidInput("the form is not UTF-8 text") from None
