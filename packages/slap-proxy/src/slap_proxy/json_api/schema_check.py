"""Checking JSON values against the small part of JSON schema that our methods use."""

from collections.abc import Callable, Mapping

from slap_domain.errors import InvalidInput

Schema = Mapping[str, object]


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_integer(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


_TYPES: Mapping[str, Callable[[object], bool]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "number": _is_number,
    "integer": _is_integer,
}


def check(value: object, schema: Schema) -> None:
    """Refuse a value that a schema does not allow, in the words that validators of JSON schema use.

    Patterns, formats and alternatives are left to the rules behind, which say better what is wrong.

    Raises:
        InvalidInput: it does not fit; the message names the value or the property.
    """
    kind = schema.get("type")
    if isinstance(kind, str) and not _TYPES[kind](value):
        raise InvalidInput(f"{_shown(value)} is not of type {kind!r}")
    allowed = schema.get("enum")
    if isinstance(allowed, list) and value not in allowed:
        raise InvalidInput(f"{_shown(value)} is not one of {allowed}")
    if isinstance(value, str):
        _check_length(value, schema)
    if isinstance(value, list):
        _check_items(value, schema)
    if isinstance(value, dict):
        _check_object(value, schema)


def _check_length(value: str, schema: Schema) -> None:
    longest = schema.get("maxLength")
    if isinstance(longest, int) and len(value) > longest:
        raise InvalidInput(f"{_shown(value)} is too long")
    shortest = schema.get("minLength")
    if isinstance(shortest, int) and len(value) < shortest:
        raise InvalidInput(f"{_shown(value)} is too short")


def _check_items(value: list[object], schema: Schema) -> None:
    items = schema.get("items")
    if isinstance(items, Mapping):
        for item in value:
            check(item, items)


def _check_object(value: dict[str, object], schema: Schema) -> None:
    required = schema.get("required", ())
    for name in required if isinstance(required, list) else ():
        if name not in value:
            raise InvalidInput(f"{name!r} is a required property")
    properties = schema.get("properties")
    known: Mapping[str, object] = properties if isinstance(properties, Mapping) else {}
    others = schema.get("additionalProperties", True)
    for name, item in value.items():
        inner = known.get(name, others)
        if inner is False:
            raise InvalidInput(f"Additional properties are not allowed ({_shown(name)} was unexpected)")
        if isinstance(inner, Mapping):
            check(item, inner)


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
