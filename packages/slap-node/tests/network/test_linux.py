"""The network of this kernel, in namespaces of its own."""

import json
import os
import socket
import subprocess
from ipaddress import IPv4Interface, IPv6Address, IPv6Network, ip_interface
from pathlib import Path

import pytest
from pyroute2 import IPRoute

from slap_domain.errors import HostFailure
from slap_domain.model.host.changes import AddAddress, AddInterface, AddRoute, BindAnyIpv6
from slap_domain.testing.host_network import HostNetworkContract
from slap_node.network.linux import LinuxNetwork

pytestmark = pytest.mark.root


class TestLinuxNetwork(HostNetworkContract):
    @pytest.fixture(autouse=True)
    def _in_a_namespace(self, link):
        return link

    def make_network(self):
        return LinuxNetwork()

    def user(self):
        return "nobody"


def kernel(*arguments):
    """Return what `ip` says of this namespace."""
    return json.loads(subprocess.run(["ip", "-j", *arguments], capture_output=True, check=True).stdout)


def added(network, text):
    address = ip_interface(text)
    network.apply(AddAddress(interface="eth0", address=address))
    return address


def test_an_address_is_the_kernels(link):
    network = LinuxNetwork()
    added(network, "2001:db8::2/48")
    added(network, "10.3.4.5/32")
    assert network.settle() == frozenset()
    [eth0] = kernel("addr", "show", "dev", "eth0")
    assert {(item["local"], item["prefixlen"]) for item in eth0["addr_info"]} >= {
        ("2001:db8::2", 48),
        ("10.3.4.5", 32),
    }
    assert not any(item.get("tentative") for item in eth0["addr_info"] if item["local"] == "2001:db8::2")


def test_an_address_of_another_machine_is_given_back(link):
    link.give("far0", "2001:db8::7", 48, far=True)
    network = LinuxNetwork()
    taken = added(network, "2001:db8::7/48")
    added(network, "2001:db8::8/48")
    assert ("eth0", taken) not in network.observe().carried()
    assert network.settle() == {IPv6Address("2001:db8::7")}
    carried = str(kernel("addr", "show", "dev", "eth0"))
    assert "2001:db8::7" not in carried
    assert "2001:db8::8" in carried


def test_an_address_that_stays_tentative_is_given_back(link):
    # So many questions that they take longer than anybody waits.
    Path("/proc/sys/net/ipv6/conf/eth0/dad_transmits").write_text("1000")
    waited = []
    network = LinuxNetwork(waited.append)
    added(network, "2001:db8::8/48")
    assert network.settle() == {IPv6Address("2001:db8::8")}
    assert sum(waited) == pytest.approx(10.0)
    assert "2001:db8::8" not in str(kernel("addr", "show", "dev", "eth0"))


def test_without_a_carrier_nobody_is_asked(link):
    with link.far_away(), IPRoute() as ip:
        ip.link("set", index=ip.link_lookup(ifname="far0")[0], state="down")
    network = LinuxNetwork()
    address = added(network, "2001:db8::9/48")
    assert network.settle() == frozenset()
    assert ("eth0", address) in network.observe().carried()


def test_taps_belong_to_their_user(link):
    network = LinuxNetwork()
    network.apply(AddInterface(name="slaptap0", kind="tap", user="nobody"))
    [tap] = kernel("tuntap", "show") or kernel("-d", "link", "show", "dev", "slaptap0")
    assert tap["ifname"] == "slaptap0"
    assert network.observe().interfaces["slaptap0"].owner == "nobody"


def test_routes_are_the_kernels(link):
    network = IPv6Network("2001:db8:1:4001::/64")
    LinuxNetwork().apply(AddRoute(network=network, interface="lo", local=True))
    LinuxNetwork().apply(BindAnyIpv6())
    assert kernel("-6", "route", "show", "table", "local", str(network))
    with socket.socket(socket.AF_INET6) as server:
        server.bind(("2001:db8:1:4001::77", 0))


def test_an_unknown_user_gets_no_tap(link):
    with pytest.raises(HostFailure, match="there is no such user"):
        LinuxNetwork().apply(AddInterface(name="slaptap0", kind="tap", user="no-such-user"))


def test_the_kernels_refusal_is_told(link):
    with pytest.raises(HostFailure, match=r"cannot create tap .*: "):
        LinuxNetwork().apply(AddInterface(name="far-too-long-a-name", kind="tap", user="nobody"))


def test_an_ordinary_user_is_told_what_to_do(link):
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.setgroups([])
        os.setuid(65534)
        message = "no failure"
        try:
            LinuxNetwork().apply(AddAddress(interface="eth0", address=IPv4Interface("10.0.0.1/32")))
        except HostFailure as error:
            message = f"{error} | {error.hint}"
        os.write(writer, message.encode())
        os._exit(0)
    os.waitpid(child, 0)
    os.close(writer)
    with os.fdopen(reader) as file:
        assert "alter_network = false" in file.read()
