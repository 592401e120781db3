"""Bringing a computer up at the start of its machine."""

from dataclasses import replace
from ipaddress import IPv4Network, ip_interface
from pathlib import PurePosixPath

import pytest

from slap_domain.errors import ConfigurationError, HostFailure, MasterUnreachable
from slap_domain.model.host.settings import FormatSettings
from slap_domain.model.host.state import FoundAddress, FoundInterface
from slap_domain.ports.host import Host
from slap_domain.testing.host_accounts import FakeHostAccounts
from slap_domain.testing.host_files import FakeHostFiles
from slap_domain.testing.host_machine import FakeHostMachine, FakeRecordFormat
from slap_domain.testing.host_network import FakeHostNetwork
from slap_domain.testing.manual_clock import ManualClock
from slap_domain.testing.partition_files import FakePartitionFiles
from slap_domain.use_cases.host.boot_computer import BootComputer, BootPorts
from slap_domain.use_cases.host.format_computer import FormatComputer

SETTINGS = FormatSettings(
    computer="COMP-1",
    software_root=PurePosixPath("/opt/slapgrid"),
    instance_root=PurePosixPath("/srv/slapgrid"),
    record=PurePosixPath("/opt/slapos/slapos.xml"),
    partition_amount=2,
    interface="eth0",
    ipv4_network=IPv4Network("10.0.0.0/16"),
)


class FlakyMaster:
    """Answers only after some failures."""

    def __init__(self, failures):
        self.failures = failures
        self.heard = []

    def _answer(self, *said):
        self.heard.append(said)
        if self.failures:
            raise self.failures.pop(0)

    def describe(self, computer, *, document=""):
        self._answer("describe", computer.guid)

    def bang_computer(self, computer, message):
        self._answer("bang", computer, message)


class World:
    """A machine whose network comes up after some seconds."""

    def __init__(self, *failures, seconds=0):
        self.clock = ManualClock()
        self.master = FlakyMaster(list(failures))
        self.network = FakeHostNetwork([FoundInterface(name="lo", up=True)])
        self.files = FakePartitionFiles(self.clock, "slappart0", "slappart1")
        self.files.write_stamp("slappart0", "7")
        self.files.write_stamp("slappart1", "8")
        self.lines = []
        self.started, self.supervisor_fails = 0, False
        self.seconds = seconds
        self.wait(0)
        host = Host(
            accounts=FakeHostAccounts(),
            network=self.network,
            files=FakeHostFiles(),
            machine=FakeHostMachine(),
            records=FakeRecordFormat(),
        )
        self.case = BootComputer(
            BootPorts(
                network=self.network,
                format=FormatComputer(host, self.master),
                master=self.master,
                files=self.files,
                start_own_master=self.start_own_master,
                wait=self.wait,
                report=self.lines.append,
            )
        )

    def start_own_master(self):
        self.started += 1
        if self.started == 1 and self.supervisor_fails:
            raise HostFailure("the supervisor does not start")

    def wait(self, seconds):
        self.clock.advance(seconds)
        if self.clock.monotonic() >= self.seconds:
            addresses = (FoundAddress(address=ip_interface("2001:db8::1/48")),)
            self.network._interfaces.setdefault(
                "eth0", FoundInterface(name="eth0", up=True, addresses=addresses)
            )


def test_everything_is_processed_again():
    world = World()
    world.case.run(SETTINGS)
    assert world.master.heard == [("describe", "COMP-1"), ("bang", "COMP-1", "Reboot")]
    assert world.files.stamp("slappart0") is None
    assert world.files.stamp("slappart1") is None
    assert world.lines == []


def test_the_network_and_the_master_are_waited_for():
    world = World(MasterUnreachable("away"), MasterUnreachable("still away"), seconds=12)
    world.case.run(SETTINGS)
    assert world.lines[:3] == ["waiting for a global IPv6 address of eth0"] * 3
    assert world.lines[3:] == [
        "away; trying again in 15 seconds",
        "still away; trying again in 15 seconds",
    ]
    assert world.clock.monotonic() == 45
    assert world.master.heard[-1] == ("bang", "COMP-1", "Reboot")


def test_a_bang_that_fails_is_repeated_and_nothing_forgotten_before():
    world = World()
    failing = iter([MasterUnreachable("no")])

    def bang(computer, message):
        assert world.files.stamp("slappart0") is not None
        for failure in failing:
            raise failure

    world.master.bang_computer = bang
    world.case.run(SETTINGS)
    assert world.lines == ["no; trying again in 15 seconds"]
    assert world.files.stamp("slappart0") is None


def test_a_network_that_is_not_ours_is_not_waited_for():
    world = World(seconds=1000)
    world.case.run(replace(SETTINGS, alter_network=False))
    assert world.lines == []


def test_an_ipv6_that_is_not_needed_is_not_waited_for():
    world = World(seconds=10**9)
    world.network._interfaces["lo"] = FoundInterface(name="lo", up=True)
    world.case.run(replace(SETTINGS, interface="lo", shared_addresses=(ip_interface("::1"),)))
    assert world.lines == []
    assert world.master.heard[-1] == ("bang", "COMP-1", "Reboot")
    assert not replace(SETTINGS, input_definition=PurePosixPath("/in.cfg")).needs_ipv6


def test_a_master_of_its_own_is_started_before_it_is_waited_for():
    world = World()
    world.supervisor_fails = True
    world.case.run(SETTINGS)
    assert world.started == 2
    assert world.lines == ["the supervisor does not start; trying again in 15 seconds"]


def test_a_wrong_configuration_is_told_at_once():
    with pytest.raises(ConfigurationError):
        World(ConfigurationError("wrong")).case.run(SETTINGS)
