"""Reads without a parser what most documents of requests are: nothing, a truth, a text, or texts by name.

A request brings four documents, and setting up a parser takes longer than reading any of them. Only what
existing clients write, letter for letter, is read here; whatever looks different in the least (a namespace,
white space, a character that is escaped or that XML cannot hold) is left to the parser.
"""

import re
from functools import cache
from typing import Final

# What stands in a document as itself.
_TEXT = r"[^<>&\r\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]*"
_STRING = f"<string>{_TEXT}</string>"
_TEXT_GROUP, _TRUTH_GROUP, _NONE_GROUP = 1, 2, 3
# None of this length is beyond the limits of a request.
_LONGEST = 16 * 1024

NOT_FLAT: Final = object()


@cache
def _document() -> re.Pattern[str]:
    # Compiling it takes a millisecond, which whoever only writes goes without.
    return re.compile(
        f"<marshal>(?:<string>({_TEXT})</string>|<bool>([01])</bool>|(<none/>)"
        f'|<dictionary id="i2"(?:/|>((?:{_STRING}{_STRING})+)</dictionary)>)</marshal>\\Z'
    )


def flat_value(document: str) -> object:
    """Return the value of a marshalled document, `NOT_FLAT` when it must be parsed."""
    if len(document) > _LONGEST:
        return NOT_FLAT
    found = _document().match(document)
    if found is None:
        return NOT_FLAT
    if found.lastindex == _TEXT_GROUP:
        return found[_TEXT_GROUP]
    if found.lastindex == _TRUTH_GROUP:
        return found[_TRUTH_GROUP] == "1"
    return None if found.lastindex == _NONE_GROUP else _texts_by_name(found[4])


def _texts_by_name(strings: str | None) -> dict[str, str]:
    if strings is None:
        return {}
    texts = strings.removeprefix("<string>").removesuffix("</string>").split("</string><string>")
    return dict(zip(texts[::2], texts[1::2], strict=True))
