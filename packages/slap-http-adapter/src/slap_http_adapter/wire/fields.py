"""Takes typed parts out of decoded documents, refusing what has another type."""

from collections.abc import Iterable, Mapping

from slap_domain.errors import InvalidInput
from slap_domain.model.addresses import InterfaceAddress
from slap_http_adapter.wire.values import WireObject

# What an absent reference may look like in a form (compat-notes 2.9).
_ABSENT = frozenset({"", "None"})


def text(source: Mapping[str, object], key: str, default: str = "") -> str:
    """Return a text; an absent one, and none, is the default."""
    value = source.get(key)
    if value is None:
        return default
    if not isinstance(value, str):
        raise InvalidInput(f"{key} is no text")
    return value


def required_text(source: Mapping[str, object], key: str) -> str:
    """Return a text that must be there and not be empty."""
    value = text(source, key)
    if not value:
        raise InvalidInput(f"{key} is missing")
    return value


def optional_reference(source: Mapping[str, object], key: str) -> str:
    """Return a reference of a form; absent, empty and `None` are the same: empty."""
    value = text(source, key)
    return "" if value in _ABSENT else value


def mapping(source: Mapping[str, object], key: str) -> dict[str, object]:
    """Return a dictionary whose keys are texts; an absent one, and none, is empty."""
    return as_mapping(source.get(key), key)


def as_mapping(value: object, what: str) -> dict[str, object]:
    """Return a value that must be a dictionary whose keys are texts; none is an empty one."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise InvalidInput(f"{what} is no dictionary of names")
    # A loop, because computers are described in tens of thousands of dictionaries.
    for key in value:
        if not isinstance(key, str):
            raise InvalidInput(f"{what} is no dictionary of names")
    return value


def sequence(source: Mapping[str, object], key: str) -> list[object]:
    """Return a list or tuple; an absent one, and none, is empty."""
    return as_sequence(source.get(key), key)


def as_sequence(value: object, what: str) -> list[object]:
    """Return a value that must be a list or tuple; none is an empty one."""
    if value is None:
        return []
    if not isinstance(value, list | tuple):
        raise InvalidInput(f"{what} is no list")
    return list(value)


def mappings(source: Mapping[str, object], key: str) -> list[dict[str, object]]:
    """Return a list of dictionaries; an absent one is empty."""
    return [as_mapping(item, key) for item in sequence(source, key)]


def wire_object(value: object, *class_names: str) -> WireObject:
    """Return a value that must be an object of one of these classes."""
    if not isinstance(value, WireObject) or value.class_name not in class_names:
        raise InvalidInput(f"a {class_names[0]} was expected")
    return value


def wire_addresses(addresses: Iterable[InterfaceAddress]) -> list[object]:
    """Return addresses as the wire has them: pairs of interface and address."""
    return [(address.interface, address.address) for address in addresses]


def interface_addresses(value: object, what: str) -> tuple[InterfaceAddress, ...]:
    """Return the addresses of a list of pairs."""
    return tuple(_interface_address(as_sequence(pair, what), what) for pair in as_sequence(value, what))


def _interface_address(pair: list[object], what: str) -> InterfaceAddress:
    # Masters add gateway and netmask in some lists; the first two are always interface and address.
    if len(pair) < 2 or not all(isinstance(part, str) for part in pair[:2]):
        raise InvalidInput(f"{what} holds what is no pair of interface and address")
    return InterfaceAddress(interface=str(pair[0]), address=str(pair[1]))
