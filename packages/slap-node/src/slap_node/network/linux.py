"""The interfaces, addresses and routes of a Linux machine, over netlink."""

import contextlib
import errno
import pwd
import time
from collections.abc import Callable, Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_interface, ip_network
from pathlib import Path
from typing import Any

from pyroute2 import IPRoute
from pyroute2.netlink.exceptions import NetlinkError

from slap_domain.errors import HostFailure
from slap_domain.model.host.changes import (
    AddAddress,
    AddInterface,
    AddRoute,
    BindAnyIpv6,
    BringUp,
    NetworkChange,
    RemoveAddress,
    RemoveInterface,
    RemoveRoute,
)
from slap_domain.model.host.state import FoundAddress, FoundInterface, FoundNetwork, FoundRoute
from slap_node.account_names import AccountNames

_Message = Any  # pyroute2 declares no types

_UP = 0x1  # IFF_UP
_RUNNING = 0x40  # IFF_RUNNING: there is a carrier
_NO_DETECTION = 0x02  # IFA_F_NODAD
_DUPLICATE = 0x08  # IFA_F_DADFAILED
_TENTATIVE = 0x40  # IFA_F_TENTATIVE
_NO_PREFIX_ROUTE = 0x200  # IFA_F_NOPREFIXROUTE
_LOCAL_TABLE, _MAIN_TABLE = 255, 254
_LOCAL_ROUTE, _UNICAST_ROUTE = 2, 1
_MADE_BY_KERNEL = 2
_TUN_KINDS = {1: "tun", 2: "tap"}
_BIND_ANY = Path("/proc/sys/net/ipv6/ip_nonlocal_bind")
_POLL = 0.05
_DETECTION_TIME = 10.0


class LinuxNetwork:
    """`HostNetwork` over netlink.

    Args:
        sleep: waits for duplicate address detection.
    """

    def __init__(self, sleep: Callable[[float], None] = time.sleep) -> None:
        self._sleep = sleep
        self._added: list[AddAddress] = []

    def observe(self) -> FoundNetwork:
        """Return all interfaces, with their addresses, and all routes that somebody has set."""
        with _netlink("look at the network") as ip:
            links = list(ip.get_links())
            addresses, names = _addresses(ip, links), AccountNames()
            interfaces = {link["index"]: _interface(link, addresses, names) for link in links}
            routes = frozenset(_routes(ip, {index: item.name for index, item in interfaces.items()}))
        return FoundNetwork(
            interfaces={item.name: item for item in interfaces.values()},
            routes=routes,
            binds_any_ipv6=_binds_any(),
        )

    def apply(self, change: NetworkChange) -> None:
        """Make one change."""
        if isinstance(change, BindAnyIpv6):
            _bind_any()
            return
        with _netlink(change.describe()) as ip:
            if isinstance(change, AddInterface):
                _add_interface(ip, change)
            elif isinstance(change, AddAddress):
                _add_address(ip, change)
                self._added.append(change)
            elif isinstance(change, RemoveAddress | RemoveRoute | RemoveInterface):
                _remove(ip, change)
            else:
                _set(ip, change)

    def settle(self) -> frozenset[IPv4Address | IPv6Address]:
        """Wait for duplicate address detection, which the kernel does for all addresses at once."""
        added, self._added = self._added, []
        if not added:
            return frozenset()
        with _netlink("wait for duplicate address detection") as ip:
            waited, flags = 0.0, _flags(ip)
            while _undecided(added, flags) and waited < _DETECTION_TIME:
                self._sleep(_POLL)
                waited += _POLL
                flags = _flags(ip)
            # What is gone again was dropped by the kernel, as it may be told to do with duplicates.
            duplicates = [change for change in added if flags.get(_key(change), _DUPLICATE) & _DUPLICATE]
            refused = duplicates + _undecided(added, flags)
            for change in refused:
                _remove_address(ip, RemoveAddress(interface=change.interface, address=change.address))
        return frozenset(change.address.ip for change in refused)


def _key(change: AddAddress) -> tuple[str, str]:
    return change.interface, str(change.address.ip)


def _undecided(changes: list[AddAddress], flags: dict[tuple[str, str], int]) -> list[AddAddress]:
    """Return the addresses that the kernel is still asking about."""
    return [
        change
        for change in changes
        if flags.get(_key(change), _DUPLICATE) & (_TENTATIVE | _DUPLICATE) == _TENTATIVE
    ]


def _flags(ip: IPRoute) -> dict[tuple[str, str], int]:
    """Return the flags of every address by its interface; without a carrier nobody is asked about any."""
    links = {link["index"]: link for link in ip.get_links()}
    found = {}
    for item in ip.get_addr():
        link = links.get(item["index"])
        if link is not None:
            flags = int(item.get_attr("IFA_FLAGS") or item["flags"])
            quiet = 0 if link["flags"] & _RUNNING else _TENTATIVE
            address = item.get_attr("IFA_LOCAL") or item.get_attr("IFA_ADDRESS")
            found[link.get_attr("IFLA_IFNAME"), address] = flags & ~quiet
    return found


@contextlib.contextmanager
def _netlink(what: str) -> Iterator[IPRoute]:
    try:
        with IPRoute() as ip:
            yield ip
    except NetlinkError as error:
        raise _failure(what, error.code, str(error.args[-1])) from error
    except OSError as error:
        raise _failure(what, error.errno or 0, str(error)) from error


def _failure(what: str, code: int, message: str) -> HostFailure:
    hint = ""
    if code in {errno.EPERM, errno.EACCES}:
        hint = "run it as root, or set alter_network = false in section [slapformat]"
    return HostFailure(f"cannot {what}: {message}", hint=hint)


@contextlib.contextmanager
def _unless(*codes: int) -> Iterator[None]:
    """Let pass the answers that mean it is so already."""
    try:
        yield
    except NetlinkError as error:
        if error.code not in codes:
            raise


def _index(ip: IPRoute, name: str) -> int:
    found = ip.link_lookup(ifname=name)
    if not found:
        raise HostFailure(f"interface {name} does not exist")
    index: int = found[0]
    return index


def _interface(
    link: _Message, addresses: dict[int, list[FoundAddress]], names: AccountNames
) -> FoundInterface:
    info = link.get_attr("IFLA_LINKINFO")
    kind = (info.get_attr("IFLA_INFO_KIND") if info else None) or ""
    data = info.get_attr("IFLA_INFO_DATA") if kind == "tun" else None
    index, flags = link["index"], link["flags"]
    found = addresses.get(index, [])
    return FoundInterface(
        name=link.get_attr("IFLA_IFNAME"),
        up=bool(flags & _UP),
        kind=_TUN_KINDS.get(data.get_attr("IFLA_TUN_TYPE"), kind) if data else kind,
        owner=names.user(data.get_attr("IFLA_TUN_OWNER")) if data else "",
        group=names.group(data.get_attr("IFLA_TUN_GROUP")) if data else "",
        addresses=tuple(found),
    )


def _addresses(ip: IPRoute, links: list[_Message]) -> dict[int, list[FoundAddress]]:
    running = {link["index"] for link in links if link["flags"] & _RUNNING}
    found: dict[int, list[FoundAddress]] = {}
    for item in ip.get_addr():
        flags = item.get_attr("IFA_FLAGS") or item["flags"]
        address = item.get_attr("IFA_LOCAL") or item.get_attr("IFA_ADDRESS")
        # Without a carrier an address stays tentative for ever.
        tentative = flags & _TENTATIVE and item["index"] in running
        found.setdefault(item["index"], []).append(
            FoundAddress(
                address=ip_interface(f"{address}/{item['prefixlen']}"),
                usable=not tentative and not flags & _DUPLICATE,
            )
        )
    return found


def _add_address(ip: IPRoute, change: AddAddress) -> None:
    flags = 0
    if not change.routed:
        flags = _NO_PREFIX_ROUTE | (_NO_DETECTION if change.address.version == 6 else 0)
    with _unless(errno.EEXIST):
        ip.addr(
            "add",
            index=_index(ip, change.interface),
            address=str(change.address.ip),
            prefixlen=change.address.network.prefixlen,
            IFA_FLAGS=flags,
        )


def _routes(ip: IPRoute, names: dict[int, str]) -> Iterator[FoundRoute]:
    for item in ip.get_routes():
        destination, name = item.get_attr("RTA_DST"), names.get(item.get_attr("RTA_OIF"))
        table = item.get_attr("RTA_TABLE") or item["table"]
        # Those to networks of its addresses do as well as any; it makes many more for itself.
        own = item["proto"] == _MADE_BY_KERNEL and table != _MAIN_TABLE
        if destination is None or name is None or own:
            continue
        if table in {_MAIN_TABLE, _LOCAL_TABLE}:
            gateway = item.get_attr("RTA_GATEWAY")
            yield FoundRoute(
                network=ip_network(f"{destination}/{item['dst_len']}", strict=False),
                interface=name,
                local=item["type"] == _LOCAL_ROUTE,
                gateway=ip_address(gateway) if gateway else None,
            )


def _add_interface(ip: IPRoute, change: AddInterface) -> None:
    try:
        uid = pwd.getpwnam(change.user).pw_uid
    except KeyError:
        raise HostFailure(
            f"cannot {change.describe()}: there is no such user",
            hint="let `node format` create users (alter_user = true), or create it",
        ) from None
    with _unless(errno.EEXIST):
        ip.link("add", ifname=change.name, kind="tuntap", mode=change.kind, uid=uid)


def _set(ip: IPRoute, change: BringUp | AddRoute) -> None:
    if isinstance(change, BringUp):
        ip.link("set", index=_index(ip, change.name), state="up")
    else:
        with _unless(errno.EEXIST):
            _route(ip, "add", change)


def _route(ip: IPRoute, verb: str, change: AddRoute | RemoveRoute) -> None:
    table, kind = (_LOCAL_TABLE, "local") if change.local else (_MAIN_TABLE, "unicast")
    by = {"gateway": str(change.gateway)} if change.gateway else {}
    ip.route(verb, dst=str(change.network), oif=_index(ip, change.interface), type=kind, table=table, **by)


def _remove(ip: IPRoute, change: RemoveAddress | RemoveRoute | RemoveInterface) -> None:
    """Remove something; what is gone already, maybe with the last address of its interface, is fine."""
    if isinstance(change, RemoveAddress):
        _remove_address(ip, change)
    elif isinstance(change, RemoveRoute):
        with _unless(errno.ESRCH):
            _route(ip, "del", change)
    else:
        for index in ip.link_lookup(ifname=change.name):
            ip.link("del", index=index)


def _remove_address(ip: IPRoute, change: RemoveAddress) -> None:
    with _unless(errno.EADDRNOTAVAIL):
        ip.addr(
            "del",
            index=_index(ip, change.interface),
            address=str(change.address.ip),
            prefixlen=change.address.network.prefixlen,
        )


def _binds_any() -> bool:
    try:
        return _BIND_ANY.read_text().strip() == "1"
    except FileNotFoundError:  # a kernel without IPv6
        return False


def _bind_any() -> None:
    try:
        _BIND_ANY.write_text("1\n")
    except OSError as error:
        raise _failure(BindAnyIpv6().describe(), error.errno or 0, str(error)) from error
