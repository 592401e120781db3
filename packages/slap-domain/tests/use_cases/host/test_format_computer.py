"""Formatting a computer in imagination."""

import json
from dataclasses import replace

import pytest

from slap_domain.errors import Conflict, HostFailure, MasterUnreachable
from slap_domain.testing.imagined_machine import ROOT, SETTINGS, ImaginedMachine, interface
from slap_domain.use_cases.host.format_computer import FormatComputer, MasterAnswer


@pytest.fixture
def world():
    return ImaginedMachine()


def test_everything_is_made_and_the_master_told(world):
    outcome = world.run(create_tun=True)

    assert outcome.master is MasterAnswer.TOLD
    found = world.accounts.observe()
    assert {"slapsoft", "slapuser0", "slapuser1"} <= set(found.users)
    assert found.users["slapuser0"].groups == {"slapsoft"}
    assert found.users["slapuser0"].home == ROOT / "slappart0"
    directory = world.files.observe(frozenset({ROOT / "slappart0"}), frozenset()).directories[
        ROOT / "slappart0"
    ]
    assert (directory.mode, directory.user) == (0o750, "slapuser0")
    network = world.network.observe()
    assert {"2001:db8:1::1/48", "2001:db8:1::2/48", "2001:db8:1::3/48"} <= world.carried("eth0")
    assert network.interfaces["slaptap0"].kind == "tap"
    assert network.interfaces["slaptun1"].kind == "tun"
    assert world.carried("slaptap0") == {"2001:db8:1:8001:ffff:ffff:ffff:ffff/64"}
    assert world.carried("slaptun0") == {"2001:db8:1:c001::/64", "172.16.0.1/13"}
    assert network.binds_any_ipv6
    routes = {(str(r.network), r.interface, r.local, str(r.gateway or "")) for r in network.routes}
    assert routes >= {
        ("2001:db8:1:4001::/64", "lo", True, ""),
        ("2001:db8:1:8001::1/128", "slaptap0", False, ""),
        ("2001:db8:1:8001::/64", "slaptap0", False, "2001:db8:1:8001::1"),
        ("2001:db8:1:c002::/64", "slaptun1", False, ""),
        ("172.24.0.0/13", "slaptun1", False, ""),
    }
    [(computer, document)] = world.master.described
    assert computer.address == "2001:db8:1::1"
    assert computer.partitions[0].interface == "slaptap0"
    assert json.loads(document) == world.record


def test_the_record_follows_the_conventions(world):
    world.run()

    assert world.record["netmask"] == "ffff:ffff:ffff::"
    [partition, _] = world.record["partition_list"]
    assert partition["address_list"][0]["netmask"] == "255.255.255.255"
    assert partition["address_list"][1] == {"addr": "2001:db8:1::2", "netmask": "ffff:ffff:ffff::"}
    assert partition["ipv6_range"] == {
        "addr": "2001:db8:1:4001::",
        "netmask": "ffff:ffff:ffff:ffff::",
        "network": "2001:db8:1:4001::/64",
        "prefixlen": 64,
    }
    assert partition["tap"] == {
        "name": "slaptap0",
        "ipv4_addr": "",
        "ipv4_netmask": "",
        "ipv4_gateway": "",
        "ipv4_network": "",
        "ipv6_addr": "2001:db8:1:8001:ffff:ffff:ffff:ffff",
        "ipv6_netmask": "ffff:ffff:ffff:ffff::",
        "ipv6_gateway": "2001:db8:1:8001::1",
        "ipv6_network": "2001:db8:1:8001::1/64",
    }
    assert partition["tun"] is None


@pytest.mark.parametrize("more", [{}, {"create_tun": True}, {"tap_gateway_interface": "br0"}])
def test_a_second_run_changes_nothing(more):
    world = ImaginedMachine(
        interface("lo"),
        interface("br0", "192.168.7.1/24"),
        interface("eth0", "2001:db8:1::1/48"),
    )
    first = world.run(**more)
    world.lines.clear()

    second = world.run(**more)

    assert first.plan.changes
    assert second.plan.describe() == ("nothing to change",)
    assert world.lines == []
    assert second.plan.layout == first.plan.layout


def test_a_plan_changes_nothing(world):
    plan = world.case.plan(SETTINGS)

    assert world.files.documents == {}
    assert world.accounts.observe().users == {}
    assert world.master.described == []
    assert plan == world.run().plan
    assert "create user slapuser0 with home /srv/slapgrid/slappart0, also in slapsoft" in plan.describe()
    assert "add local route 2001:db8:1:4001::/64 to lo" in plan.describe()
    assert "write /srv/slapgrid/slappart1/.slapos-resource" in plan.describe()


@pytest.mark.parametrize("broken", range(1, 60, 4))
def test_a_run_that_was_interrupted_is_completed(broken):
    world, whole = ImaginedMachine(), ImaginedMachine()
    whole.run()
    lines = []

    def interrupt(line):
        lines.append(line)
        if len(lines) == broken:
            raise KeyboardInterrupt

    case = FormatComputer(world.case._host, world.master, interrupt)
    try:
        case.run(SETTINGS)
    except KeyboardInterrupt:
        world.run()

    assert world.record == whole.record
    assert world.network.observe() == whole.network.observe()
    assert world.case.plan(SETTINGS).changes == ()


def test_a_master_that_is_away_is_told_next_time(world):
    world.master.failure = MasterUnreachable("nobody")
    assert world.run().master is MasterAnswer.AWAY
    world.master.failure = None
    assert world.run().master is MasterAnswer.TOLD


def test_growing_keeps_what_was_and_shrinking_is_refused(world):
    before = world.run().plan.layout.partitions
    after = world.run(partition_amount=4).plan.layout.partitions
    assert [(p.id, p.addresses, p.ipv6_range) for p in after[:2]] == [
        (p.id, p.addresses, p.ipv6_range) for p in before
    ]
    assert len(world.files.archived) == 1
    with pytest.raises(Conflict, match="has 4 partitions"):
        world.run(partition_amount=3)


def test_a_computer_without_partitions_is_formatted(world):
    assert world.run(create_tun=True, partition_amount=0).plan.layout.partitions == ()


def test_taps_that_are_no_longer_wanted_are_removed_with_their_routes(world):
    world.run()
    lines = world.run(create_tap=False).plan.describe()
    assert "remove tap slaptap1" in lines
    assert "slaptap1" not in world.network.observe().interfaces
    assert not any(route.interface == "slaptap0" for route in world.network.observe().routes)
    assert world.run(create_tap=False).plan.changes == ()


@pytest.mark.parametrize(
    ("interfaces", "values", "complaint"),
    [
        ([interface("lo"), interface("en0")], {}, "interface eth0 does not exist"),
        (
            [interface("en0", "2001:db8::1/48")],
            {"ipv6_interface": "en0"},
            "interface eth0 does not exist",
        ),
        (
            [interface("lo"), interface("eth0", "fe80::1/64")],
            {},
            "eth0 has no global IPv6 address",
        ),
        (
            [interface("lo"), interface("eth0", "2001:db8::1/127")],
            {},
            "too small for partitions",
        ),
        (
            [interface("lo"), interface("eth0", "2001:db8::1/120")],
            {},
            "too small to be divided",
        ),
        (
            [interface("eth0", "2001:db8::1/48")],
            {"ipv4_network": None},
            "ipv4_local_network is not set",
        ),
        (
            [interface("eth0", "2001:db8::1/48")],
            {"tap_gateway_interface": "br0"},
            "br0 does not exist",
        ),
        (
            [interface("eth0", "2001:db8::1/48"), interface("br0", "10.1.0.1/31")],
            {"tap_gateway_interface": "br0"},
            "network 10.1.0.0/31 of br0 has no room for tap 1",
        ),
    ],
)
def test_a_machine_that_will_not_do_is_left_alone(interfaces, values, complaint):
    world = ImaginedMachine(*interfaces)
    with pytest.raises(HostFailure, match=complaint):
        world.run(**values)
    assert world.lines == []
    assert world.files.documents == {}


def test_interfaces_of_virtual_machines_are_not_offered_in_place_of_one_that_is_missing():
    tap = replace(interface("slaptap0"), kind="tap")
    world = ImaginedMachine(interface("eth0", "2001:db8::1/48"), interface("en0"), tap)
    with pytest.raises(HostFailure, match="interface eth1 does not exist") as raised:
        world.run(ipv6_interface="eth1")
    assert raised.value.hint == "set ipv6_interface to one of: en0, eth0"
