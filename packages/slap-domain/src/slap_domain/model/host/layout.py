"""A host as `node format` makes it: its partitions with their users, addresses and virtual interfaces."""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface, IPv4Network, IPv6Address, IPv6Interface, IPv6Network
from pathlib import PurePosixPath

from slap_domain.errors import InvalidInput
from slap_domain.model.references import ComputerGuid, PartitionId, computer_guid, partition_id

AnyInterface = IPv4Interface | IPv6Interface
AnyNetwork = IPv4Network | IPv6Network
# What the shadow tools and the kernel take, and take for no option; what is empty is not made.
_ACCOUNT = re.compile(r"(?:[A-Za-z_][A-Za-z0-9_.-]{0,31})?\Z")
_INTERFACE = re.compile(r"(?:[A-Za-z0-9_][A-Za-z0-9_.:@-]{0,14})?\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class PartitionUser:
    """The Unix user that a partition shall have.

    Attributes:
        groups: groups besides the user's own.

    Raises:
        InvalidInput: its name could be no user's.
    """

    name: str
    home: PurePosixPath
    shell: str = "/bin/sh"
    groups: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse names that no user could have."""
        for name in (self.name, *self.groups):
            if not _ACCOUNT.match(name):
                raise InvalidInput(
                    f"{name[:80]!r} is no name of a user or group",
                    hint="use up to 32 letters, digits, '_', '.' or '-', beginning with a letter or '_'",
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class Link4:
    """The IPv4 side of a virtual interface; `network` is routed to it."""

    address: IPv4Interface
    gateway: IPv4Address | None
    network: IPv4Network


@dataclass(frozen=True, slots=True, kw_only=True)
class Link6:
    """The IPv6 side of a virtual interface; `network` is routed to it."""

    address: IPv6Interface
    gateway: IPv6Address | None
    network: IPv6Network


@dataclass(frozen=True, slots=True, kw_only=True)
class VirtualInterface:
    """A tap or tun of a partition; a side that is None carries no address.

    Raises:
        InvalidInput: its name could be no interface's.
    """

    name: str
    ipv4: Link4 | None = None
    ipv6: Link6 | None = None

    def __post_init__(self) -> None:
        """Refuse a name that no interface could have."""
        if not _INTERFACE.match(self.name):
            raise InvalidInput(
                f"{self.name[:80]!r} is no name of a network interface",
                hint="use up to 15 letters, digits, '.', '_' or '-'",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class PartitionLayout:
    """A partition as it shall be.

    Attributes:
        addresses: one IPv4, and one IPv6 where the machine has IPv6.
        ipv6_range: addresses that programs of the partition may bind without any interface having them.
        storage: directories on extra disks.
    """

    id: PartitionId
    path: PurePosixPath
    user: PartitionUser
    addresses: tuple[AnyInterface, ...] = ()
    ipv6_range: IPv6Network | None = None
    tap: VirtualInterface | None = None
    tun: VirtualInterface | None = None
    storage: tuple[PurePosixPath, ...] = ()

    def __post_init__(self) -> None:
        """Refuse an id that is no directory name."""
        partition_id(self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class ComputerLayout:
    """A computer as it shall be.

    Attributes:
        address: its own global IPv6 address, or None.
        interface: the one that carries IPv4 addresses of partitions.
        global_interface: the one that carries their IPv6 addresses.

    Raises:
        InvalidInput: two partitions share an id, an address or a range.
    """

    guid: ComputerGuid
    address: AnyInterface | None = None
    interface: str = ""
    global_interface: str = ""
    software_user: str = "slapsoft"
    partitions: tuple[PartitionLayout, ...] = ()
    shared_addresses: frozenset[AnyInterface] = frozenset()

    def __post_init__(self) -> None:
        """Refuse partitions that collide."""
        computer_guid(self.guid)
        _refuse_repeated("partition", [partition.id for partition in self.partitions])
        _refuse_repeated(
            "address",
            [
                str(address)
                for partition in self.partitions
                for address in partition.addresses
                if address not in self.shared_addresses
            ],
        )
        _refuse_repeated(
            "IPv6 range",
            [str(partition.ipv6_range) for partition in self.partitions if partition.ipv6_range is not None],
        )


def _refuse_repeated(what: str, names: list[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise InvalidInput(f"{what} {name} is given to two partitions")
        seen.add(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class HostFacts:
    """What a machine is, as it tells its master.

    Attributes:
        os_type: platform, distribution id, version and name.
        public_ipv4: its public IPv4 address, or empty when unknown.
    """

    os_type: tuple[str, ...]
    python_version: str
    slapos_version: str
    public_ipv4: str = ""
