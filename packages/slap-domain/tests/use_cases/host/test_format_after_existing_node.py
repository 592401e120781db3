"""Formatting a machine that an existing node has formatted: what its partitions have stays theirs."""

import json
from collections.abc import Mapping
from ipaddress import ip_address, ip_interface, ip_network

import pytest

from slap_domain.model.host.changes import AddAddress, AddInterface, AddRoute, BindAnyIpv6, BringUp
from slap_domain.testing.imagined_machine import RECORD, ROOT, ImaginedMachine, interface

# As slapos.core 1.26.1 records them, with tap_gateway_interface = br0, which has 192.0.2.10/24.
_TAP = {
    "ipv4_addr": "192.0.2.1",
    "ipv4_gateway": "192.0.2.10",
    "ipv4_netmask": "255.255.255.0",
    "ipv4_network": "192.0.2.0",
    "ipv6_addr": "2001:db8:1:8001:ffff:ffff:ffff:ffff",
    "ipv6_gateway": "2001:db8:1:8001::1",
    "ipv6_netmask": "ffff:ffff:ffff:ffff::",
    "ipv6_network": "2001:db8:1:8001::1/64",
    "name": "slaptap0",
}
_TUN = {
    "ipv4_addr": "172.16.0.1",
    "ipv4_gateway": "",
    "ipv4_netmask": "255.240.0.0",
    "ipv4_network": "172.16.0.1/255.240.0.0",
    "ipv6_addr": "2001:db8:1:c001::1",
    "ipv6_gateway": "",
    "ipv6_netmask": "ffff:ffff:ffff:ffff::",
    "ipv6_network": "2001:db8:1:c001::1/64",
    "name": "slaptun0",
}
_PARTITION: Mapping[str, object] = {
    "reference": "slappart0",
    "path": str(ROOT / "slappart0"),
    "user": {
        "name": "slapuser0",
        "shell": "/bin/sh",
        "path": str(ROOT / "slappart0"),
        "additional_group_list": ["slapsoft"],
    },
    "address_list": [
        {"addr": "10.0.205.30", "netmask": "255.255.255.255"},
        {"addr": "2001:db8:1::2", "netmask": "ffff:ffff:ffff::"},
    ],
    "ipv6_range": {
        "addr": "2001:db8:1:4001::",
        "netmask": "ffff:ffff:ffff:ffff::",
        "network": "2001:db8:1:4001::/64",
        "prefixlen": 64,
    },
    "tap": _TAP,
    "tun": _TUN,
    "external_storage_list": [],
}
_WANTED = {"partition_amount": 1, "create_tun": True, "tap_gateway_interface": "br0"}


@pytest.fixture
def world():
    made = ImaginedMachine(
        interface("lo"), interface("eth0", "2001:db8:1::1/48"), interface("br0", "192.0.2.10/24")
    )
    document = {"reference": "COMP-1", "address": "2001:db8:1::1", "netmask": "ffff:ffff:ffff::"}
    made.files.documents[RECORD] = json.dumps({**document, "partition_list": [_PARTITION]})
    return made


def test_a_partition_keeps_everything_to_the_letter(world):
    world.run(**_WANTED)
    assert world.record["partition_list"] == [_PARTITION]


def test_a_newer_partition_gets_what_is_free(world):
    layout = world.run(**{**_WANTED, "partition_amount": 2}).plan.layout
    assert [str(partition.tap.ipv4.address.ip) for partition in layout.partitions] == [
        "192.0.2.1",
        "192.0.2.2",
    ]
    assert [str(partition.tun.ipv6.address.ip) for partition in layout.partitions] == [
        "2001:db8:1:c001::1",
        "2001:db8:1:c002::",
    ]


def test_a_tap_in_another_network_gets_another_address(world):
    moved = ImaginedMachine(
        interface("lo"), interface("eth0", "2001:db8:1::1/48"), interface("br0", "10.8.0.1/24")
    )
    moved.files.documents[RECORD] = world.files.documents[RECORD]
    layout = moved.run(**_WANTED).plan.layout
    assert str(layout.partitions[0].tap.ipv4.address) == "10.8.0.2/24"


def test_what_the_existing_node_has_set_is_left_as_it_is(world):
    world.network.apply(AddInterface(name="slaptap0", kind="tap", user="slapuser0"))
    world.network.apply(AddInterface(name="slaptun0", kind="tun", user="slapuser0"))
    for name in ("slaptap0", "slaptun0"):
        world.network.apply(BringUp(name=name))
    for name, address in (
        ("eth0", "10.0.205.30/32"),
        ("eth0", "2001:db8:1::2/48"),
        ("slaptap0", "2001:db8:1:8001:ffff:ffff:ffff:ffff/64"),
        ("slaptun0", "172.16.0.1/12"),
        ("slaptun0", "2001:db8:1:c001::1/64"),
    ):
        world.network.apply(AddAddress(interface=name, address=ip_interface(address)))
    gateway = ip_address("2001:db8:1:8001::1")
    for name, network, by in (
        ("slaptap0", "192.0.2.1/32", None),
        ("slaptap0", f"{gateway}/128", None),
        ("slaptap0", "2001:db8:1:8001::/64", gateway),
        ("slaptun0", "172.16.0.0/12", None),
        ("slaptun0", "2001:db8:1:c001::/64", None),
    ):
        world.network.apply(AddRoute(network=ip_network(network), interface=name, gateway=by))
    world.network.apply(AddRoute(network=ip_network("2001:db8:1:4001::/64"), interface="lo", local=True))
    world.network.apply(BindAnyIpv6())
    before = world.network.observe()
    lines = {change.describe() for change in world.run(**_WANTED).plan.changes}
    assert world.network.observe() == before
    assert not [line for line in lines if line.startswith(("add ", "remove "))]
