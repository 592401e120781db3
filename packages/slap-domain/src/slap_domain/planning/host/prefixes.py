"""How a computer's IPv6 prefix is divided among its partitions, to the bit (node-conventions section 11)."""

from enum import IntEnum
from ipaddress import IPv6Address, IPv6Interface, IPv6Network

from slap_domain.errors import HostFailure

_BITS = 128


class Quarter(IntEnum):
    """Which quarter of the prefix a kind of network takes; the first is left to the machine itself."""

    RANGE = 1
    TAP = 2
    TUN = 3


def partition_address(prefix: IPv6Network, number: int) -> IPv6Interface:
    """Return the address at a number counted from 2, which wraps where the prefix is small.

    Args:
        prefix: the network of the computer's own address.
        number: the partition's, from 0.

    Raises:
        HostFailure: the prefix has no room for two addresses.
    """
    return numbered_address(prefix, number + 2)


def numbered_address(prefix: IPv6Network, offset: int) -> IPv6Interface:
    """Return the address at an offset from the start of a prefix, wrapped into it.

    Raises:
        HostFailure: the prefix has no room for two addresses.
    """
    size = 2 ** (_BITS - prefix.prefixlen) - 2
    if size < 1:
        raise HostFailure(
            f"IPv6 prefix {prefix} is too small for partitions",
            hint="give the interface an address with a shorter prefix, /64 or less",
        )
    return IPv6Interface((prefix.network_address + offset % size, prefix.prefixlen))


def partition_network(prefix: IPv6Network, shift: int, quarter: Quarter, number: int) -> IPv6Network:
    """Return the network of a partition within one quarter of the prefix.

    Args:
        prefix: the network of the computer's own address.
        shift: how many bits longer the result is.
        quarter: what the network is for.
        number: the partition's, from 0.

    Raises:
        HostFailure: the prefix is too long to be divided that way.
    """
    return numbered_network(prefix, shift, quarter * 2 ** (shift - 2) + number + 1)


def numbered_network(prefix: IPv6Network, shift: int, subnet: int) -> IPv6Network:
    """Return a subnet of a prefix, `shift` bits longer, by its number.

    Raises:
        HostFailure: the result would have 128 bits or more.
    """
    length = prefix.prefixlen + shift
    if length >= _BITS:
        raise HostFailure(
            f"IPv6 prefix {prefix} is too small to be divided by {shift} more bits",
            hint="use a shorter prefix, or lower ipv6_prefixshift, or set partition_has_ipv6_range, tap_ipv6 "
            "and tun_ipv6 to false",
        )
    return IPv6Network((int(prefix.network_address) + (subnet << (_BITS - length)), length))


def last_address(network: IPv6Network) -> IPv6Interface:
    """Return the last address of a network: the one a tap has."""
    return IPv6Interface((network.broadcast_address, network.prefixlen))


def first_address(network: IPv6Network) -> IPv6Address:
    """Return the first address of a network: a tun's own."""
    return network.network_address


def first_machine(network: IPv6Network) -> IPv6Address:
    """Return the first address of a network that a machine can have: the gateway of a tap.

    The very first is that of whatever router there is (RFC 4291, 2.6.1); of two there is no other.
    """
    return network[1] if network.num_addresses > 2 else network[0]
