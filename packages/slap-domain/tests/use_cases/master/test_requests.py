"""What may be requested, and what a request changes."""

from dataclasses import replace
from pathlib import PurePosixPath

import pytest

from slap_domain.errors import Conflict, InvalidInput, NotFound
from slap_domain.model.instance import InstanceState
from slap_domain.model.references import PartitionId
from slap_domain.model.software_release import SoftwareState
from slap_domain.ports.master_for_instances import PublishedConnection
from slap_domain.testing.master_contract import COMPUTER, RELEASE, wanted
from slap_domain.testing.master_for_instances import published
from slap_domain.use_cases.master.move_local_releases import move_local_releases, must_move
from slap_domain.use_cases.master.publish_connection import publish_connection
from slap_domain.use_cases.master.request_instance import request_instance

ROOT = PartitionId("slappart0")


def test_a_request_by_an_unknown_partition_is_refused(master):
    for partition_id in ("slappart2", "slappart9"):
        with pytest.raises(InvalidInput, match=rf"authorization header: \(COMP-1 / {partition_id}\)"):
            master.tenants.request(wanted("more", parent=partition_id))


def test_what_no_node_could_fetch_is_neither_supplied_nor_requested(master):
    odd = "javascript:alert(1)"
    for do in (
        lambda: master.tenants.supply(odd, COMPUTER, SoftwareState.AVAILABLE),
        lambda: master.tenants.request(replace(wanted("more"), release=odd)),
        lambda: master.tenants.request(replace(wanted("web"), release=odd)),
        lambda: master.tenants.request(replace(wanted("web"), filters={"retention_delay": -1})),
    ):
        with pytest.raises(InvalidInput):
            do()
    assert master.stored("web").release == RELEASE
    assert master.stored("more") is None


def test_what_was_recorded_otherwise_can_still_be_used_and_destroyed(master):
    odd = replace(master.stored("web"), release="old release", filters={"retention_delay": -1})
    master.registry.write(lambda records: records.instances.save(odd))
    asked = replace(wanted("web"), release="old release", filters={"retention_delay": -1})
    assert master.tenants.request(replace(asked, parameters={"a": "b"})).release == "old release"
    told = master.tenants.request(replace(asked, state=InstanceState.DESTROYED))
    assert told.state is InstanceState.DESTROYED


def test_a_child_of_a_destroyed_root_is_never_made(master):
    master.tenants.request(wanted("web", state=InstanceState.DESTROYED))
    told = master.tenants.request(wanted("late", parent="slappart0"))
    assert (told.state, told.partition) == (InstanceState.DESTROYED, None)


def test_a_child_outlives_the_root_that_was_freed_by_force(master):
    root = master.stored("web")
    master.registry.write(lambda records: records.instances.remove(root))
    told = master.tenants.request(wanted("disk", parent="slappart1"))
    assert (told.state, told.partition) == (InstanceState.STARTED, ROOT)


def test_retention_and_firewall_filters_reach_the_node(master):
    before = master.stored("web").slot.timestamp
    master.tenants.request(replace(wanted("web"), filters={"computer_guid": COMPUTER}))
    assert master.stored("web").slot.timestamp == before
    master.tenants.request(replace(wanted("web"), filters={"retention_delay": 3}))
    assert master.stored("web").slot.timestamp > before
    instance = master.nodes.assigned_partition(COMPUTER, ROOT).instance
    assert instance.filters == {"retention_delay": 3}


def test_work_that_is_run_again_changes_nothing(master):
    """A registry may run work again, after another's did the same meanwhile."""
    master.tenants.request(wanted("site", shared=True))
    gone = wanted("nothing", state=InstanceState.DESTROYED)
    desk = master.nodes._desk
    before = desk.read(lambda records, _: (records.trees.every(), records.computers.every()))
    for request in (wanted("web"), wanted("site", shared=True), gone):
        desk.write(lambda records, occasion, each=request: request_instance(records, occasion, each))
    desk.write(
        lambda records, occasion: publish_connection(
            records, occasion, PublishedConnection(computer=COMPUTER, partition=ROOT)
        )
    )
    assert desk.read(lambda records, _: (records.trees.every(), records.computers.every())) == before


def test_what_is_published_for_nobody_is_dropped(master):
    master.instances.publish(published("slappart0", "x", "_gone"))
    assert master.stored("web").connection == {}


def test_the_publication_of_a_user_s_instance_concerns_no_other(master):
    root = master.stored("web")
    master.registry.write(lambda records: records.instances.remove(root))
    before = master.timestamps()
    master.instances.publish(published("slappart1", "x"))
    after = master.timestamps()
    assert before == after


def test_a_rename_keeps_titles_unique(master):
    master.tenants.request(wanted("other"))
    master.instances.rename(COMPUTER, ROOT, "web")
    with pytest.raises(Conflict, match="already"):
        master.instances.rename(COMPUTER, ROOT, "other")
    with pytest.raises(NotFound, match="serves no shared instance"):
        master.instances.rename(COMPUTER, ROOT, "new", "_unknown")


def test_a_root_cannot_take_the_name_of_a_tree_that_still_has_children(master):
    root = master.stored("web")
    master.registry.write(lambda records: records.instances.remove(root))
    master.tenants.request(wanted("new"))
    master.tenants.request(wanted("db", parent="slappart0"))
    with pytest.raises(Conflict, match="still instances"):
        master.instances.rename(COMPUTER, ROOT, "web")


def test_local_releases_move_with_their_root(master):
    old, new = PurePosixPath("/srv/old"), PurePosixPath("/srv/new")
    local = replace(wanted("local"), release="/srv/old/software.cfg")

    def move(root):
        return master.registry.write(lambda records: move_local_releases(records, root, lambda _: False))

    assert move(old) == 0
    master.tenants.supply(local.release, COMPUTER, SoftwareState.AVAILABLE)
    master.tenants.supply(RELEASE, COMPUTER, SoftwareState.AVAILABLE)
    master.tenants.request(local)
    assert move(old) == 0
    assert master.registry.read(lambda records: must_move(records, new))
    assert move(new) == 2
    assert master.stored("local").release == "/srv/new/software.cfg"
    releases = master.registry.read(lambda records: records.releases.of_computer(COMPUTER))
    assert {release.url for release in releases} == {RELEASE, "/srv/new/software.cfg"}
    assert not master.registry.read(lambda records: must_move(records, new))
