"""The definition file that gives a computer's addresses and users instead of having them chosen."""

from ipaddress import IPv6Network

from slap_domain.errors import ConfigurationError
from slap_domain.model.configuration import Configuration, Section
from slap_domain.model.host.layout import (
    AnyInterface,
    ComputerLayout,
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
    tap = section.text("network_interface", "")
    return PartitionLayout(
        id=partition_id(name),
        path=path,
        user=PartitionUser(name=section.text("user"), home=path, groups=(settings.software_user,)),
        addresses=tuple(_address(section, text) for text in section.text("address").split()),
        ipv6_range=_range(section),
        tap=VirtualInterface(name=tap) if tap else None,
    )


def _address(section: Section, text: str) -> AnyInterface:
    address, _, netmask = text.partition("/")
    try:
        return interface_address(address, netmask)
    except ValueError:
        raise section.wrong("address", "is not a list of addresses such as 10.0.0.2/32") from None


def _range(section: Section) -> IPv6Network | None:
    text = section.text("ipv6_range", "")
    if not text:
        return None
    try:
        return IPv6Network(text)
    except ValueError:
        raise section.wrong("ipv6_range", "is not an IPv6 network") from None


def definition_text(layout: ComputerLayout) -> str:
    """Return the definition file that gives these users and addresses; those of taps and tuns it cannot say.

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
    text = "\n".join([*lines, ""])
    if "%" in text:
        raise ConfigurationError("a name of the computer's layout holds a percent sign")
    return text
