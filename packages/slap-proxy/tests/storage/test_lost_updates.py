"""What one piece of work found must still be so when it writes, whatever others want meanwhile."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace

import pytest

from slap_domain.model.instance import InstanceState
from slap_domain.model.master.instance_tree import InstanceKey
from slap_domain.model.references import InstanceTitle
from slap_domain.model.software_release import BuildState, SoftwareState
from slap_domain.testing.master_contract import COMPUTER, RELEASE, description, wanted

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
