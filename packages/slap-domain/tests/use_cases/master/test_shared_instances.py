"""Shared instances: their sharers, and what reaches these."""

from dataclasses import replace

import pytest

from slap_domain.errors import NoFreePartition
from slap_domain.model.instance import InstanceEvent, InstanceState
from slap_domain.model.master.caller import ANYBODY
from slap_domain.model.master.instance_tree import Report
from slap_domain.model.master.occasion import MasterSettings, Occasion
from slap_domain.model.place import Place
from slap_domain.model.references import PartitionId
from slap_domain.testing.master_contract import COMPUTER, OTHER_RELEASE, wanted
from slap_domain.use_cases.master.report_instance import report_shared_error

ROOT, CHILD, FREE = PartitionId("slappart0"), PartitionId("slappart1"), PartitionId("slappart2")


def place(partition):
    return Place(computer=COMPUTER, partition=PartitionId(partition))


def test_a_shared_instance_finds_a_new_sharer_when_its_own_is_gone(master):
    master.tenants.request(wanted("site", shared=True))
    master.nodes.report_instance(COMPUTER, CHILD, InstanceEvent.DESTROYED)
    master.nodes.report_instance(COMPUTER, ROOT, InstanceEvent.DESTROYED)
    assert master.stored("site", shared=True).slot is None
    assert master.nodes.assignment(COMPUTER).partitions[0].is_free
    with pytest.raises(NoFreePartition):
        master.tenants.request(wanted("site", shared=True))
    master.tenants.request(wanted("next"))
    assert master.tenants.request(wanted("site", shared=True)).partition == ROOT


def test_an_unplaced_shared_instance_can_be_destroyed(master):
    master.tenants.request(wanted("site", shared=True))
    master.nodes.report_instance(COMPUTER, CHILD, InstanceEvent.DESTROYED)
    master.nodes.report_instance(COMPUTER, ROOT, InstanceEvent.DESTROYED)
    told = master.tenants.request(wanted("site", shared=True, state=InstanceState.DESTROYED))
    assert (told.state, told.partition) == (InstanceState.DESTROYED, None)
    assert master.stored("site", shared=True) is None


def test_a_shared_instance_of_another_release_moves_to_its_sharer(master):
    master.tenants.request(wanted("site", shared=True))
    master.tenants.request(replace(wanted("other"), release=OTHER_RELEASE))
    before = master.timestamps()
    told = master.tenants.request(replace(wanted("site", shared=True), release=OTHER_RELEASE))
    after = master.timestamps()
    assert told.partition == FREE
    assert [new > old for old, new in zip(before, after, strict=True)] == [True, False, True]
    assert master.nodes.assigned_partition(COMPUTER, ROOT).instance.shared_instances == ()


def test_changed_parameters_of_a_shared_instance_reach_its_sharer(master):
    master.tenants.request(wanted("site", {"a": 1}, shared=True))
    before = master.stored("web").slot.timestamp
    told = master.tenants.request(wanted("site", {"a": 2}, shared=True))
    assert told.parameters == {"a": "2"}
    assert master.stored("web").slot.timestamp > before
    (seen,) = master.nodes.assigned_partition(COMPUTER, ROOT).instance.shared_instances
    assert seen["a"] == 2


def test_an_error_of_a_shared_instance_ends_where_something_else_is_asked_for(master):
    def fail():
        occasion = Occasion(caller=ANYBODY, now=1, settings=MasterSettings())
        master.registry.write(
            lambda records: report_shared_error(records, occasion, place(ROOT), "_site", "bad name")
        )
        assert master.stored("site", shared=True).report.message == "bad name"

    master.tenants.request(wanted("site", {"a": 1}, shared=True))
    fail()
    master.tenants.request(wanted("site", {"a": 1}, shared=True))
    assert master.stored("site", shared=True).report.message == "bad name"
    master.tenants.request(wanted("site", {"a": 2}, shared=True))
    assert master.stored("site", shared=True).report == Report()
    fail()
    master.tenants.request(replace(wanted("other"), release=OTHER_RELEASE))
    master.tenants.request(replace(wanted("site", {"a": 2}, shared=True), release=OTHER_RELEASE))
    assert master.stored("site", shared=True).report == Report()


def test_another_requester_of_a_shared_instance_is_only_noted(master):
    master.tenants.request(wanted("site", parent="slappart0", shared=True))
    before = master.stored("web").slot.timestamp
    master.tenants.request(wanted("site", parent="slappart1", shared=True))
    assert master.stored("site", "web", shared=True).requester == master.stored("db", "web").number
    assert master.stored("web").slot.timestamp == before


def test_a_freed_root_takes_its_shared_instances_with_it(master):
    sharer = master.tenants.request(wanted("sharer"))
    request = replace(
        wanted("site", parent="slappart0", shared=True), filters={"instance_guid": f"{COMPUTER}-slappart2"}
    )
    assert master.tenants.request(request).partition == sharer.partition
    before = master.stored("sharer").slot.timestamp
    master.nodes.report_instance(COMPUTER, CHILD, InstanceEvent.DESTROYED)
    master.nodes.report_instance(COMPUTER, ROOT, InstanceEvent.DESTROYED)
    assert master.stored("site", "web", shared=True) is None
    assert master.stored("sharer").slot.timestamp > before


def test_an_unplaced_shared_member_does_not_keep_its_root(master):
    master.tenants.request(wanted("sharer"))
    request = replace(
        wanted("site", parent="slappart0", shared=True), filters={"instance_guid": f"{COMPUTER}-slappart2"}
    )
    master.tenants.request(request)
    master.nodes.report_destroyed(COMPUTER, FREE)
    master.nodes.report_destroyed(COMPUTER, CHILD)
    assert master.nodes.report_destroyed(COMPUTER, ROOT) == ""


def test_a_bang_leaves_sharers_of_other_trees_alone(master):
    master.tenants.request(wanted("sharer"))
    request = replace(
        wanted("site", parent="slappart0", shared=True), filters={"instance_guid": f"{COMPUTER}-slappart2"}
    )
    master.tenants.request(request)
    before = master.stored("sharer").slot.timestamp
    master.hosts.bang_instance(COMPUTER, CHILD, "message")
    assert master.stored("sharer").slot.timestamp == before


def test_an_error_of_a_shared_instance_is_its_own(master):
    master.tenants.request(wanted("site", shared=True))
    desk = master.nodes._desk

    def report(reference):
        desk.write(
            lambda records, occasion: report_shared_error(
                records, occasion, place("slappart0"), reference, "no"
            )
        )

    report("_site")
    report("_unknown")
    assert master.stored("site", shared=True).report.message == "no"
    assert master.reported("slappart0").message == ""
