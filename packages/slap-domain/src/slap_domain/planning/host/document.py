"""The dictionary in which a computer's layout is recorded and sent, and the way back from it."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from ipaddress import (
    IPv4Address,
    IPv4Interface,
    IPv6Address,
    IPv6Interface,
    IPv6Network,
    ip_interface,
)
from pathlib import PurePosixPath
from typing import cast

from slap_domain.errors import InvalidInput
from slap_domain.model.addresses import NetworkAddress
from slap_domain.model.computer import ComputerDescription, PartitionDescription
from slap_domain.model.host.layout import (
    AnyInterface,
    ComputerLayout,
    HostFacts,
    Link4,
    Link6,
    PartitionLayout,
    PartitionUser,
    VirtualInterface,
)
from slap_domain.model.host.settings import FormatSettings
from slap_domain.model.references import computer_guid, partition_id

Document = dict[str, object]


def computer_document(layout: ComputerLayout, settings: FormatSettings, facts: HostFacts) -> Document:
    """Return everything that `node format` records of a computer."""
    return {
        "reference": layout.guid,
        "interface": settings.interface or None,
        "address": str(layout.address.ip) if layout.address else None,
        "netmask": str(layout.address.netmask) if layout.address else None,
        "ipv6_interface": settings.ipv6_interface or None,
        "partition_has_ipv6_range": settings.ipv6_ranges,
        "partition_list": [partition_document(partition) for partition in layout.partitions],
        "software_user": layout.software_user,
        "tap_gateway_interface": settings.tap_gateway_interface,
        "tap_ipv6": settings.tap_ipv6,
        "software_root": str(settings.software_root),
        "instance_root": str(settings.instance_root),
        "instance_storage_home": str(settings.instance_storage_home or "") or None,
        "public_ipv4_address": facts.public_ipv4 or None,
        "os_type": json.dumps(facts.os_type),
        "python_version": facts.python_version,
        "slapos_version": facts.slapos_version,
    }


def partition_document(partition: PartitionLayout) -> Document:
    """Return what `.slapos-resource` holds of a partition."""
    return {
        "reference": partition.id,
        "path": str(partition.path),
        "user": {
            "name": partition.user.name,
            "shell": partition.user.shell,
            "path": str(partition.user.home),
            "additional_group_list": list(partition.user.groups),
        },
        "address_list": [_address_document(address) for address in partition.addresses],
        "ipv6_range": _range_document(partition.ipv6_range),
        "tap": _virtual_document(partition.tap or VirtualInterface(name="")),
        "tun": _virtual_document(partition.tun) if partition.tun else None,
        "external_storage_list": [str(path) for path in partition.storage],
    }


def _address_document(address: AnyInterface) -> Document:
    return {"addr": str(address.ip), "netmask": str(address.netmask)}


def _range_document(network: IPv6Network | None) -> Document:
    if network is None:
        return {}
    return {
        "addr": str(network.network_address),
        "netmask": str(network.netmask),
        "network": str(network),
        "prefixlen": network.prefixlen,
    }


def _virtual_document(virtual: VirtualInterface) -> Document:
    return {
        "name": virtual.name,
        **_link_document("ipv4", virtual.ipv4, _network4(virtual.ipv4)),
        **_link_document("ipv6", virtual.ipv6, _network6(virtual.ipv6)),
    }


def _network4(link: Link4 | None) -> str:
    """Return the network as existing nodes write it: that of a tap bare, that of a tun by its address."""
    if link is None:
        return ""
    return str(link.network.network_address) if link.gateway else link.address.with_netmask


def _network6(link: Link6 | None) -> str:
    """Return the network as existing nodes write it: by the gateway, or else the address."""
    return f"{link.gateway or link.address.ip}/{link.network.prefixlen}" if link else ""


def _link_document(family: str, link: Link4 | Link6 | None, network: str) -> Document:
    return {
        f"{family}_addr": str(link.address.ip) if link else "",
        f"{family}_netmask": str(link.address.netmask) if link else "",
        f"{family}_gateway": str(link.gateway) if link and link.gateway else "",
        f"{family}_network": network,
    }


def computer_description(layout: ComputerLayout) -> ComputerDescription:
    """Return the part of a layout that a master keeps."""
    return ComputerDescription(
        guid=layout.guid,
        address=str(layout.address.ip) if layout.address else "",
        netmask=str(layout.address.netmask) if layout.address else "",
        partitions=tuple(
            PartitionDescription(
                id=partition.id,
                addresses=tuple(
                    NetworkAddress(address=str(address.ip), netmask=str(address.netmask))
                    for address in partition.addresses
                ),
                interface=partition.tap.name if partition.tap else "",
            )
            for partition in layout.partitions
        ),
    )


def recorded_layout(document: object) -> ComputerLayout:
    """Read a recorded document back; what later versions add is ignored.

    Raises:
        InvalidInput: it is not the record of a computer.
    """
    try:
        return _recorded_layout(_mapping(document))
    except KeyError as error:
        raise InvalidInput(f"the record of the computer is malformed: it has no {error.args[0]}") from error
    except (TypeError, ValueError) as error:
        raise InvalidInput(f"the record of the computer is malformed: {error}") from error


def _recorded_layout(document: Mapping[str, object]) -> ComputerLayout:
    partitions = cast("Sequence[object]", document["partition_list"] or ())
    return ComputerLayout(
        guid=computer_guid(_text(document, "reference")),
        address=_interface(document, "address", "netmask"),
        interface=_text(document, "interface"),
        global_interface=_text(document, "ipv6_interface") or _text(document, "interface"),
        software_user=_text(document, "software_user") or "slapsoft",
        partitions=tuple(_recorded_partition(_mapping(item)) for item in partitions),
        shared_addresses=_repeated_addresses(partitions),
    )


def _repeated_addresses(partitions: Sequence[object]) -> frozenset[AnyInterface]:
    found = Counter(
        address for item in partitions for address in _addresses(cast("Mapping[str, object]", item))
    )
    return frozenset(address for address, number in found.items() if number > 1)


def _recorded_partition(document: Mapping[str, object]) -> PartitionLayout:
    user = _mapping(document.get("user") or {})
    path = PurePosixPath(_text(document, "path"))
    storage = cast("Sequence[object]", document.get("external_storage_list") or ())
    return PartitionLayout(
        id=partition_id(_text(document, "reference")),
        path=path,
        user=PartitionUser(
            name=_text(user, "name"),
            home=PurePosixPath(_text(user, "path") or path),
            shell=_text(user, "shell") or "/bin/sh",
            groups=tuple(map(str, cast("Sequence[object]", user.get("additional_group_list") or ()))),
        ),
        addresses=_addresses(document),
        ipv6_range=_recorded_range(document),
        tap=_recorded_virtual(document.get("tap")),
        tun=_recorded_virtual(document.get("tun")),
        storage=tuple(PurePosixPath(str(item)) for item in storage),
    )


def _addresses(document: Mapping[str, object]) -> tuple[AnyInterface, ...]:
    items = cast("Sequence[object]", document.get("address_list") or ())
    found = (_interface(_mapping(item), "addr", "netmask") for item in items)
    return tuple(address for address in found if address is not None)


def _recorded_range(document: Mapping[str, object]) -> IPv6Network | None:
    text = _text(_mapping(document.get("ipv6_range") or {}), "network")
    return IPv6Network(text) if text else None


def _recorded_virtual(document: object) -> VirtualInterface | None:
    values = _mapping(document or {})
    if not _text(values, "name"):
        return None
    ipv4 = _interface(values, "ipv4_addr", "ipv4_netmask")
    ipv6 = _interface(values, "ipv6_addr", "ipv6_netmask")
    return VirtualInterface(
        name=_text(values, "name"),
        ipv4=Link4(
            address=ipv4,
            gateway=IPv4Address(gateway) if (gateway := _text(values, "ipv4_gateway")) else None,
            network=ipv4.network,
        )
        if isinstance(ipv4, IPv4Interface)
        else None,
        ipv6=Link6(
            address=ipv6,
            gateway=IPv6Address(gateway) if (gateway := _text(values, "ipv6_gateway")) else None,
            network=IPv6Network(_text(values, "ipv6_network"), strict=False),
        )
        if isinstance(ipv6, IPv6Interface)
        else None,
    )


def _interface(values: Mapping[str, object], address: str, netmask: str) -> AnyInterface | None:
    text = _text(values, address)
    return interface_address(text, _text(values, netmask)) if text else None


def interface_address(address: str, netmask: str) -> AnyInterface:
    """Return an address with its network; the netmask may be a length, or written as an address.

    Raises:
        ValueError: one of them is malformed, or an IPv6 netmask has holes.
    """
    if ":" not in netmask:
        return ip_interface(f"{address}/{netmask}" if netmask else address)
    bits = f"{int(IPv6Address(netmask)):0128b}"
    if "01" in bits:
        message = f"{netmask} is not a netmask"
        raise ValueError(message)
    return ip_interface(f"{address}/{bits.count('1')}")


def _mapping(value: object) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        message = f"{str(value)[:80]!r} is not a dictionary"
        raise TypeError(message)
    return cast("Mapping[str, object]", value)


def _text(values: Mapping[str, object], key: str) -> str:
    value = values.get(key)
    return "" if value is None else str(value)
