"""The forms of those who request and publish, from values as they come (wire-slap 4.3 and 4.4).

The library of recipes and the typed client share them; a recipe's start pays for what this imports.
"""

from collections.abc import Mapping

from slap_http_adapter.wire.marshal import dumps

# The names of a request's fields, in the orders in which clients have always sent them.
_OF_A_PERSON = (
    *("software_release", "partition_reference", "partition_parameter_xml", "filter_xml"),
    *("software_type", "state", "shared_xml"),
)
_OF_A_PARTITION = (
    *("software_release", "software_type", "partition_reference", "shared_xml"),
    *("partition_parameter_xml", "filter_xml", "state"),
)
_MARSHALLED = frozenset({"partition_parameter_xml", "filter_xml", "state", "shared_xml"})


def form_of_fields(fields: Mapping[str, object], requester: tuple[object, object] | None) -> dict[str, str]:
    """Return the form of `requestComputerPartition` from values that nothing has checked.

    Args:
        fields: the values, not marshalled, by the names of their fields.
        requester: ids of the computer and the partition that asks; None for a person.

    Raises:
        InvalidInput: a value cannot be marshalled.
    """
    whose = {} if requester is None else _whose(*requester)
    order = _OF_A_PERSON if requester is None else _OF_A_PARTITION
    return {**whose, **{name: _written(name, fields[name]) for name in order}}


def connection_form(place: tuple[object, object], parameters: object, reference: object) -> dict[str, str]:
    """Return the form of `setComputerPartitionConnectionXml`.

    Args:
        place: ids of the computer and the partition that publishes.
        parameters: connection parameters, by name.
        reference: of the shared instance whose they are; None, which is sent as a word, for those of the
            partition itself (compat-notes 2.9).

    Raises:
        InvalidInput: a value cannot be marshalled.
    """
    return {**_whose(*place), "connection_xml": _marshalled(parameters), "slave_reference": str(reference)}


def _whose(computer: object, partition: object) -> dict[str, str]:
    return {"computer_id": str(computer), "computer_partition_id": str(partition)}


def _written(name: str, value: object) -> str:
    return _marshalled(value) if name in _MARSHALLED else str(value)


def _marshalled(value: object) -> str:
    return dumps(value).decode("ascii")
