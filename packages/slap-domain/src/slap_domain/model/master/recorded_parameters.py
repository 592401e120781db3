"""Parameters as a master keeps them: what becomes of values that are no text.

Clients have always read back text or None, whatever they sent (wire-slap section 3, compat-notes 1.7), and
recipes compare with text. Shared instances are the exception: their sharer sees the values themselves.
"""

import json
import re
from collections.abc import Mapping

from slap_domain.errors import InvalidInput

_DEPTH = 100
# Of a log, the reason of a failure is at the end; and each node is told all of it at every pass.
_MESSAGE_LENGTH = 100_000
# What no XML document can hold, and so no node could ever be told.
_UNSPEAKABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def as_text(parameters: Mapping[str, object]) -> dict[str, str | None]:
    """Return parameters as text: the empty text becomes None, numbers Python's text, the rest JSON.

    Raises:
        InvalidInput: a name is no text, a text holds a control character, or a value is nested too deeply.
    """
    return {_name(key): _text(key, value) for key, value in parameters.items()}


def as_values(parameters: Mapping[str, object]) -> dict[str, object]:
    """Return parameters as JSON values.

    Raises:
        InvalidInput: a name is no text, a text holds a control character, or a value is nested too deeply.
    """
    return {_name(key): _value(key, value, _DEPTH) for key, value in parameters.items()}


def speakable(text: str) -> str:
    """Return the end of a message, with what XML cannot hold replaced: reports hold terminal codes."""
    return _UNSPEAKABLE.sub("\N{REPLACEMENT CHARACTER}", text[-_MESSAGE_LENGTH:])


def _name(key: object) -> str:
    if not isinstance(key, str):
        raise InvalidInput(f"the parameter name {str(key)[:80]!r} is no text")
    return _checked(key, key)


def _checked(key: str, text: str) -> str:
    if _UNSPEAKABLE.search(text):
        raise InvalidInput(f"parameter {key[:80]!r} holds a control character")
    return text


def _text(key: str, value: object) -> str | None:
    if isinstance(value, str):
        return _checked(key, value) or None
    if isinstance(value, dict | list | tuple | set | frozenset):
        return json.dumps(_value(key, value, _DEPTH), sort_keys=True, ensure_ascii=False)
    return str(value)


def _value(key: str, value: object, depth: int) -> object:
    if isinstance(value, str):
        return _checked(key, value)
    if value is None or isinstance(value, bool | int):
        return value
    if depth == 0:
        raise InvalidInput(f"parameter {key[:80]!r} is nested more than {_DEPTH} deep")
    if isinstance(value, dict):
        return {_name(inner): _value(key, each, depth - 1) for inner, each in value.items()}
    if isinstance(value, list | tuple):
        return [_value(key, each, depth - 1) for each in value]
    if isinstance(value, set | frozenset):
        return sorted((_value(key, each, depth - 1) for each in value), key=repr)
    return _number(value)


def _number(value: object) -> object:
    finite = isinstance(value, float) and value - value == 0
    return value if finite else str(value)
