"""An in-memory network, and the contract that every network keeps."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Interface, IPv6Address, IPv6Interface, IPv6Network

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
from slap_domain.ports.host import HostNetwork


class FakeHostNetwork:
    """Interfaces and routes in imagination.

    Args:
        interfaces: what there is.
        elsewhere: addresses that other machines on the link have.
    """

    def __init__(
        self,
        interfaces: Iterable[FoundInterface] = (),
        elsewhere: Iterable[IPv4Address | IPv6Address] = (),
    ) -> None:
        self._interfaces = {interface.name: interface for interface in interfaces}
        self._routes: set[FoundRoute] = set()
        self._binds_any = False
        self._elsewhere = frozenset(elsewhere)

    def observe(self) -> FoundNetwork:
        """Return all of it."""
        return FoundNetwork(
            interfaces=dict(self._interfaces),
            routes=frozenset(self._routes),
            binds_any_ipv6=self._binds_any,
        )

    def apply(self, change: NetworkChange) -> None:
        """Make one change."""
        match change:
            case BindAnyIpv6():
                self._binds_any = True
            case AddInterface():
                made = FoundInterface(name=change.name, up=False, kind=change.kind, owner=change.user)
                self._interfaces.setdefault(change.name, made)
            case BringUp():
                self._interfaces[change.name] = replace(self._interface(change.name), up=True)
            case AddRoute():
                self._interface(change.interface)
                self._routes.add(_route(change))
            case RemoveRoute() | RemoveInterface():
                self._remove(change)
            case _:
                self._change_address(change)

    def _remove(self, change: RemoveRoute | RemoveInterface) -> None:
        if isinstance(change, RemoveInterface):
            self._interfaces.pop(change.name, None)
            self._routes = {route for route in self._routes if route.interface != change.name}
        else:
            self._routes.discard(_route(change))

    def settle(self) -> frozenset[IPv4Address | IPv6Address]:
        """Remove, and return, the addresses that other machines have."""
        refused: set[IPv4Address | IPv6Address] = set()
        for name, interface in self._interfaces.items():
            taken = [item for item in interface.addresses if item.address.ip in self._elsewhere]
            refused.update(item.address.ip for item in taken)
            kept = tuple(item for item in interface.addresses if item not in taken)
            self._interfaces[name] = replace(interface, addresses=kept)
        return frozenset(refused)

    def _change_address(self, change: AddAddress | RemoveAddress) -> None:
        interface = self._interface(change.interface)
        kept = tuple(item for item in interface.addresses if item.address != change.address)
        if isinstance(change, AddAddress):
            kept = (*kept, FoundAddress(address=change.address))
        self._interfaces[change.interface] = replace(interface, addresses=kept)

    def _interface(self, name: str) -> FoundInterface:
        if name not in self._interfaces:
            raise HostFailure(f"interface {name} does not exist")
        return self._interfaces[name]


def _route(change: AddRoute | RemoveRoute) -> FoundRoute:
    return FoundRoute(
        network=change.network, interface=change.interface, local=change.local, gateway=change.gateway
    )


class HostNetworkContract(ABC):
    """What every network does; subclass it as a test class and make the subject.

    It has an interface `lo` and an interface `eth0` that is up.
    """

    @abstractmethod
    def make_network(self) -> HostNetwork:
        """Return a network that holds nothing of another test."""

    @abstractmethod
    def user(self) -> str:
        """Return the name of a user that exists."""

    def test_an_added_address_is_carried_and_usable(self) -> None:
        """Of both families."""
        network = self.make_network()
        for address in (_IPV4, _IPV6):
            network.apply(AddAddress(interface="eth0", address=address))
            assert network.settle() == frozenset()
            assert ("eth0", address) in network.observe().carried()
            assert address.ip in network.observe().taken()

    def test_adding_and_removing_twice_is_no_failure(self) -> None:
        """What is so already is left alone."""
        network = self.make_network()
        for _ in range(2):
            network.apply(AddAddress(interface="eth0", address=_IPV6))
        network.settle()
        assert ("eth0", _IPV6) in network.observe().carried()
        for _ in range(2):
            network.apply(RemoveAddress(interface="eth0", address=_IPV6))
        assert ("eth0", _IPV6) not in network.observe().carried()

    def test_taps_and_tuns_are_made_once_and_told_apart(self) -> None:
        """And can be brought up, with addresses that are usable without a carrier."""
        network = self.make_network()
        for name, kind in (("slaptap0", "tap"), ("slaptun0", "tun")):
            for _ in range(2):
                network.apply(AddInterface(name=name, kind=kind, user=self.user()))
            made = network.observe().interfaces[name]
            assert (made.kind, made.owner, made.group) == (kind, self.user(), "")
            network.apply(BringUp(name=name))
            assert network.observe().interfaces[name].up
        network.apply(AddAddress(interface="slaptap0", address=_IPV6, routed=False))
        assert ("slaptap0", _IPV6) in network.observe().carried()
        network.apply(AddRoute(network=_RANGE, interface="slaptap0"))
        for _ in range(2):
            network.apply(RemoveInterface(name="slaptap0", kind="tap"))
        assert "slaptap0" not in network.observe().interfaces
        assert FoundRoute(network=_RANGE, interface="slaptap0") not in network.observe().routes
        assert "slaptun0" in network.observe().interfaces

    def test_routes_are_seen(self) -> None:
        """Both those to interfaces and those that the host answers for itself."""
        network = self.make_network()
        for local in (False, True):
            interface = "lo" if local else "eth0"
            for _ in range(2):
                network.apply(AddRoute(network=_RANGE, interface=interface, local=local))
            route = FoundRoute(network=_RANGE, interface=interface, local=local)
            assert route in network.observe().routes
            for _ in range(2):
                network.apply(RemoveRoute(network=_RANGE, interface=interface, local=local))
            assert route not in network.observe().routes

    def test_a_route_by_a_gateway_is_seen(self) -> None:
        """Which is not the route to the same network without one."""
        network = self.make_network()
        network.apply(BringUp(name="eth0"))
        gateway = _RANGE[1]
        network.apply(AddRoute(network=IPv6Network(gateway), interface="eth0"))
        for _ in range(2):
            network.apply(AddRoute(network=_RANGE, interface="eth0", gateway=gateway))
        route = FoundRoute(network=_RANGE, interface="eth0", gateway=gateway)
        assert route in network.observe().routes
        assert replace(route, gateway=None) not in network.observe().routes
        for _ in range(2):
            network.apply(RemoveRoute(network=_RANGE, interface="eth0", gateway=gateway))
        assert route not in network.observe().routes

    def test_binding_any_address_is_seen(self) -> None:
        """As ranges need."""
        network = self.make_network()
        network.apply(BindAnyIpv6())
        assert network.observe().binds_any_ipv6

    def test_an_interface_that_does_not_exist_is_a_failure(self) -> None:
        """Whatever is asked of it."""
        network = self.make_network()
        for change in (
            AddAddress(interface="nowhere", address=_IPV4),
            RemoveAddress(interface="nowhere", address=_IPV4),
            AddRoute(network=_RANGE, interface="nowhere"),
            BringUp(name="nowhere"),
        ):
            try:
                network.apply(change)
            except HostFailure:
                continue
            raise AssertionError(f"{change.describe()} did not fail")


_IPV4 = IPv4Interface("10.11.12.13/32")
_IPV6 = IPv6Interface("2001:db8:77::5/48")
_RANGE = IPv6Network("2001:db8:78:4001::/64")
