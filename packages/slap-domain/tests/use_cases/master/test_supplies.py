"""Who may have a release removed, and what becomes of one that is wanted again meanwhile."""

from dataclasses import replace

import pytest

from slap_domain.errors import NotAllowed
from slap_domain.model.instance import InstanceState
from slap_domain.model.master.caller import ANYBODY, computer, user
from slap_domain.model.master.records import ComputerRecord
from slap_domain.model.references import PartitionId
from slap_domain.model.software_release import BuildState, SoftwareEvent, SoftwareState
from slap_domain.testing.in_memory_master import InMemoryMaster
from slap_domain.testing.master_contract import COMPUTER, OTHER_RELEASE, RELEASE, wanted

AVAILABLE, DESTROYED = SoftwareState.AVAILABLE, SoftwareState.DESTROYED


class EverybodysComputer(InMemoryMaster):
    """A master with a computer that is everybody's."""

    def __init__(self):
        super().__init__()
        self.with_computer(COMPUTER, "slappart0", "slappart1")

    def supply(self, caller, state=AVAILABLE, release=RELEASE):
        self.for_caller(caller).tenants.supply(release, COMPUTER, state)

    def release(self):
        return self.registry.read(lambda records: records.releases.find(COMPUTER, RELEASE))


@pytest.fixture
def shared():
    return EverybodysComputer()


def test_nobody_removes_what_the_instances_of_others_use(shared):
    shared.supply(user("bob"))
    shared.for_caller(user("ada")).tenants.request(wanted("web"))
    with pytest.raises(NotAllowed, match=f"instances of others use {RELEASE} on computer {COMPUTER}"):
        shared.supply(user("bob"), DESTROYED)
    assert shared.release().state is AVAILABLE
    shared.for_caller(user("ada")).tenants.request(wanted("web", state=InstanceState.DESTROYED))
    shared.for_caller(computer(COMPUTER)).nodes.report_destroyed(COMPUTER, PartitionId("slappart0"))
    shared.for_caller(user("bob")).tenants.request(wanted("site"))
    shared.supply(user("bob"), DESTROYED)
    assert shared.release().state is DESTROYED


def test_nobody_removes_what_somebody_else_supplied(shared):
    shared.supply(user("bob"))
    for release in (RELEASE, OTHER_RELEASE):
        with pytest.raises(NotAllowed, match=f"user ada is not the only one who supplied {release} to"):
            shared.supply(user("ada"), DESTROYED, release)
    assert shared.release().state is AVAILABLE


def test_nobody_removes_what_somebody_else_supplied_too(shared):
    shared.supply(user("bob"))
    shared.supply(user("bob"))
    shared.supply(user("ada"))
    for caller in (user("bob"), user("ada")):
        with pytest.raises(NotAllowed, match="is not the only one"):
            shared.supply(caller, DESTROYED)


def test_whoever_supplies_again_what_was_to_go_is_its_supplier(shared):
    shared.supply(user("bob"))
    shared.supply(user("bob"), DESTROYED)
    shared.supply(user("ada"))
    with pytest.raises(NotAllowed):
        shared.supply(user("bob"), DESTROYED)
    shared.supply(user("ada"), DESTROYED)


@pytest.mark.parametrize("caller", [ANYBODY, computer(COMPUTER), user("eve")])
def test_who_has_the_computer_removes_what_they_want(shared, caller):
    if caller == user("eve"):
        record = ComputerRecord(guid=COMPUTER, owner="eve")
        shared.registry.write(lambda records: records.computers.save(record))
        shared.tenants.request(wanted("web"))
    else:
        shared.supply(user("bob"))
        shared.for_caller(user("ada")).tenants.request(wanted("web"))
    shared.supply(caller, DESTROYED)
    assert shared.release().state is DESTROYED


def test_a_release_that_is_wanted_again_stays_when_its_node_has_removed_it(shared):
    shared.supply(ANYBODY)
    for event in (SoftwareEvent.BUILDING, SoftwareEvent.AVAILABLE):
        shared.nodes.report_software(COMPUTER, RELEASE, event)
    shared.supply(ANYBODY, DESTROYED)
    shared.supply(ANYBODY)
    shared.nodes.report_software(COMPUTER, RELEASE, SoftwareEvent.DESTROYED)
    assert replace(shared.release(), reported_at=0) == replace(
        shared.release(), state=AVAILABLE, build=BuildState.DESTROYED, reported_at=0
    )
    for event in (SoftwareEvent.BUILDING, SoftwareEvent.AVAILABLE):
        shared.nodes.report_software(COMPUTER, RELEASE, event)
    assert shared.release().build is BuildState.AVAILABLE
