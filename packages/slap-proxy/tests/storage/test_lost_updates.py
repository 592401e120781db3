"""What one piece of work found is still so when it writes, and others wait for it no more than they must."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace

import pytest

from slap_domain.model.instance import InstanceState
from slap_domain.model.master.caller import ANYBODY
from slap_domain.model.master.instance_tree import InstanceKey
from slap_domain.model.master.occasion import MasterSettings, Occasion
from slap_domain.model.master.records import ComputerRecord
from slap_domain.model.references import ComputerGuid, InstanceTitle
from slap_domain.model.software_release import BuildState, SoftwareState
from slap_domain.testing.manual_clock import ManualClock
from slap_domain.testing.master_contract import COMPUTER, RELEASE, description, wanted
from slap_domain.use_cases.master.describe_computer import describe_computer
from slap_domain.use_cases.master.whole_master import Master

OWN = ComputerGuid("COMP-0")
# So long others are given to do what they must not.
PAUSE = 0.5


@pytest.fixture
def threads():
    with ThreadPoolExecutor(4) as executor:
        yield executor


def test_a_release_is_not_taken_back_by_a_report_of_its_node(registry, master, threads):
    tenants = master.for_caller().tenants
    tenants.supply(RELEASE, COMPUTER, SoftwareState.AVAILABLE)
    found, changed = threading.Event(), threading.Event()

    def report(records):
        known = records.releases.find(COMPUTER, RELEASE)
        found.set()
        changed.wait(PAUSE)
        records.releases.save(replace(known, build=BuildState.AVAILABLE))

    reporting = threads.submit(registry.write, report)
    assert found.wait(30)
    tenants.supply(RELEASE, COMPUTER, SoftwareState.DESTROYED)
    changed.set()
    reporting.result(30)
    kept = registry.read(lambda records: records.releases.find(COMPUTER, RELEASE))
    assert (kept.state, kept.build) == (SoftwareState.DESTROYED, BuildState.AVAILABLE)


@contextmanager
def busy_tree(registry, threads, title):
    """Work on a tree until the block ends."""
    working, over = threading.Event(), threading.Event()

    def work(records):
        records.instances.find(InstanceKey(title=InstanceTitle(title)))
        working.set()
        over.wait(30)

    pending = threads.submit(registry.write, work)
    assert working.wait(30)
    try:
        yield
    finally:
        over.set()
        pending.result(30)


def test_a_child_obeys_the_root_that_was_stopped_before_its_turn(registry, master, threads):
    conversations = master.for_caller()
    conversations.hosts.describe(description("slappart0", "slappart1"))
    conversations.tenants.request(wanted("web"))
    conversations.tenants.request(wanted("child", parent="slappart0"))
    waiting = threading.Event()
    with busy_tree(registry, threads, "web"):
        stopping = threads.submit(conversations.tenants.request, wanted("web", state=InstanceState.STOPPED))
        waiting.wait(PAUSE)
        child = wanted("child", {"turn": "2"}, parent="slappart0")
        asking = threads.submit(conversations.tenants.request, child)
        waiting.wait(PAUSE)
    stopping.result(30)
    assert asking.result(30).state is InstanceState.STOPPED


def test_a_computer_has_the_partitions_of_its_last_description_alone(registry, master, threads):
    """Also where the first two come at once, and the computer has registered before."""
    registry.write(lambda records: records.computers.add(ComputerRecord(guid=COMPUTER)))
    hosts = master.for_caller().hosts
    described, over = threading.Event(), threading.Event()

    def describe(records):
        occasion = Occasion(caller=ANYBODY, now=1, settings=MasterSettings())
        describe_computer(records, occasion, description("slappart0", "slappart1"))
        described.set()
        over.wait(PAUSE)

    first = threads.submit(registry.write, describe)
    assert described.wait(30)
    hosts.describe(description("slappart2", "slappart3"))
    over.set()
    first.result(30)
    slots = registry.read(lambda records: records.computers.slots(COMPUTER))
    assert [(slot.place.partition, slot.position) for slot in slots] == [("slappart2", 2), ("slappart3", 3)]


@pytest.mark.parametrize("engine_name", ["postgresql"])
def test_room_is_found_beside_other_work_where_the_own_computer_has_none(registry, threads):
    conversations = Master(registry, ManualClock(), MasterSettings(computer=OWN)).for_caller()
    conversations.hosts.describe(description("slappart0", computer=OWN))
    conversations.hosts.describe(description("slappart0", "slappart1"))
    assert conversations.tenants.request(wanted("web")).computer == OWN
    with busy_tree(registry, threads, "web"):
        told = threads.submit(conversations.tenants.request, wanted("site"))
        assert told.result(20).computer == COMPUTER
