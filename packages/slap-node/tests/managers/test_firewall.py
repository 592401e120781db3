import json
import os
import threading
from pathlib import Path

import pytest

from slap_domain.errors import Cancelled, ConfigurationError, DeploymentFailed, HostFailure
from slap_domain.model.addresses import InterfaceAddress
from slap_domain.model.references import ComputerGuid
from slap_domain.testing.node_hooks import PartitionFirewallContract
from slap_node.firewall.commands import FirewallCommands
from slap_node.firewall.daemons import deploy_firewall_daemons
from slap_node.firewall.records import RULES
from slap_node.firewall.routed_addresses import RoutedAddressFirewall
from slap_node.firewall.settings import firewall_settings
from slap_node.programs.processes import Finished

ROUTED = (
    InterfaceAddress(interface="route_slappart0", address="10.0.0.1"),
    InterfaceAddress(interface="slappart0", address="10.0.0.2"),
)
SECTION = {"reload_config_cmd": "reload", "authorized_sources": "192.0.2.0/24\n198.51.100.1"}


class Tree:
    """The part of a master that a firewall asks."""

    def tree_addresses(self, computer, partition):
        return (InterfaceAddress(interface="x", address="10.0.0.7"),)


def _guard(firewall, section=SECTION, *, start_seconds=0.0, cancel=None):
    settings = firewall_settings(section, "slapos.cfg")
    commands = FirewallCommands(settings, firewall, cancel, start_seconds)
    return RoutedAddressFirewall(settings, Tree(), ComputerGuid("COMP-1"), commands)


class TestContract(PartitionFirewallContract):
    @pytest.fixture(autouse=True)
    def _given(self, firewall, partition):
        self.firewall, self.partition = firewall, partition

    def make_firewall(self):
        return _guard(self.firewall)

    def is_guarded(self, firewall, partition):
        return bool(self.firewall.active) and Path(partition.place.path / RULES).exists()

    def make_partition(self):
        return self.partition(addresses=ROUTED)


def test_rules_are_made_once(firewall, partition):
    guard, made = _guard(firewall), partition(addresses=ROUTED)
    guard.apply(made)
    guard.apply(made)
    assert firewall.reloads == 1
    assert firewall.active[:3] == [
        "INPUT 0 -s 10.0.0.7 -d 10.0.0.1 -j ACCEPT",
        "INPUT 0 -s 192.0.2.0/24 -d 10.0.0.1 -j ACCEPT",
        "INPUT 0 -s 198.51.100.1 -d 10.0.0.1 -j ACCEPT",
    ]
    assert json.loads(Path(made.place.path / RULES).read_text()) == firewall.active


def test_several_addresses_keep_all_their_rules(firewall, partition):
    information = {"full_ip_list": [["route_b", "10.0.0.3", "g", "n", "w"], "odd", ["x"]]}
    guard, made = _guard(firewall), partition(addresses=ROUTED, information=information)
    for _ in range(3):
        guard.apply(made)
    rejected = [rule for rule in firewall.active if rule.endswith("REJECT")]
    assert [rule.split()[3] for rule in rejected] == ["10.0.0.1", "10.0.0.1", "10.0.0.3", "10.0.0.3"]
    assert firewall.reloads == 1


def test_a_changed_wish_changes_only_what_differs(firewall, partition):
    guard = _guard(firewall)
    guard.apply(partition(addresses=ROUTED))
    kept = firewall.active
    filters = {"fw_authorized_sources": "203.0.113.5"}
    guard.apply(partition(addresses=ROUTED, filters=filters))
    assert [rule for rule in firewall.active if rule not in kept] == [
        "INPUT 0 -s 203.0.113.5 -d 10.0.0.1 -j ACCEPT",
        "FORWARD 0 -s 203.0.113.5 -d 10.0.0.1 -j ACCEPT",
    ]
    assert firewall.reloads == 2


def test_a_partition_without_routed_address_needs_nothing(firewall, partition, free):
    guard = _guard(firewall)
    guard.apply(partition())
    guard.apply(free)
    guard.remove(free)
    assert (firewall.rules, firewall.reloads) == ([], 0)


def test_a_malformed_wish_fails_the_deployment(firewall, partition):
    with pytest.raises(DeploymentFailed):
        _guard(firewall).apply(partition(addresses=ROUTED, filters={"fw_restricted_access": "x"}))


def test_an_interrupted_change_is_completed(firewall, partition):
    guard, made = _guard(firewall), partition(addresses=ROUTED)
    firewall.answers["--add-rule"] = Finished(status=1, output="Error: no")
    with pytest.raises(HostFailure, match="refuses --add-rule"):
        guard.apply(made)
    assert json.loads(Path(made.place.path / RULES).read_text())
    del firewall.answers["--add-rule"]
    guard.apply(made)
    assert len(firewall.active) == 10


@pytest.mark.parametrize("text", ["{", '{"a": 1}'])
def test_a_damaged_record_is_none(firewall, partition, text):
    made = partition({RULES: text}, addresses=ROUTED)
    _guard(firewall).apply(made)
    assert len(firewall.active) == 10


@pytest.mark.root
@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_a_partition_cannot_have_the_rules_of_others_removed(firewall, partition):
    others = "INPUT 1000 -d 10.9.9.9 -j REJECT"
    firewall.rules.append(others)
    made = partition({RULES: json.dumps([others])})
    os.chown(made.place.path / RULES, 65534, 65534)
    _guard(firewall).remove(made)
    assert firewall.rules == [others]


def test_a_firewall_that_does_not_answer_is_told(firewall, partition):
    firewall.answers["--query-rule"] = Finished(status=252, output="FirewallD is not running\n")
    with pytest.raises(HostFailure, match="FirewallD is not running"):
        _guard(firewall).apply(partition(addresses=ROUTED))


def test_a_firewall_that_starts_is_waited_for(firewall, partition):
    # As when it has just been started, or starts again for the rules of another partition.
    firewall.absent = [
        Finished(status=254, output="Error: Message recipient disconnected from message bus\n"),
        Finished(status=252, output="FirewallD is not running\n"),
        Finished(status=36, output="Error: DBUS_ERROR: Failed to connect to socket\n"),
    ]
    _guard(firewall, start_seconds=30.0).apply(partition(addresses=ROUTED))
    assert (len(firewall.active), firewall.absent) == (10, [])


def test_nobody_waits_for_a_firewall_when_the_run_ends(firewall, partition):
    firewall.answers["--query-rule"] = Finished(status=252, output="FirewallD is not running\n")
    ended = threading.Event()
    ended.set()
    with pytest.raises(Cancelled):
        _guard(firewall, start_seconds=3600.0, cancel=ended).apply(partition(addresses=ROUTED))


@pytest.mark.parametrize(
    ("section", "complaint"),
    [
        ({"firewall_cmd": "'unbalanced"}, "firewall_cmd is no command"),
        ({"authorized_sources": "here"}, "authorized_sources contains 'here'"),
    ],
)
def test_a_malformed_section_names_file_section_and_key(section, complaint):
    with pytest.raises(ConfigurationError, match=r"slapos.cfg: section \[firewall\]: " + complaint):
        firewall_settings(section, "slapos.cfg")


class Daemons:
    def __init__(self):
        self.programs = {}

    def deploy_daemon(self, name, program):
        self.programs[name] = program


def test_the_daemons_run_under_the_supervisor():
    section = {"firewall_executable": "/usr/sbin/firewalld --nofork", "dbus_executable": "/usr/bin/dbus"}
    daemons = Daemons()
    deploy_firewall_daemons(firewall_settings({**section, "log_file": "/l"}, "x").daemons, daemons)
    firewall, dbus = daemons.programs["firewall"], daemons.programs["dbus"]
    assert firewall.command == ("/usr/sbin/firewalld", "--nofork")
    assert (firewall.extra, dbus.extra) == ({"priority": "5"}, {"priority": "1"})
    assert (firewall.autostart, firewall.autorestart, str(firewall.log)) == (True, True, "/l")
    deploy_firewall_daemons(firewall_settings({**section, "testing": "true"}, "x").daemons, daemons)
    assert daemons.programs == {"firewall": None, "dbus": None}
    deploy_firewall_daemons({}, daemons)
    assert daemons.programs == {"firewall": None, "dbus": None}
