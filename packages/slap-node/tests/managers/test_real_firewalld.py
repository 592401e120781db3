"""The rules that a node makes take effect in a real firewalld, in a network namespace of its own."""

import os
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from slap_domain.model.addresses import InterfaceAddress
from slap_domain.model.instance import InstanceState
from slap_domain.model.references import ComputerGuid
from slap_node.firewall.commands import FirewallCommands
from slap_node.firewall.routed_addresses import RoutedAddressFirewall
from slap_node.firewall.settings import firewall_settings
from slap_node.managers.whitelistfirewall import WISHES, WhitelistFirewall

PROGRAMS = ("firewalld", "firewall-cmd", "dbus-daemon", "iptables", "unshare", "nsenter")
MISSING = [name for name in PROGRAMS if shutil.which(name) is None]
pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root"),
    pytest.mark.skipif(bool(MISSING), reason=f"not installed here: {', '.join(MISSING)}"),
]
ROUTED = (InterfaceAddress(interface="route_slappart0", address="10.0.0.1"),)
BUS = """
<busconfig>
  <type>system</type>
  <listen>unix:path={folder}/bus</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/><allow receive_sender="*"/>
    <allow own="*"/><allow user="*"/>
  </policy>
</busconfig>
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Firewalld:
    """A firewalld that runs."""

    pid: int
    bus: str

    @property
    def section(self) -> dict[str, str]:
        """Return section [firewall] of a node that uses it."""
        command = f"/usr/bin/env DBUS_SYSTEM_BUS_ADDRESS={self.bus} firewall-cmd"
        return {
            "firewall_cmd": command,
            "reload_config_cmd": f"{command} --reload",
            "authorized_sources": "192.0.2.0/24",
        }

    def rules(self) -> list[str]:
        """Return the rules that the kernel goes by."""
        command = ["nsenter", f"--target={self.pid}", "--net", "iptables", "-S"]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


# It waits for the bus; `exec` keeps the pid that is ended.
START = """
while [ ! -S {folder}/bus ]; do sleep 0.1; done
mkdir {folder}/etc
exec firewalld --nofork --nopid --system-config={folder}/etc --log-file={folder}/firewalld.log
"""


def answers(environment: dict[str, str]) -> bool:
    asked = subprocess.run(["firewall-cmd", "--state"], env=environment, capture_output=True, check=False)
    return asked.returncode == 0


@pytest.fixture(scope="module")
def firewalld():
    if subprocess.run(["unshare", "--net", "iptables", "-S"], capture_output=True, check=False).returncode:
        pytest.skip("this kernel filters nothing in network namespaces")
    folder = Path(tempfile.mkdtemp(prefix="fw"))  # a socket's path is short
    (folder / "bus.conf").write_text(BUS.format(folder=folder))
    environment = {**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={folder}/bus"}
    log = (folder / "log").open("wb")
    bus = ["dbus-daemon", "--nofork", f"--config-file={folder}/bus.conf"]
    daemon = ["unshare", "--net", "sh", "-c", START.format(folder=folder)]
    started = [
        subprocess.Popen(command, env=environment, stdout=log, stderr=log) for command in (bus, daemon)
    ]
    try:
        deadline = time.monotonic() + 60
        while not answers(environment):
            assert time.monotonic() < deadline, (folder / "log").read_text()
            assert started[1].poll() is None, (folder / "log").read_text()
            time.sleep(0.2)
        yield Firewalld(pid=started[1].pid, bus=environment["DBUS_SYSTEM_BUS_ADDRESS"])
    finally:
        for process in reversed(started):
            process.terminate()
            process.wait(30)
        log.close()
        shutil.rmtree(folder)


class Tree:
    """The part of a master that a firewall asks."""

    def tree_addresses(self, computer, partition):
        return (InterfaceAddress(interface="x", address="10.0.0.7"),)


def test_only_the_tree_and_authorized_sources_get_in(firewalld, partition):
    settings = firewall_settings(firewalld.section, "slapos.cfg")
    guard = RoutedAddressFirewall(settings, Tree(), ComputerGuid("COMP-1"), FirewallCommands(settings))
    before = firewalld.rules()
    made = partition(addresses=ROUTED)
    guard.apply(made)
    expected = [
        f"-A {chain} {rule}"
        for chain in ("INPUT", "FORWARD")
        for rule in (
            "-s 10.0.0.7/32 -d 10.0.0.1/32 -j ACCEPT",
            "-s 192.0.2.0/24 -d 10.0.0.1/32 -j ACCEPT",
            "-d 10.0.0.1/32 -j REJECT --reject-with icmp-port-unreachable",
        )
    ]
    rules = firewalld.rules()
    assert [rule for rule in expected if rule not in rules] == []
    for chain in ("INPUT", "FORWARD"):
        own = [rule for rule in rules if rule.startswith(f"-A {chain} ") and "10.0.0.1/32" in rule]
        assert own[-1].endswith("REJECT --reject-with icmp-port-unreachable")
    guard.apply(made)
    assert firewalld.rules() == rules
    guard.remove(made)
    assert firewalld.rules() == before


def test_a_white_list_is_a_chain_for_what_the_user_sends(firewalld, partition, context, nobody):
    manager = WhitelistFirewall(context("whitelistfirewall", firewall=firewalld.section))
    before = firewalld.rules()
    made = partition({WISHES: '["10.9.8.7"]'}, account=nobody)
    manager.instance_ended(made)
    rules = firewalld.rules()
    assert "-N slappart0-whitelist" in rules
    assert "-A OUTPUT -m owner --uid-owner 65534 -j slappart0-whitelist" in rules
    chain = [rule for rule in rules if rule.startswith("-A slappart0-whitelist")]
    assert "-A slappart0-whitelist -d 10.9.8.7/32 -j ACCEPT" in chain
    assert "REJECT" in chain[-1]
    manager.instance_ended(partition(account=nobody, state=InstanceState.DESTROYED))
    assert firewalld.rules() == before
