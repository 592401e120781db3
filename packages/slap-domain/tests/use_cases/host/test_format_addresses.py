"""Which addresses formatting chooses, keeps and replaces."""

from dataclasses import replace
from ipaddress import IPv4Network, IPv6Address, ip_interface

import pytest

from slap_domain.errors import HostFailure
from slap_domain.model.host.state import FoundAddress, FoundInterface
from slap_domain.testing.host_network import FakeHostNetwork
from slap_domain.testing.imagined_machine import SETTINGS, ImaginedMachine, interface
from slap_domain.use_cases.host.format_computer import FormatComputer


@pytest.fixture
def world():
    return ImaginedMachine()


def test_an_address_of_another_interface_is_not_taken():
    world = ImaginedMachine(
        interface("lo"),
        interface("eth0", "2001:db8:1::1/48"),
        interface("eth1", "2001:db8:1::2/48", "2001:db8:1:4001::9/64"),
    )
    layout = world.run().plan.layout

    assert str(layout.partitions[0].addresses[1]) != "2001:db8:1::2/48"
    assert str(layout.partitions[1].addresses[1]) == "2001:db8:1::3/48"
    assert str(layout.partitions[0].ipv6_range) != "2001:db8:1:4001::/64"
    assert world.case.plan(SETTINGS).changes == ()


def test_without_the_customary_shift_there_is_no_alternative():
    taken = ImaginedMachine(interface("eth0", "2001:db8:1::1/48"), interface("eth1", "2001:db8:1::2/48"))
    with pytest.raises(HostFailure, match="2001:db8:1::2/48 of partition 0 is taken"):
        taken.run(ipv6_prefixshift=8)
    ranged = ImaginedMachine(interface("eth0", "2001:db8:1::1/48"), interface("eth1", "2001:db8:1:4100::/56"))
    with pytest.raises(HostFailure, match="the range network of partition 0 is taken"):
        ranged.run(ipv6_prefixshift=8)


def test_an_address_of_another_machine_is_replaced():
    world = ImaginedMachine(
        interface("lo"),
        interface("eth0", "2001:db8:1::1/48"),
        elsewhere=[IPv6Address("2001:db8:1::2")],
    )
    outcome = world.run()

    assert "2001:db8:1::2/48" not in world.carried("eth0")
    assert "address 2001:db8:1::2 is in use by another machine" in world.lines
    address = outcome.plan.layout.partitions[0].addresses[1]
    assert str(address) in world.carried("eth0")
    assert world.record["partition_list"][0]["address_list"][1]["addr"] == str(address.ip)
    assert world.case.plan(SETTINGS).changes == ()


def test_a_link_where_every_address_is_taken_is_given_up():
    class Crowded(FakeHostNetwork):
        def settle(self):
            addresses = [item.address.ip for item in self._interfaces["eth0"].addresses]
            self._elsewhere = frozenset(addresses[1:])
            return super().settle()

    world = ImaginedMachine()
    world.network = Crowded([interface("lo"), interface("eth0", "2001:db8:1::1/48")])
    with pytest.raises(HostFailure, match="too many addresses were in use"):
        world.run()


def test_another_ipv4_network_replaces_the_addresses(world):
    old = world.run().plan.layout.partitions[0].addresses[0]
    network = IPv4Network("10.9.0.0/24")

    new = world.run(ipv4_network=network).plan.layout.partitions[0].addresses[0]

    assert new.ip in network
    assert str(old) not in world.carried("eth0")
    assert str(new) in world.carried("eth0")


def test_another_prefix_replaces_the_addresses():
    world = ImaginedMachine()
    world.run()
    addresses = [
        item for item in world.network.observe().interfaces["eth0"].addresses if item.address.version == 4
    ]
    moved = FoundAddress(address=ip_interface("2001:db8:2::1/48"))
    world.network._interfaces["eth0"] = FoundInterface(name="eth0", up=True, addresses=(*addresses, moved))

    layout = world.run().plan.layout

    assert str(layout.address) == "2001:db8:2::1/48"
    assert str(layout.partitions[0].addresses[1]) == "2001:db8:2::2/48"
    assert str(layout.partitions[0].ipv6_range) == "2001:db8:2:4001::/64"


def moved_to(world, *addresses):
    """Give eth0 other global addresses than the computer's own; those of the partitions stay."""
    own = {ip_interface("2001:db8:1::1/48"), ip_interface("fe80::1/64")}
    found = world.network.observe().interfaces["eth0"]
    kept = [item for item in found.addresses if item.address not in own]
    new = [FoundAddress(address=ip_interface(text)) for text in addresses]
    world.network._interfaces["eth0"] = replace(found, addresses=(*kept, *new))


@pytest.mark.parametrize("broken", [None, 1, 5, 11, 14, 17])
def test_nothing_of_another_prefix_stays(broken):
    world, fresh = (
        ImaginedMachine(),
        ImaginedMachine(interface("lo"), interface("eth0", "2001:db8:2::1/48")),
    )
    world.run(create_tun=True)
    moved_to(world, "2001:db8:2::1/48")
    lines = []

    def interrupt(line):
        lines.append(line)
        if len(lines) == broken:
            raise KeyboardInterrupt

    case = FormatComputer(world.case._host, world.master, interrupt)
    if broken:
        with pytest.raises(KeyboardInterrupt):
            case.run(replace(SETTINGS, create_tun=True))
    world.run(create_tun=True)

    fresh.run(create_tun=True)
    assert world.network.observe().routes == fresh.network.observe().routes
    for name in ("slaptap0", "slaptun1"):
        assert world.carried(name) == fresh.carried(name)
    assert not any(text.startswith("2001:db8:1:") for text in world.carried("eth0"))
    assert world.run(create_tun=True).plan.changes == ()


def test_an_address_whose_network_became_smaller_is_replaced(world):
    world.run()
    moved_to(world, "2001:db8:1::1/56")
    world.run()
    assert not any(text.endswith("/48") for text in world.carried("eth0"))
    assert world.run().plan.changes == ()


def test_growing_keeps_the_addresses_of_tuns(world):
    before = [p.tun.ipv4.address.ip for p in world.run(create_tun=True).plan.layout.partitions]

    grown = world.run(create_tun=True, partition_amount=5).plan.layout.partitions

    assert [p.tun.ipv4.address.ip for p in grown[:2]] == before
    networks = [p.tun.ipv4.network for p in grown]
    assert not any(a.overlaps(b) for a in networks for b in networks if a is not b)
    assert world.carried("slaptun1") == {"172.24.0.1/15", "2001:db8:1:c002::/64"}
    to_tun = {str(r.network) for r in world.network.observe().routes if r.interface == "slaptun0"}
    assert to_tun == {"172.16.0.0/15", "2001:db8:1:c001::/64"}
    assert world.run(create_tun=True, partition_amount=5).plan.changes == ()


@pytest.mark.parametrize(
    ("addresses", "chosen"),
    [
        (["2001:db8:1::5/48", "2001:db8:1::1/48"], "2001:db8:1::1/48"),
        (["2001:db8:1::1/64", "2001:db8:2::9/48"], "2001:db8:2::9/48"),
        (["fe80::1/10", "::1/128", "10.0.0.1/8", "2001:db8:1::1/64"], "2001:db8:1::1/64"),
    ],
)
def test_the_computer_has_the_lowest_address_of_the_largest_network(addresses, chosen):
    world = ImaginedMachine(interface("lo"), interface("eth0", *addresses))
    assert str(world.run().plan.layout.address) == chosen


def test_the_recorded_network_is_preferred_to_a_larger_one():
    world = ImaginedMachine(interface("lo"), interface("eth0", "2001:db8:1::1/64"))
    world.run()
    world.network._interfaces["eth0"] = interface("eth0", "2001:db8:1::7/64", "2001:db8:2::1/48")
    assert str(world.run().plan.layout.address) == "2001:db8:1::7/64"


def test_a_small_ipv4_network_is_used_up_and_no_further(world):
    small = IPv4Network("127.0.0.0/29")
    layout = world.run(ipv4_network=small).plan.layout
    used = {str(partition.addresses[0].ip) for partition in layout.partitions}
    assert used < {f"127.0.0.{number}" for number in range(2, 7)}
    with pytest.raises(HostFailure, match="no free address for partition 5"):
        world.run(ipv4_network=small, partition_amount=6)


def test_taps_have_addresses_of_the_network_of_their_gateway():
    world = ImaginedMachine(
        interface("lo"),
        interface("eth0", "2001:db8::1/48"),
        interface("br0", "10.8.0.1/24"),
    )
    layout = world.run(tap_gateway_interface="br0").plan.layout
    assert [str(partition.tap.ipv4.address) for partition in layout.partitions] == [
        "10.8.0.2/24",
        "10.8.0.3/24",
    ]
    routes = {(str(route.network), route.interface) for route in world.network.observe().routes}
    assert ("10.8.0.3/32", "slaptap1") in routes
    assert world.record["partition_list"][1]["tap"]["ipv4_gateway"] == "10.8.0.1"


def test_without_ranges_taps_and_their_ipv6_a_long_prefix_will_do():
    world = ImaginedMachine(interface("lo"), interface("eth0", "2001:db8::1/120"))
    layout = world.run(ipv6_ranges=False, tap_ipv6=False, create_tun=True, tun_ipv6=False).plan.layout
    assert str(layout.partitions[0].addresses[1]) == "2001:db8::2/120"
    assert layout.partitions[0].ipv6_range is None
    assert layout.partitions[0].tap.ipv6 is None
    assert layout.partitions[0].tun.ipv6 is None
    assert not world.network.observe().binds_any_ipv6
    assert (
        world.case.plan(
            replace(SETTINGS, ipv6_ranges=False, tap_ipv6=False, create_tun=True, tun_ipv6=False)
        ).changes
        == ()
    )


@pytest.mark.parametrize(
    ("shift", "routes"),
    [
        (8, ["2001:db8:1:8100::/64", "2001:db8:1:8200::/64"]),
        (16, ["2001:db8:1:8001::/64", "2001:db8:1:8002::/64"]),
        (20, ["2001:db8:1:8000:1000::/68", "2001:db8:1:8000:2000::/68"]),
    ],
)
def test_no_two_taps_share_a_route(shift, routes):
    layout = ImaginedMachine().run(ipv6_prefixshift=shift).plan.layout
    assert [str(partition.tap.ipv6.network) for partition in layout.partitions] == routes
