"""What `node format` tells a master of a computer: the wire's dictionary and the model (wire-slap 4.2)."""

from collections.abc import Mapping

from slap_domain.errors import InvalidInput
from slap_domain.model.addresses import NetworkAddress
from slap_domain.model.computer import ComputerDescription, PartitionDescription
from slap_domain.model.references import computer_guid, partition_id
from slap_http_adapter.wire import fields as wire_fields


def description_dictionary(computer: ComputerDescription) -> dict[str, object]:
    """Return the least dictionary that every master understands."""
    return {
        "reference": computer.guid,
        "address": computer.address,
        "netmask": computer.netmask,
        "partition_list": [_partition_dictionary(partition) for partition in computer.partitions],
    }


def _partition_dictionary(partition: PartitionDescription) -> dict[str, object]:
    return {
        "reference": partition.id,
        "address_list": [
            {"addr": address.address, "netmask": address.netmask} for address in partition.addresses
        ],
        "tap": {"name": partition.interface},
    }


def computer_description(value: object) -> ComputerDescription:
    """Read the dictionary; what a master does not need of it is ignored.

    Raises:
        InvalidInput: something a master needs is missing or malformed.
    """
    if not isinstance(value, dict):
        raise InvalidInput("the description of a computer is no dictionary")
    computer = wire_fields.as_mapping(value, "the description of a computer")
    if not isinstance(computer.get("partition_list"), list | tuple):
        raise InvalidInput("partition_list is missing")
    return ComputerDescription(
        guid=computer_guid(wire_fields.required_text(computer, "reference")),
        address=wire_fields.text(computer, "address"),
        netmask=wire_fields.text(computer, "netmask"),
        partitions=tuple(_partition(item) for item in wire_fields.mappings(computer, "partition_list")),
    )


def _partition(partition: Mapping[str, object]) -> PartitionDescription:
    name = partition_id(wire_fields.required_text(partition, "reference"))
    tap = wire_fields.mapping(partition, "tap")
    return PartitionDescription(
        id=name,
        addresses=tuple(_address(item) for item in wire_fields.mappings(partition, "address_list")),
        interface=wire_fields.text(tap, "name") or name,
    )


def _address(address: Mapping[str, object]) -> NetworkAddress:
    return NetworkAddress(
        address=wire_fields.required_text(address, "addr"),
        netmask=wire_fields.required_text(address, "netmask"),
    )
