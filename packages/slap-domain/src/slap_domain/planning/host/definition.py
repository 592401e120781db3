"""The definition file that gives a computer's addresses and users instead of having them chosen."""

from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv4Address, IPv4Interface, IPv6Address, IPv6Interface, IPv6Network

from slap_domain.errors import ConfigurationError
from slap_domain.model.configuration import Configuration, Section
from slap_domain.model.host.layout import (
    AnyInterface,
    ComputerLayout,
    Link4,
    Link6,
    PartitionLayout,
    PartitionUser,
    VirtualInterface,
)
from slap_domain.model.host.settings import FormatSettings
from slap_domain.model.references import partition_id
from slap_domain.planning.host.document import interface_address


def defined_layout(configuration: Configuration, settings: FormatSettings) -> ComputerLayout:
    """Read a layout from sections [computer] and [partition_N], N from 0.

    Raises:
        ConfigurationError: a section or key is missing, or a value is malformed.
    """
    computer = configuration.section("computer")
    partitions = tuple(
        _partition(configuration, settings, number) for number in range(settings.partition_amount)
    )
    addresses = [address for partition in partitions for address in partition.addresses]
    return ComputerLayout(
        guid=settings.computer,
        address=_address(computer, computer.text("address")) if "address" in computer.values else None,
        interface=settings.interface,
        global_interface=settings.global_interface,
        software_user=computer.text("software_user", settings.software_user),
        partitions=partitions,
        shared_addresses=frozenset(address for address in addresses if addresses.count(address) > 1),
    )


def _partition(configuration: Configuration, settings: FormatSettings, number: int) -> PartitionLayout:
    section = configuration.section(f"partition_{number}")
    name = section.text("pathname", f"{settings.partition_prefix}{number}")
    path = settings.instance_root / name
    return PartitionLayout(
        id=partition_id(name),
        path=path,
        user=PartitionUser(name=section.text("user"), home=path, groups=(settings.software_user,)),
        addresses=tuple(_address(section, text) for text in section.text("address").split()),
        ipv6_range=_range(section),
        tap=_virtual(section, "tap", "network_interface"),
        tun=_virtual(section, "tun", "tun"),
    )


def _address(section: Section, text: str) -> AnyInterface:
    address, _, netmask = text.partition("/")
    try:
        return interface_address(address, netmask)
    except ValueError:
        raise section.wrong("address", "is not a list of addresses such as 10.0.0.2/32") from None


def _virtual(section: Section, kind: str, key: str) -> VirtualInterface | None:
    name = section.text(key, "")
    if not name:
        return None
    return VirtualInterface(
        name=name, ipv4=_link4(section, f"{kind}_ipv4"), ipv6=_link6(section, f"{kind}_ipv6")
    )


def _link4(section: Section, key: str) -> Link4 | None:
    if not section.text(key, ""):
        return None
    with _checked(section, key, "is not an IPv4 address such as 10.0.0.2/24"):
        address = IPv4Interface(section.text(key))
    gateway = section.text(f"{key}_gateway", "")
    with _checked(section, f"{key}_gateway", "is not an IPv4 address"):
        return Link4(
            address=address, gateway=IPv4Address(gateway) if gateway else None, network=address.network
        )


def _link6(section: Section, key: str) -> Link6 | None:
    if not section.text(key, ""):
        return None
    with _checked(section, key, "is not an IPv6 address such as 2001:db8:1:8001::2/64"):
        address = IPv6Interface(section.text(key))
    gateway = section.text(f"{key}_gateway", "")
    with _checked(section, f"{key}_gateway", "is not an IPv6 address"):
        by = IPv6Address(gateway) if gateway else None
    with _checked(section, f"{key}_network", "is not an IPv6 network"):
        network = IPv6Network(section.text(f"{key}_network", str(address.network)))
    return Link6(address=address, gateway=by, network=network)


@contextmanager
def _checked(section: Section, key: str, complaint: str) -> Iterator[None]:
    try:
        yield
    except ValueError:
        raise section.wrong(key, complaint) from None


def _range(section: Section) -> IPv6Network | None:
    text = section.text("ipv6_range", "")
    if not text:
        return None
    with _checked(section, "ipv6_range", "is not an IPv6 network"):
        return IPv6Network(text)


def definition_text(layout: ComputerLayout) -> str:
    """Return the definition file that gives this layout again.

    Raises:
        ConfigurationError: the layout could not be read back.
    """
    lines = ["[computer]"]
    if layout.address is not None:
        lines.append(f"address = {layout.address}")
    lines.append(f"software_user = {layout.software_user}")
    for number, partition in enumerate(layout.partitions):
        lines += ["", f"[partition_{number}]", f"pathname = {partition.id}"]
        lines.append(f"user = {partition.user.name}")
        lines.append(f"address = {' '.join(map(str, partition.addresses))}")
        if partition.ipv6_range is not None:
            lines.append(f"ipv6_range = {partition.ipv6_range}")
        if partition.tap is not None:
            lines.append(f"network_interface = {partition.tap.name}")
            lines += _virtual_lines("tap", partition.tap)
        if partition.tun is not None:
            lines.append(f"tun = {partition.tun.name}")
            lines += _virtual_lines("tun", partition.tun)
    text = "\n".join([*lines, ""])
    if "%" in text:
        raise ConfigurationError("a name of the computer's layout holds a percent sign")
    return text


def _virtual_lines(kind: str, virtual: VirtualInterface) -> Iterator[str]:
    for key, link in ((f"{kind}_ipv4", virtual.ipv4), (f"{kind}_ipv6", virtual.ipv6)):
        if link is None:
            continue
        yield f"{key} = {link.address}"
        if link.gateway is not None:
            yield f"{key}_gateway = {link.gateway}"
        if link.network != link.address.network:
            yield f"{key}_network = {link.network}"
