"""URI templates as the HATEOAS documents use them: RFC 6570, simple and form-style expansion."""

import re
from collections.abc import Mapping, Sequence
from urllib.parse import quote

from slap_domain.errors import InvalidInput

_EXPRESSION = re.compile(r"\{([?&]?)([A-Za-z0-9_,]+)\}")
_FORM_STYLE = {"?": "?", "&": "&"}


def expanded(template: str, values: Mapping[str, str | Sequence[str]]) -> str:
    """Return the URL that a template means for these values; what it does not mention is dropped.

    Raises:
        InvalidInput: it uses another kind of expression.
    """
    url = _EXPRESSION.sub(lambda match: _expression(match[1], match[2].split(","), values), template)
    if "{" in url:
        raise InvalidInput(f"the URI template {template[:200]!r} is not understood")
    return url


def _expression(style: str, names: list[str], values: Mapping[str, str | Sequence[str]]) -> str:
    known = [(name, _encoded(values[name])) for name in names if name in values]
    if not style:
        return ",".join(text for _, text in known)
    if not known:
        return ""
    return _FORM_STYLE[style] + "&".join(f"{name}={text}" for name, text in known)


def _encoded(value: str | Sequence[str]) -> str:
    parts = [value] if isinstance(value, str) else value
    return ",".join(quote(part, safe="") for part in parts)
