"""What the interfaces of a host carry for its partitions, and what of it is obsolete."""

from collections.abc import Iterator
from ipaddress import IPv6Interface, ip_interface

from slap_domain.model.host.changes import NetworkChange, RemoveAddress, RemoveInterface, RemoveRoute
from slap_domain.model.host.layout import AnyInterface, ComputerLayout, PartitionLayout, VirtualInterface
from slap_domain.model.host.state import FoundNetwork, FoundRoute


def interface_of(layout: ComputerLayout, address: AnyInterface) -> str:
    """Return the interface that carries an address of a partition."""
    return layout.global_interface if isinstance(address, IPv6Interface) else layout.interface


def host_addresses(kind: str, virtual: VirtualInterface) -> Iterator[AnyInterface]:
    """Yield what the host has on a virtual interface.

    The IPv4 address of a tap is that of the machine behind it, and so is its IPv6 gateway, which recipes of
    existing nodes connect to: the network is reached by it.
    """
    if kind == "tun" and virtual.ipv4 is not None:
        yield virtual.ipv4.address
    if virtual.ipv6 is not None:
        yield virtual.ipv6.address


def link_routes(kind: str, virtual: VirtualInterface) -> Iterator[FoundRoute]:
    """Yield the routes to a virtual interface, those to gateways before those by them."""
    if virtual.ipv4 is not None:
        network = virtual.ipv4.network if kind == "tun" else ip_interface(virtual.ipv4.address.ip).network
        yield FoundRoute(network=network, interface=virtual.name)
    if virtual.ipv6 is not None:
        gateway = virtual.ipv6.gateway
        if gateway is not None:
            yield FoundRoute(network=ip_interface(gateway).network, interface=virtual.name)
        yield FoundRoute(network=virtual.ipv6.network, interface=virtual.name, gateway=gateway)


def range_route(partition: PartitionLayout) -> FoundRoute | None:
    """Return the route by which the host answers for all addresses of a partition's range."""
    if partition.ipv6_range is None:
        return None
    return FoundRoute(network=partition.ipv6_range, interface="lo", local=True)


def obsolete_network(
    layout: ComputerLayout, recorded: ComputerLayout | None, network: FoundNetwork
) -> Iterator[NetworkChange]:
    """Yield the removals of what a former run made, and the layout no longer has.

    Only what is recorded is removed: anything else on the host is somebody else's.
    """
    if recorded is None:
        return
    gone = _unwanted_interfaces(layout, recorded, network)
    for name, kind in gone.items():
        yield RemoveInterface(name=name, kind=kind)
    carried = network.carried()
    wanted_addresses, wanted_routes = frozenset(_addresses(layout)), frozenset(_routes(layout))
    for interface, address in _addresses(recorded):
        unwanted = (interface, address) not in wanted_addresses and address not in recorded.shared_addresses
        if interface not in gone and unwanted and (interface, address) in carried:
            yield RemoveAddress(interface=interface, address=address)
    for route in _routes(recorded):
        if route.interface not in gone and route not in wanted_routes and route in network.routes:
            yield RemoveRoute(
                network=route.network, interface=route.interface, local=route.local, gateway=route.gateway
            )


def _virtuals(layout: ComputerLayout) -> Iterator[tuple[str, VirtualInterface]]:
    for partition in layout.partitions:
        for kind, virtual in (("tap", partition.tap), ("tun", partition.tun)):
            if virtual is not None:
                yield kind, virtual


def _unwanted_interfaces(
    layout: ComputerLayout, recorded: ComputerLayout, network: FoundNetwork
) -> dict[str, str]:
    """Return the kinds of the taps and tuns that are recorded and no longer wanted, by their names."""
    kept = {virtual.name for _, virtual in _virtuals(layout)}
    return {
        virtual.name: kind
        for kind, virtual in _virtuals(recorded)
        if virtual.name not in kept
        and virtual.name in network.interfaces
        and network.interfaces[virtual.name].kind == kind
    }


def _addresses(layout: ComputerLayout) -> list[tuple[str, AnyInterface]]:
    """Return what interfaces carry for the partitions."""
    own = [
        (interface_of(layout, address), address)
        for partition in layout.partitions
        for address in partition.addresses
    ]
    links = [
        (virtual.name, address)
        for kind, virtual in _virtuals(layout)
        for address in host_addresses(kind, virtual)
    ]
    return own + links


def _routes(layout: ComputerLayout) -> list[FoundRoute]:
    ranges = [range_route(partition) for partition in layout.partitions]
    links = [route for kind, virtual in _virtuals(layout) for route in link_routes(kind, virtual)]
    return [route for route in ranges if route is not None] + links
