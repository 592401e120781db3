from dataclasses import replace
from pathlib import PurePosixPath

import pytest

from slap_domain.errors import ConfigurationError, HostFailure
from slap_domain.model.partition import PartitionPlace
from slap_domain.model.references import PartitionId
from slap_domain.testing.node_hooks import NodeHooksContract, hooked
from slap_node.managers.chain import ManagerChain, manager_suffixes, managers_of
from slap_node.managers.plugin import Manager
from slap_node.settings import NodeSettings

NAMES = ("portredir", "prerm", "devperm", "whitelistfirewall", "cpuset")


@pytest.fixture
def settings():
    root = PurePosixPath("/srv")
    return NodeSettings(
        source="slapos.cfg",
        computer="COMP-1",
        master_url="http://m",
        software_root=root,
        instance_root=root,
        manager_names=NAMES,
        managers={"cpuset": {"cpusetpath": "/x"}},
        firewall={"firewall_cmd": "fw"},
    )


class TestAllManagers(NodeHooksContract):
    @pytest.fixture(autouse=True)
    def _given(self, settings, programs, tmp_path):
        self.settings, self.programs, self.path = settings, programs, tmp_path

    def make_hooks(self):
        return managers_of(self.settings, self.programs)

    def make_place(self):
        return PartitionPlace(id=PartitionId("slappart0"), path=PurePosixPath(self.path))


class Recording(Manager):
    def __init__(self, name, calls, failing=()):
        self.name, self.calls, self.failing = name, calls, failing

    def _note(self, hook):
        self.calls.append(f"{hook} {self.name}")
        if hook in self.failing:
            raise HostFailure(f"{hook} of {self.name}")

    def format_begins(self):
        self._note("format_begins")

    def format_ended(self):
        self._note("format_ended")

    def software_begins(self, release):
        self._note("software_begins")

    def software_ended(self, release):
        self._note("software_ended")

    def instance_begins(self, partition):
        self._note("instance_begins")

    def instance_ended(self, partition):
        self._note("instance_ended")

    def report(self, partition):
        self._note("report")


def test_managers_are_found_by_name_and_given_their_section(settings, programs):
    chain = managers_of(settings, programs)
    assert [manager.context.name for manager in chain._managers] == list(NAMES)
    assert chain._managers[-1].context.option("cpusetpath") == "/x"
    assert chain._managers[0].context.firewall == {"firewall_cmd": "fw"}
    assert chain.suffixes == manager_suffixes(settings) == {"socat", "prerm"}


def test_a_node_without_managers_has_an_empty_chain(settings, programs):
    none = replace(settings, manager_names=())
    assert managers_of(none, programs)._managers == ()
    assert manager_suffixes(none) == frozenset()


def test_an_unknown_manager_is_a_configuration_error(settings, programs):
    with pytest.raises(
        ConfigurationError, match=r"slapos.cfg: section \[slapos\]: manager_list.*'oops'"
    ) as raised:
        managers_of(replace(settings, manager_names=("prerm", "oops")), programs)
    assert "cpuset, devperm" in raised.value.hint


def test_hooks_after_the_work_come_in_reverse_order_and_all_of_them():
    calls = []
    chain = ManagerChain([Recording("a", calls), Recording("b", calls, failing=("instance_ended",))])
    partition = hooked()
    chain.format_begins()
    chain.software_begins(None)
    chain.instance_begins(partition)
    with pytest.raises(HostFailure, match="instance_ended of b"):
        chain.instance_ended(partition)
    chain.software_ended(None)
    chain.report(partition)
    chain.format_ended()
    assert calls == [
        "format_begins a",
        "format_begins b",
        "software_begins a",
        "software_begins b",
        "instance_begins a",
        "instance_begins b",
        "instance_ended b",
        "instance_ended a",
        "software_ended b",
        "software_ended a",
        "report a",
        "report b",
        "format_ended b",
        "format_ended a",
    ]


def test_a_manager_that_fails_of_a_surprise_stops_no_other_and_later_failures_are_logged(caplog):
    class Surprising(Manager):
        def __init__(self):
            pass

        def instance_ended(self, partition):
            raise ZeroDivisionError("oops")

    calls = []
    failing = Recording("a", calls, failing=("instance_ended",))
    chain = ManagerChain([Recording("first", calls), failing, Surprising()])
    with pytest.raises(HostFailure, match="ZeroDivisionError: oops"):
        chain.instance_ended(hooked())
    assert calls == ["instance_ended a", "instance_ended first"]
    assert "instance_ended of a" in caplog.text


def test_the_machines_firewall_and_programs_are_real_by_default(context):
    manager = Manager(context("none"))
    assert manager.context.output_of("/bin/echo", "hello") == "hello\n"


def test_a_manager_that_overrides_nothing_does_nothing(context):
    manager = Manager(context("none"))
    manager.format_begins()
    manager.format_ended()
    assert ManagerChain([manager]).suffixes == frozenset()
