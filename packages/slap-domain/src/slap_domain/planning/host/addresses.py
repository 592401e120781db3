"""The choice of addresses for partitions: the recorded one, else the computed one, else another free one."""

import random
from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv4Interface, IPv4Network, IPv6Address, IPv6Interface, IPv6Network

from slap_domain.errors import HostFailure
from slap_domain.model.host.layout import AnyInterface, ComputerLayout
from slap_domain.model.host.state import FoundInterface
from slap_domain.planning.host.prefixes import (
    Quarter,
    numbered_address,
    numbered_network,
    partition_address,
    partition_network,
)

# Only the customary division leaves room to look elsewhere (node-conventions section 11).
_CUSTOMARY_SHIFT = 16
_TRIES = 10
_HIGHEST = 65_000
# Names and resolvers of the machine itself live on these.
_LOOPBACK_IN_USE = frozenset(map(IPv4Address, ("127.0.0.1", "127.0.1.1", "127.0.0.53", "127.0.0.54")))


class AddressPool:
    """Hands out addresses and networks, each of them once.

    The alternatives to an address that is taken are drawn from a sequence that the seed decides, so that a
    plan made twice is the same plan.
    """

    def __init__(self, *, seed: str, taken: Iterable[IPv4Address | IPv6Address]) -> None:
        self._seed = seed
        self._taken: set[IPv4Address | IPv6Address] = set(taken)
        self._networks: set[IPv6Network] = set()

    def reserve(self, layout: ComputerLayout) -> None:
        """Keep for their partitions the ranges and virtual networks that were handed out before."""
        for partition in layout.partitions:
            self._networks.update([partition.ipv6_range] if partition.ipv6_range else [])
            for virtual in (partition.tap, partition.tun):
                self._networks.update([virtual.ipv6.address.network] if virtual and virtual.ipv6 else [])

    def ipv4(self, network: IPv4Network, number: int) -> IPv4Interface:
        """Return a free address of a network, as a host of its own.

        Raises:
            HostFailure: the network has no free address.
        """
        start = self._random("ipv4", number).randrange(network.num_addresses)
        for offset in range(network.num_addresses):
            address = network[(start + offset) % network.num_addresses]
            if self._is_host(network, address) and address not in self._taken:
                self._taken.add(address)
                return IPv4Interface((address, 32))
        raise HostFailure(
            f"IPv4 network {network} has no free address for partition {number}",
            hint="set ipv4_local_network to a larger network",
        )

    @staticmethod
    def _is_host(network: IPv4Network, address: IPv4Address) -> bool:
        at_edge = network.prefixlen < 31 and address in (network.network_address, network.broadcast_address)
        return not at_edge and address not in _LOOPBACK_IN_USE

    def ipv6(self, prefix: IPv6Network, shift: int, number: int) -> IPv6Interface:
        """Return the address of a partition in the computer's prefix.

        Raises:
            HostFailure: it is taken and there is no alternative.
        """
        for address in self._address_candidates(prefix, shift, number):
            if address.ip not in self._taken:
                self._taken.add(address.ip)
                return address
        raise HostFailure(
            f"address {partition_address(prefix, number)} of partition {number} is taken",
            hint="remove it from the interface that has it, or give this machine a larger prefix",
        )

    def _address_candidates(self, prefix: IPv6Network, shift: int, number: int) -> Iterator[IPv6Interface]:
        yield partition_address(prefix, number)
        for offset in self._alternatives(shift, "ipv6", number):
            yield numbered_address(prefix, offset)

    def ipv6_network(self, prefix: IPv6Network, shift: int, quarter: Quarter, number: int) -> IPv6Network:
        """Return the network of a partition in one quarter of the computer's prefix.

        Raises:
            HostFailure: some interface has an address in it and there is no alternative.
        """
        for network in self._network_candidates(prefix, shift, quarter, number):
            if network not in self._networks and not any(address in network for address in self._taken):
                self._networks.add(network)
                return network
        raise HostFailure(
            f"the {quarter.name.lower()} network of partition {number} is taken",
            hint="remove its addresses from the interface that has them, or use a larger prefix",
        )

    def _network_candidates(
        self, prefix: IPv6Network, shift: int, quarter: Quarter, number: int
    ) -> Iterator[IPv6Network]:
        yield partition_network(prefix, shift, quarter, number)
        for subnet in self._alternatives(shift, quarter.name, number):
            yield numbered_network(prefix, shift, subnet)

    def _alternatives(self, shift: int, kind: str, number: int) -> list[int]:
        if shift != _CUSTOMARY_SHIFT:
            return []
        sequence = self._random(kind, number)
        return [sequence.randint(1, _HIGHEST) for _ in range(_TRIES)]

    def _random(self, kind: str, number: int) -> random.Random:
        return random.Random(f"{self._seed}/{kind}/{number}")  # noqa: S311 - addresses are no secrets


def is_global(address: AnyInterface) -> bool:
    """Tell whether an address can be the computer's own: a unicast IPv6 address with global scope."""
    return isinstance(address, IPv6Interface) and not (
        address.is_link_local
        or address.ip.is_loopback
        or address.ip.is_reserved
        or address.ip.is_multicast
        or address.ip.is_unspecified
    )


def computer_address(
    interface: FoundInterface, recorded: AnyInterface | None, partitions: frozenset[AnyInterface]
) -> IPv6Interface | None:
    """Return the address of the computer itself: as recorded, else the lowest that fits.

    That is the lowest in the recorded address's network, or else in the largest network.

    Args:
        interface: the one that carries the global address.
        recorded: what the last run found.
        partitions: addresses that belong to partitions.
    """
    found = [
        item.address
        for item in interface.addresses
        if is_global(item.address) and item.address not in partitions
    ]
    if recorded in found and isinstance(recorded, IPv6Interface):
        return recorded
    candidates = [address for address in found if isinstance(address, IPv6Interface)]
    same = [address for address in candidates if recorded is not None and recorded.ip in address.network]
    if same:
        return min(same)
    return min(candidates, key=lambda address: (address.network.prefixlen, address.ip), default=None)
