import json
from pathlib import PurePosixPath

import pytest

from slap_domain.errors import DeploymentFailed
from slap_domain.planning.node.partition_wishes import (
    PortRedirect,
    RedirectProtocol,
    plan_exclusive_cpus,
    port_redirects,
    requested_disks,
    requested_pids,
    whitelisted_destinations,
)

ADDRESSES = ["10.0.0.1", "2001:db8::1", "2001:db8::2"]
REDIRECT = {"type": "tcp", "srcPort": 80, "destPort": "8080"}


def _redirects(*items):
    redirects, warnings = port_redirects(json.dumps(items), ADDRESSES, "the file")
    assert warnings == ()
    return redirects


def test_a_redirect_leads_to_the_first_ipv6_address():
    (redirect,) = _redirects(REDIRECT)
    assert redirect == PortRedirect(
        protocol=RedirectProtocol.TCP,
        source_port=80,
        destination_port=8080,
        destination_address="2001:db8::1",
    )
    assert redirect.program == "socat-tcp-80"
    assert redirect.needs_root
    assert redirect.command == ("socat", "TCP4-LISTEN:80,fork", "TCP6:[2001:db8::1]:8080")


@pytest.mark.parametrize(
    ("source", "listen"),
    [
        ("192.0.2.1", "UDP4-LISTEN:5353,bind=192.0.2.1,fork"),
        ("2001:db8::9", "UDP6-LISTEN:5353,bind=2001:db8::9,fork"),
    ],
)
def test_a_redirect_may_name_its_addresses(source, listen):
    (redirect,) = _redirects(
        {"type": "udp", "srcPort": 5353, "destPort": 53, "srcAddress": source, "destAddress": "10.0.0.1"}
    )
    assert redirect.command == ("socat", listen, "UDP4:10.0.0.1:53")
    assert not redirect.needs_root


@pytest.mark.parametrize(
    "items",
    [
        [{**REDIRECT, "type": "sctp"}],
        [{**REDIRECT, "srcPort": 0}],
        [{**REDIRECT, "srcPort": "x"}],
        [{**REDIRECT, "destPort": 65536}],
        [REDIRECT, REDIRECT],
        ["text"],
    ],
)
def test_a_redirect_that_is_none_is_refused(items):
    with pytest.raises(DeploymentFailed, match="the file"):
        _redirects(*items)


@pytest.mark.parametrize(
    ("item", "warning"),
    [
        (REDIRECT, "the file: destAddress is missing, and the partition has no IPv6 address"),
        ({**REDIRECT, "destAddress": "a,exec:sh"}, "the file: 'a,exec:sh' is no address"),
        (
            {**REDIRECT, "destAddress": "10.0.0.1", "srcAddress": "0.0.0.0,exec"},
            "the file: '0.0.0.0,exec' is no",
        ),
    ],
)
def test_a_redirect_without_a_usable_address_is_warned_of_and_the_others_are_made(item, warning):
    usable = {**REDIRECT, "srcPort": 443, "destAddress": "10.0.0.1"}
    redirects, warnings = port_redirects(json.dumps([item, usable]), ["10.0.0.1"], "the file")
    assert [redirect.source_port for redirect in redirects] == [443]
    assert len(warnings) == 1
    assert warnings[0].startswith(warning)


@pytest.mark.parametrize("text", ["{", "{}", "[" * 100000])
def test_what_is_no_list_is_refused(text):
    with pytest.raises(DeploymentFailed, match="is no JSON"):
        whitelisted_destinations(text, "the file")


def test_nothing_asks_for_nothing():
    assert port_redirects("", ADDRESSES, "the file") == ((), ())


def test_disks_must_be_allowed():
    text = json.dumps([{"disk": "/dev/sdb"}])
    assert requested_disks(text, None, "f") == (PurePosixPath("/dev/sdb"),)
    assert requested_disks(text, {"/dev/sdb"}, "f") == (PurePosixPath("/dev/sdb"),)
    with pytest.raises(DeploymentFailed, match="not for partitions"):
        requested_disks(text, {"/dev/sdc"}, "f")


@pytest.mark.parametrize("disk", ["sdb", "/dev/../etc", ""])
def test_a_disk_is_named_by_its_path(disk):
    with pytest.raises(DeploymentFailed, match="no path"):
        requested_disks(json.dumps([{"disk": disk}]), None, "f")


def test_destinations_are_ipv4_addresses():
    text = '["192.0.2.9", "192.0.2.1", "10.0.0.0/8", "192.0.2.9"]'
    assert whitelisted_destinations(text, "f") == ("10.0.0.0/8", "192.0.2.1", "192.0.2.9")
    with pytest.raises(DeploymentFailed, match="no IPv4"):
        whitelisted_destinations('["2001:db8::1"]', "f")


def test_pids_are_numbers():
    assert requested_pids("12\n7 x -3 12 99999999999") == (12, 7)


def test_each_process_gets_an_empty_cpu_and_keeps_it():
    tasks = {"cpu0": [1], "cpu1": [], "cpu2": [7], "cpu3": []}
    assert plan_exclusive_cpus([7, 8, 9, 10], tasks) == {"cpu1": 8, "cpu3": 9}
    assert plan_exclusive_cpus([7], tasks) == {}
