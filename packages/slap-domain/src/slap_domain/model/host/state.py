"""What `node format` finds on a host before it changes anything."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address
from pathlib import PurePosixPath
from types import MappingProxyType

from slap_domain.model.host.layout import AnyInterface, AnyNetwork


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundDirectory:
    """A directory that exists: its permission bits and its owner's user and group names.

    Attributes:
        link: its path is a symbolic link to it.
    """

    mode: int
    user: str
    group: str
    link: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundUser:
    """A user that exists.

    Attributes:
        group: the name of its primary group.
        groups: names of its other groups.
        locked: it has no password to log in with.
    """

    name: str
    uid: int
    group: str
    home: PurePosixPath
    shell: str
    groups: frozenset[str] = frozenset()
    locked: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundAccounts:
    """The user database: users and groups by name."""

    users: Mapping[str, FoundUser] = field(default_factory=lambda: MappingProxyType({}))
    groups: frozenset[str] = frozenset()

    def members(self, group: str) -> frozenset[str]:
        """Return the names of the users who are in a group, be it their primary one or another."""
        return frozenset(
            user.name for user in self.users.values() if group == user.group or group in user.groups
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundAddress:
    """An address that an interface carries.

    Attributes:
        usable: it is not tentative, and no other machine was found to have it.
    """

    address: AnyInterface
    usable: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundInterface:
    """An interface that exists.

    Attributes:
        kind: `tap`, `tun`, or the kernel's name of its kind; empty for a physical one.
        owner: name of the user who may open a tap or tun; empty when it is no such one, or anybody may.
        group: name of the group whose members may, as far as the owner lets them; empty when it has none.
    """

    name: str
    up: bool
    kind: str = ""
    owner: str = ""
    group: str = ""
    addresses: tuple[FoundAddress, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundRoute:
    """A route of the main table, or of the local table when `local`.

    Attributes:
        gateway: the machine behind the interface that forwards; None when the network is right there.
    """

    network: AnyNetwork
    interface: str
    local: bool = False
    gateway: IPv4Address | IPv6Address | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundNetwork:
    """The network of a host.

    Attributes:
        binds_any_ipv6: programs may bind IPv6 addresses that no interface has, as ranges need.
    """

    interfaces: Mapping[str, FoundInterface] = field(default_factory=lambda: MappingProxyType({}))
    routes: frozenset[FoundRoute] = frozenset()
    binds_any_ipv6: bool = False

    def carried(self) -> frozenset[tuple[str, AnyInterface]]:
        """Return every address that an interface has and may use, with the interface's name."""
        return frozenset(
            (interface.name, found.address)
            for interface in self.interfaces.values()
            for found in interface.addresses
            if found.usable
        )

    def taken(self) -> frozenset[IPv4Address | IPv6Address]:
        """Return every address that some interface of the host carries."""
        return frozenset(
            found.address.ip for interface in self.interfaces.values() for found in interface.addresses
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundFiles:
    """Directories and documents, for the paths that were asked about; what is absent does not exist."""

    directories: Mapping[PurePosixPath, FoundDirectory] = field(default_factory=lambda: MappingProxyType({}))
    documents: Mapping[PurePosixPath, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True, kw_only=True)
class HostState:
    """All of it."""

    accounts: FoundAccounts = field(default_factory=FoundAccounts)
    network: FoundNetwork = field(default_factory=FoundNetwork)
    files: FoundFiles = field(default_factory=FoundFiles)
