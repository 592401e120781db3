"""Steps about a machine that is formatted by root."""

import json
import os

import pytest
from features.worlds.linux_host import LinuxHost
from pytest_bdd import given, parsers, then, when


@pytest.fixture
def machine():
    if os.geteuid() != 0:
        pytest.skip("a machine of its own needs root")
    host = LinuxHost()
    if not host.starts:
        host.stop()
        pytest.skip("namespaces cannot be made here")
    yield host
    host.stop()


@given(parsers.parse("a machine with eth0, which has {address}"))
def _(machine, address):
    machine.output("ip", "addr", "add", address, "dev", "eth0", "nodad")


@given(parsers.parse("eth0 has {address} instead"))
def _(machine, address):
    machine.output("ip", "-6", "addr", "flush", "dev", "eth0", "scope", "global")
    machine.output("ip", "addr", "add", address, "dev", "eth0", "nodad")


@given(parsers.parse("its configuration says {line}"))
def _(machine, line):
    machine.configure(line)


@given("the operator formatted the machine")
def _(machine):
    ran = machine.format()
    assert ran.status == 2, ran.err


@given("the existing node formatted the machine")
@when("the existing node formats the machine")
def _(machine, existing_implementation):
    existing_implementation.require_node()
    ran = machine.format_by(existing_implementation.slapos)
    assert "slaptap1" in machine.output("ip", "-br", "link"), ran.err


@then("its network has not changed")
def _(machine):
    assert machine.network() == machine.seen[:3]


@given(parsers.parse("{name} is deleted"))
def _(machine, name):
    machine.output("ip", "link", "del", name)


@given(parsers.parse("there is a user {name} with home {home}"))
def _(machine, name, home):
    machine.output("useradd", "-d", home, name)


@given(parsers.re(r"there is a tap (?P<name>\w+) (that anybody may use|of user (?P<user>\w+))"))
def _(machine, name, user):
    machine.output("ip", "tuntap", "add", "dev", name, "mode", "tap", *(("user", user) if user else ()))


@given(parsers.parse("there is a directory {name} of user {user}"))
def _(machine, name, user):
    path = str(machine.directory / "inst" / name)
    machine.output("mkdir", "-p", path)
    machine.output("chown", user, path)


@when("the operator formats the machine")
def _(machine, shell):
    shell.last = machine.format()


@when(parsers.parse("the operator formats the machine with {option}"))
def _(machine, shell, option):
    shell.last = machine.format(option)


@when("an ordinary user formats the machine")
def _(machine, shell):
    shell.last = machine.format(ordinary=True)


@then("nothing on the machine has changed")
def _(machine):
    assert machine.state() == machine.seen


@then(parsers.parse("{number:d} partitions have their users, directories, addresses, taps and ranges"))
def _(machine, number):
    addresses = json.loads(machine.output("ip", "-j", "addr"))
    carried = {
        link["ifname"]: {f"{item['local']}/{item['prefixlen']}" for item in link["addr_info"]}
        for link in addresses
    }
    local = machine.output("ip", "-6", "route", "show", "table", "local")
    for each in range(number):
        path = machine.directory / "inst" / f"slappart{each}"
        assert machine.output("stat", "-c", "%U:%G %a", str(path)) == f"slapuser{each}:slapuser{each} 750\n"
        resource = json.loads((path / ".slapos-resource").read_text())
        ipv4, ipv6 = (item["addr"] for item in resource["address_list"])
        assert {f"{ipv4}/32", f"{ipv6}/48"} <= carried["eth0"]
        assert ipv6 == f"2001:db8:1::{each + 2:x}"
        assert f"2001:db8:1:{0x8001 + each:x}:ffff:ffff:ffff:ffff/64" in carried[f"slaptap{each}"]
        assert f"2001:db8:1:{0xC001 + each:x}::/64" in carried[f"slaptun{each}"]
        assert f"local 2001:db8:1:{0x4001 + each:x}::/64 dev lo" in local
