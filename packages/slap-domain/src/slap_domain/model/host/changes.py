"""The changes that `node format` can make to a host; each says in one line what it is."""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from pathlib import PurePosixPath

from slap_domain.model.host.layout import AnyInterface, AnyNetwork, PartitionUser


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateGroup:
    """Create a group."""

    name: str

    def describe(self) -> str:
        """Return the change in one line."""
        return f"create group {self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateUser:
    """Create a user with a locked password."""

    user: PartitionUser

    def describe(self) -> str:
        """Return the change in one line."""
        return f"create user {self.user.name} with home {self.user.home}{_other_groups(self.user)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModifyUser:
    """Give a user its home, shell, primary group and additional groups; other groups are kept."""

    user: PartitionUser

    def describe(self) -> str:
        """Return the change in one line."""
        user = self.user
        return f"modify user {user.name}: home {user.home}, shell {user.shell}{_other_groups(user)}"


def _other_groups(user: PartitionUser) -> str:
    return f", also in {', '.join(user.groups)}" if user.groups else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LockPassword:
    """Make sure nobody can log in as a user with a password."""

    name: str

    def describe(self) -> str:
        """Return the change in one line."""
        return f"lock password of user {self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeDirectory:
    """Create a directory, or give it its mode and owner; an empty user leaves the owner."""

    path: PurePosixPath
    mode: int
    user: str = ""
    exists: bool = False

    def describe(self) -> str:
        """Return the change in one line."""
        verb = "set" if self.exists else "create"
        owner = f", owner {self.user}" if self.user else ""
        return f"{verb} directory {self.path} mode {self.mode:04o}{owner}"


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteDocument:
    """Write a file atomically.

    Attributes:
        archived: the text that it replaces is kept, in `<path>.zip`.
    """

    path: PurePosixPath
    text: str
    mode: int = 0o644
    archived: bool = False

    def describe(self) -> str:
        """Return the change in one line."""
        return f"write {self.path}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AddInterface:
    """Create a tap or tun that a user may open."""

    name: str
    kind: str
    user: str

    def describe(self) -> str:
        """Return the change in one line."""
        return f"create {self.kind} {self.name} for user {self.user}"


@dataclass(frozen=True, slots=True, kw_only=True)
class BringUp:
    """Bring an interface up."""

    name: str

    def describe(self) -> str:
        """Return the change in one line."""
        return f"bring up {self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AddAddress:
    """Add an address to an interface, without a route to its network when `routed` is false."""

    interface: str
    address: AnyInterface
    routed: bool = True

    def describe(self) -> str:
        """Return the change in one line."""
        return f"add address {self.address} to {self.interface}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveAddress:
    """Remove an address from an interface."""

    interface: str
    address: AnyInterface

    def describe(self) -> str:
        """Return the change in one line."""
        return f"remove address {self.address} from {self.interface}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AddRoute:
    """Route a network to an interface, maybe by a gateway; `local`: the host itself answers for all of it."""

    network: AnyNetwork
    interface: str
    local: bool = False
    gateway: IPv4Address | IPv6Address | None = None

    def describe(self) -> str:
        """Return the change in one line."""
        return f"add {_route_text(self)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveRoute:
    """Remove a route that `AddRoute` made."""

    network: AnyNetwork
    interface: str
    local: bool = False
    gateway: IPv4Address | IPv6Address | None = None

    def describe(self) -> str:
        """Return the change in one line."""
        return f"remove {_route_text(self)}"


def _route_text(route: AddRoute | RemoveRoute) -> str:
    by = f" by {route.gateway}" if route.gateway else ""
    return f"{'local ' if route.local else ''}route {route.network} to {route.interface}{by}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveInterface:
    """Remove a tap or tun, with its addresses and routes."""

    name: str
    kind: str

    def describe(self) -> str:
        """Return the change in one line."""
        return f"remove {self.kind} {self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class BindAnyIpv6:
    """Let programs bind IPv6 addresses that no interface has."""

    def describe(self) -> str:
        """Return the change in one line."""
        return "set net.ipv6.ip_nonlocal_bind = 1"


AccountChange = CreateGroup | CreateUser | ModifyUser | LockPassword
FileChange = MakeDirectory | WriteDocument
NetworkChange = (
    AddInterface
    | BringUp
    | AddAddress
    | RemoveAddress
    | AddRoute
    | RemoveRoute
    | RemoveInterface
    | BindAnyIpv6
)
HostChange = AccountChange | FileChange | NetworkChange
