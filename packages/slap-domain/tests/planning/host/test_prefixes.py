"""The division of a prefix among partitions, to the bit."""

from ipaddress import IPv6Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slap_domain.errors import HostFailure
from slap_domain.planning.host.prefixes import (
    Quarter,
    first_address,
    first_machine,
    last_address,
    numbered_address,
    partition_address,
    partition_network,
)

EXAMPLE = IPv6Network("2001:db8:1::/48")


@pytest.mark.parametrize(
    ("prefix", "number", "address"),
    [
        ("2001:db8:1::/48", 0, "2001:db8:1::2/48"),
        ("2001:db8:1::/48", 9, "2001:db8:1::b/48"),
        ("2001:db8:1::/48", 65533, "2001:db8:1::ffff/48"),
        ("2001:db8:1:2::/64", 0, "2001:db8:1:2::2/64"),
        ("2001:db8::80/121", 0, "2001:db8::82/121"),
        # 2^(128-L)-2 addresses, then from the start again.
        ("2001:db8::/124", 11, "2001:db8::d/124"),
        ("2001:db8::/124", 12, "2001:db8::/124"),
        ("2001:db8::/124", 13, "2001:db8::1/124"),
        ("2001:db8::/126", 0, "2001:db8::/126"),
        ("2001:db8::/126", 1, "2001:db8::1/126"),
    ],
)
def test_address_of_a_partition(prefix, number, address):
    assert str(partition_address(IPv6Network(prefix), number)) == address


@pytest.mark.parametrize("prefix", ["2001:db8::/127", "2001:db8::1/128"])
def test_a_prefix_for_one_machine_has_no_partition(prefix):
    with pytest.raises(HostFailure, match="is too small for partitions"):
        partition_address(IPv6Network(prefix), 0)


@pytest.mark.parametrize(
    ("prefix", "shift", "quarter", "number", "network"),
    [
        ("2001:db8:1::/48", 16, Quarter.RANGE, 0, "2001:db8:1:4001::/64"),
        ("2001:db8:1::/48", 16, Quarter.TAP, 0, "2001:db8:1:8001::/64"),
        ("2001:db8:1::/48", 16, Quarter.TUN, 0, "2001:db8:1:c001::/64"),
        ("2001:db8:1::/48", 16, Quarter.RANGE, 9, "2001:db8:1:400a::/64"),
        ("2001:db8:1::/48", 16, Quarter.TUN, 255, "2001:db8:1:c100::/64"),
        ("2001:db8:1:2::/64", 16, Quarter.RANGE, 0, "2001:db8:1:2:4001::/80"),
        ("2001:db8:1:2::/64", 16, Quarter.TAP, 9, "2001:db8:1:2:800a::/80"),
        ("2001:db8:1::/48", 8, Quarter.RANGE, 0, "2001:db8:1:4100::/56"),
        ("2001:db8:1::/48", 8, Quarter.TAP, 0, "2001:db8:1:8100::/56"),
        ("2001:db8:1::/48", 8, Quarter.TUN, 0, "2001:db8:1:c100::/56"),
        ("2001:db8:1:2:3:4::/96", 16, Quarter.RANGE, 1, "2001:db8:1:2:3:4:4002:0/112"),
        ("2001:db8::/111", 16, Quarter.RANGE, 0, "2001:db8::8002/127"),
        ("2001:db8:1::/48", 3, Quarter.RANGE, 0, "2001:db8:1:6000::/51"),
        ("2001:db8:1::/48", 3, Quarter.TUN, 0, "2001:db8:1:e000::/51"),
    ],
)
def test_network_of_a_partition(prefix, shift, quarter, number, network):
    assert str(partition_network(IPv6Network(prefix), shift, quarter, number)) == network


@pytest.mark.parametrize("prefix", ["2001:db8::/112", "2001:db8::/120", "2001:db8::/126"])
def test_a_prefix_that_is_too_long_is_not_divided(prefix):
    with pytest.raises(HostFailure, match="too small to be divided by 16 more bits"):
        partition_network(IPv6Network(prefix), 16, Quarter.RANGE, 0)


def test_a_tap_has_the_last_address_and_its_gateway_the_first_of_a_machine():
    network = partition_network(EXAMPLE, 16, Quarter.TAP, 0)
    assert str(last_address(network)) == "2001:db8:1:8001:ffff:ffff:ffff:ffff/64"
    assert str(first_machine(network)) == "2001:db8:1:8001::1"
    assert str(first_address(partition_network(EXAMPLE, 16, Quarter.TUN, 0))) == "2001:db8:1:c001::"


def test_of_two_addresses_the_gateway_has_the_one_that_the_tap_has_not():
    network = partition_network(IPv6Network("2001:db8::/111"), 16, Quarter.TAP, 0)
    assert {first_machine(network), last_address(network).ip} == set(network)


@given(
    length=st.integers(16, 110),
    shift=st.integers(4, 16),
    numbers=st.lists(st.integers(0, 2), min_size=2, max_size=2, unique=True),
)
def test_no_two_partitions_share_anything(length, shift, numbers):
    prefix = IPv6Network(("2001:db8::", length), strict=False)
    networks = [
        partition_network(prefix, shift, quarter, number)
        for quarter in Quarter
        for number in numbers
        if length + shift < 128
    ]
    assert len({partition_address(prefix, number) for number in numbers}) == 2
    for one in networks:
        assert one.subnet_of(prefix)
        assert [other for other in networks if other.overlaps(one)] == [one]


@given(offset=st.integers(0, 2**20))
def test_a_numbered_address_stays_in_its_prefix(offset):
    prefix = IPv6Network("2001:db8::/118")
    assert numbered_address(prefix, offset).ip in prefix
