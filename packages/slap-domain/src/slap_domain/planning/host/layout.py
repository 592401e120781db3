"""What a computer shall look like: its settings, what was recorded of it and what its interfaces carry."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Interface, IPv4Network, IPv6Address, IPv6Interface, IPv6Network
from math import ceil, log2
from pathlib import PurePosixPath

from slap_domain.errors import Conflict, HostFailure
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
from slap_domain.model.host.state import FoundNetwork
from slap_domain.model.references import partition_id
from slap_domain.planning.host.addresses import AddressPool, computer_address, is_global
from slap_domain.planning.host.prefixes import Quarter, first_address, first_machine, last_address

_VIRTUAL = ("tap", "tun")
_TUN_NETWORK = IPv4Network("172.16.0.0/12")
# The route to a tap is that much longer than the prefix (node-conventions section 11), or more where it would
# be that of other taps too, of which the kernel takes the first alone.
_TAP_ROUTE_BITS = 16
_NO_ADDRESSES: frozenset[IPv4Address | IPv6Address] = frozenset()


def check_amount(settings: FormatSettings, recorded: ComputerLayout | None) -> None:
    """Refuse to drop partitions.

    Raises:
        Conflict: fewer partitions are wanted than were made.
    """
    if recorded is not None and len(recorded.partitions) > settings.partition_amount:
        raise Conflict(
            f"partition_amount is {settings.partition_amount}, but this computer has "
            f"{len(recorded.partitions)} partitions",
            hint=f"partitions are never removed; set partition_amount to {len(recorded.partitions)} or more",
        )


def check_interfaces(settings: FormatSettings, network: FoundNetwork) -> None:
    """Refuse interfaces that are not there, before anything is made for them.

    Raises:
        HostFailure: one is not.
    """
    keys = {"ipv6_interface": settings.ipv6_interface, "interface_name": settings.interface}
    for key, name in keys.items():
        if settings.alter_network and name and name not in network.interfaces:
            # Those of virtual machines are many, and no way to the world.
            others = sorted(item.name for item in network.interfaces.values() if item.kind not in _VIRTUAL)
            raise HostFailure(
                f"interface {name} does not exist", hint=f"set {key} to one of: {', '.join(others)}"
            )


def planned_layout(
    settings: FormatSettings,
    recorded: ComputerLayout | None,
    network: FoundNetwork,
    refused: frozenset[IPv4Address | IPv6Address] = _NO_ADDRESSES,
) -> ComputerLayout:
    """Decide the layout: what is recorded is kept where it still fits, the rest is chosen.

    Args:
        settings: what the operator wants.
        recorded: what the last run made, or None.
        network: what the interfaces carry now.
        refused: addresses that another machine turned out to have.

    Raises:
        Conflict: fewer partitions are wanted than recorded.
        HostFailure: an interface does not exist or has no usable prefix, or no address is free.
    """
    check_amount(settings, recorded)
    check_interfaces(settings, network)
    recorded = recorded or ComputerLayout(guid=settings.computer)
    return _Planner(settings, recorded, network, refused).layout()


class _Planner:
    """One decision, with what it is made of at hand."""

    def __init__(
        self,
        settings: FormatSettings,
        recorded: ComputerLayout,
        network: FoundNetwork,
        refused: frozenset[IPv4Address | IPv6Address],
    ) -> None:
        self._settings = settings
        self._recorded = recorded
        self._network = network
        self._refused = refused
        own = {address.ip for partition in recorded.partitions for address in partition.addresses}
        virtual = _virtual_addresses(recorded)
        self._pool = AddressPool(
            seed=settings.computer, taken=(network.taken() - own - virtual) | refused | (own - refused)
        )
        self._pool.reserve(recorded)
        taps = [partition.tap for partition in recorded.partitions]
        self._tap_addresses = {tap.ipv4.address.ip for tap in taps if tap and tap.ipv4}
        self._tap_hosts: Iterator[IPv4Address] | None = None
        self._own_address = self._computer_address()
        tuns = [partition.tun for partition in recorded.partitions]
        self._tuns = tun_links(
            [tun.ipv4.address.ip if tun and tun.ipv4 else None for tun in tuns], settings.partition_amount
        )

    def layout(self) -> ComputerLayout:
        numbers = range(self._settings.partition_amount)
        return ComputerLayout(
            guid=self._settings.computer,
            address=self._own_address,
            interface=self._settings.interface,
            global_interface=self._settings.global_interface,
            software_user=self._settings.software_user,
            partitions=tuple(self._partition(number) for number in numbers),
            shared_addresses=frozenset(self._settings.shared_addresses),
        )

    def _computer_address(self) -> AnyInterface | None:
        if not self._settings.alter_network:
            return self._recorded.address or next(iter(self._settings.shared_addresses), None)
        name = self._settings.global_interface
        interface = self._network.interfaces[name]
        partitions = frozenset(
            address for partition in self._recorded.partitions for address in partition.addresses
        )
        address = computer_address(interface, self._recorded.address, partitions)
        if address is None and self._shared(6) is None:
            raise HostFailure(
                f"interface {name} has no global IPv6 address",
                hint="give it one, or name the interface that has one in ipv6_interface, or set "
                "alter_network = false",
            )
        return address

    @property
    def _prefix(self) -> IPv6Network | None:
        address = self._own_address
        if self._settings.alter_network and isinstance(address, IPv6Interface) and is_global(address):
            return address.network
        return None

    def _partition(self, number: int) -> PartitionLayout:
        settings = self._settings
        before = self._recorded.partitions[number] if number < len(self._recorded.partitions) else None
        name = before.id if before else partition_id(f"{settings.partition_prefix}{number}")
        path = settings.instance_root / name
        user = before.user.name if before and before.user.name else f"{settings.user_prefix}{number}"
        return PartitionLayout(
            id=name,
            path=path,
            user=PartitionUser(name=user, home=path, groups=(settings.software_user,)),
            addresses=self._addresses(number, before),
            ipv6_range=self._range(number, before),
            tap=self._tap(number, before) if settings.create_tap else None,
            tun=self._tun(number, before) if settings.create_tun else None,
            storage=before.storage if before else (),
        )

    def _addresses(self, number: int, before: PartitionLayout | None) -> tuple[AnyInterface, ...]:
        ipv4 = self._shared(4) or self._kept_ipv4(before) or self._new_ipv4(number)
        ipv6 = self._shared(6) or self._kept_ipv6(before) or self._new_ipv6(number)
        return tuple(address for address in (ipv4, ipv6) if address is not None)

    def _shared(self, version: int) -> AnyInterface | None:
        return next((item for item in self._settings.shared_addresses if item.version == version), None)

    def _kept_ipv4(self, before: PartitionLayout | None) -> IPv4Interface | None:
        network = self._settings.ipv4_network
        for address in before.addresses if before else ():
            if (
                isinstance(address, IPv4Interface)
                and address.ip not in self._refused
                and (network is None or address.ip in network)
            ):
                return address
        return None

    def _new_ipv4(self, number: int) -> IPv4Interface:
        if self._settings.ipv4_network is None:
            raise HostFailure(
                "ipv4_local_network is not set",
                hint="set it in section [slapformat] to an unused network such as 10.0.0.0/16",
            )
        return self._pool.ipv4(self._settings.ipv4_network, number)

    def _kept_ipv6(self, before: PartitionLayout | None) -> IPv6Interface | None:
        for address in before.addresses if before else ():
            if (
                isinstance(address, IPv6Interface)
                and address.ip not in self._refused
                and (self._prefix is None or address.network == self._prefix)
            ):
                return address
        return None

    def _new_ipv6(self, number: int) -> IPv6Interface | None:
        prefix = self._prefix
        return None if prefix is None else self._pool.ipv6(prefix, self._settings.ipv6_prefixshift, number)

    def _range(self, number: int, before: PartitionLayout | None) -> IPv6Network | None:
        if self._prefix is None or not self._settings.ipv6_ranges:
            return None
        kept = before.ipv6_range if before else None
        return self._partition_network(self._prefix, Quarter.RANGE, number, kept)

    def _partition_network(
        self, prefix: IPv6Network, quarter: Quarter, number: int, kept: IPv6Network | None
    ) -> IPv6Network:
        shift = self._settings.ipv6_prefixshift
        if kept is not None and kept.prefixlen == prefix.prefixlen + shift and kept.subnet_of(prefix):
            return kept
        return self._pool.ipv6_network(prefix, shift, quarter, number)

    def _tap(self, number: int, before: PartitionLayout | None) -> VirtualInterface:
        kept = before.tap if before else None
        name = kept.name if kept else f"{self._settings.tap_prefix}{number}"
        return VirtualInterface(
            name=name, ipv4=self._tap_ipv4(number, kept), ipv6=self._tap_ipv6(number, kept)
        )

    def _tap_ipv6(self, number: int, kept: VirtualInterface | None) -> Link6 | None:
        prefix = self._prefix
        if prefix is None or not self._settings.tap_ipv6:
            return None
        before = kept.ipv6.address.network if kept and kept.ipv6 else None
        network = self._partition_network(prefix, Quarter.TAP, number, before)
        gateway = first_machine(network)
        length = min(prefix.prefixlen + max(_TAP_ROUTE_BITS, self._settings.ipv6_prefixshift), 128)
        return Link6(
            address=last_address(network),
            gateway=gateway,
            network=IPv6Network((gateway, length), strict=False),
        )

    def _tap_ipv4(self, number: int, kept: VirtualInterface | None) -> Link4 | None:
        name = self._settings.tap_gateway_interface
        if not name or not self._settings.alter_network:
            return None
        interface = self._network.interfaces.get(name)
        found = [item.address for item in interface.addresses] if interface else []
        gateway = next((address for address in found if isinstance(address, IPv4Interface)), None)
        if gateway is None:
            raise HostFailure(
                f"tap_gateway_interface {name} does not exist or has no IPv4 address",
                hint="give it one, or leave tap_gateway_interface out: taps then have no IPv4 address",
            )
        before = kept.ipv4.address if kept and kept.ipv4 else None
        if before is None or before.network != gateway.network or before.ip == gateway.ip:
            before = self._new_tap_address(gateway, number)
        return Link4(address=before, gateway=gateway.ip, network=gateway.network)

    def _new_tap_address(self, gateway: IPv4Interface, number: int) -> IPv4Interface:
        if self._tap_hosts is None:
            self._tap_hosts = gateway.network.hosts()
        taken = self._tap_addresses
        address = next((host for host in self._tap_hosts if host not in taken and host != gateway.ip), None)
        if address is None:
            raise HostFailure(
                f"network {gateway.network} of {self._settings.tap_gateway_interface} has no room for tap "
                f"{number}",
                hint="give it an address of a larger network, with one for each partition besides its own",
            )
        return IPv4Interface((address, gateway.network.prefixlen))

    def _tun(self, number: int, before: PartitionLayout | None) -> VirtualInterface:
        kept = before.tun if before else None
        link = None
        if self._prefix is not None and self._settings.tun_ipv6:
            old = kept.ipv6.address.network if kept and kept.ipv6 else None
            network = self._partition_network(self._prefix, Quarter.TUN, number, old)
            # Existing nodes have chosen the next one: programs of the partition may use it.
            before_it = kept.ipv6.address if kept and kept.ipv6 and old == network else None
            link = Link6(
                address=before_it or IPv6Interface((first_address(network), network.prefixlen)),
                gateway=None,
                network=network,
            )
        return VirtualInterface(
            name=kept.name if kept else f"slaptun{number}",
            ipv4=self._tuns[number],
            ipv6=link,
        )


def tun_links(recorded: Sequence[IPv4Address | None], amount: int) -> tuple[Link4, ...]:
    """Return the IPv4 sides of all tuns: each an even share of private space, and the first host of it.

    A tun that has an address keeps it. Its share becomes smaller as the shares of all do, and newer tuns get
    the shares that are then free, in order: there are as many as partitions, at least.

    Args:
        recorded: the address that each partition's tun has had, by its number.
        amount: of partitions.
    """
    if not amount:
        return ()
    length = _TUN_NETWORK.prefixlen + ceil(log2(amount))
    kept: list[IPv4Network | None] = []
    for address in [*recorded, *[None] * amount][:amount]:
        ours = address is not None and address in _TUN_NETWORK
        share = IPv4Network(f"{address}/{length}", strict=False) if ours else None
        kept.append(None if share in kept else share)
    free = (share for share in _TUN_NETWORK.subnets(new_prefix=length) if share not in kept)
    return tuple(
        Link4(address=IPv4Interface((share.network_address + 1, length)), gateway=None, network=share)
        for share in (share or next(free) for share in kept)
    )


def _virtual_addresses(layout: ComputerLayout) -> set[IPv4Address | IPv6Address]:
    return {
        address
        for partition in layout.partitions
        for virtual in (partition.tap, partition.tun)
        if virtual and virtual.ipv6
        for address in (virtual.ipv6.address.ip, virtual.ipv6.gateway)
        if address is not None
    }


def with_storage(layout: ComputerLayout, home: PurePosixPath, disks: tuple[str, ...]) -> ComputerLayout:
    """Return the layout with a directory for each partition on each extra disk, by the disk's name."""
    return replace(
        layout,
        partitions=tuple(
            replace(partition, storage=tuple(home / disk / partition.id for disk in disks))
            for partition in layout.partitions
        ),
    )
