"""Rules of the master that the contracts of its conversations do not tell."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import PurePosixPath

import pytest

from slap_domain.errors import Conflict, InvalidInput, NoFreePartition, NotAllowed, NotFound
from slap_domain.model.instance import InstanceEvent, InstanceState, Requester
from slap_domain.model.master.caller import ANYBODY, STRANGER, computer, partition, user
from slap_domain.model.master.instance_tree import InstanceKey
from slap_domain.model.master.occasion import MasterSettings, Occasion
from slap_domain.model.master.placement import Place
from slap_domain.model.master.records import Bearer, CertificateRecord, ComputerRecord
from slap_domain.model.references import ComputerGuid, PartitionId
from slap_domain.model.software_release import BuildState, SoftwareEvent, SoftwareState
from slap_domain.ports.master_for_instances import PublishedConnection
from slap_domain.testing.in_memory_master import InMemoryMaster
from slap_domain.testing.master_contract import COMPUTER, OTHER_RELEASE, RELEASE, description, wanted
from slap_domain.testing.master_for_instances import published
from slap_domain.use_cases.master.look_around import describe_member, list_members, list_releases
from slap_domain.use_cases.master.move_local_releases import move_local_releases, must_move
from slap_domain.use_cases.master.publish_connection import publish_connection
from slap_domain.use_cases.master.report_instance import report_shared_error
from slap_domain.use_cases.master.request_instance import request_instance

ROOT, CHILD, FREE = PartitionId("slappart0"), PartitionId("slappart1"), PartitionId("slappart2")


def at(partition):
    return Place(computer=COMPUTER, partition=PartitionId(partition))


@pytest.fixture
def master():
    """A root, its child and a free partition."""
    master = InMemoryMaster().with_computer(COMPUTER, "slappart0", "slappart1", "slappart2")
    master.tenants.request(wanted("web"))
    master.tenants.request(wanted("db", parent="slappart0"))
    return master


def stored(master, title, root="", *, shared=False):
    key = InstanceKey(title=title, root=root, shared=shared)
    return master.registry.read(lambda records: records.instances.find(key))


def reported(master, place):
    return master.registry.read(lambda records: records.instances.at(place)).report


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
    assert stored(master, "web").release == RELEASE
    assert stored(master, "more") is None


def test_what_was_recorded_otherwise_can_still_be_used_and_destroyed(master):
    odd = replace(stored(master, "web"), release="old release", filters={"retention_delay": -1})
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
    root = stored(master, "web")
    master.registry.write(lambda records: records.instances.remove(root))
    told = master.tenants.request(wanted("disk", parent="slappart1"))
    assert (told.state, told.partition) == (InstanceState.STARTED, ROOT)


def test_the_identity_of_what_is_gone_ends_with_it(master):
    records = [
        CertificateRecord(
            serial=str(index),
            bearer=Bearer.PARTITION,
            name=at(name).guid,
            place=at(name),
            issued_at=1,
            expires_at=9,
        )
        for index, name in enumerate((ROOT, CHILD))
    ]
    for record in records:
        master.registry.write(lambda store, each=record: store.trust.add_certificate(each))
    master.tenants.request(wanted("db", parent="slappart0", state=InstanceState.DESTROYED))
    master.nodes.report_instance(COMPUTER, CHILD, InstanceEvent.DESTROYED)
    assert master.registry.read(lambda store: store.trust.of_place(at(CHILD))) == ()
    assert master.registry.read(lambda store: store.trust.of_place(at(ROOT))) == (records[0],)


def test_retention_and_firewall_filters_reach_the_node(master):
    before = stored(master, "web").slot.timestamp
    master.tenants.request(replace(wanted("web"), filters={"computer_guid": COMPUTER}))
    assert stored(master, "web").slot.timestamp == before
    master.tenants.request(replace(wanted("web"), filters={"retention_delay": 3}))
    assert stored(master, "web").slot.timestamp > before
    instance = master.nodes.assigned_partition(COMPUTER, ROOT).instance
    assert instance.filters == {"retention_delay": 3}


def test_a_shared_instance_finds_a_new_host_when_its_own_is_gone(master):
    master.tenants.request(wanted("site", shared=True))
    master.nodes.report_instance(COMPUTER, CHILD, InstanceEvent.DESTROYED)
    master.nodes.report_instance(COMPUTER, ROOT, InstanceEvent.DESTROYED)
    assert stored(master, "site", shared=True).slot is None
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
    assert stored(master, "site", shared=True) is None


def test_a_shared_instance_of_another_release_moves_to_its_host(master):
    master.tenants.request(wanted("site", shared=True))
    master.tenants.request(replace(wanted("other"), release=OTHER_RELEASE))
    before = [
        slot.timestamp for slot in master.registry.read(lambda records: records.computers.slots(COMPUTER))
    ]
    told = master.tenants.request(replace(wanted("site", shared=True), release=OTHER_RELEASE))
    after = [
        slot.timestamp for slot in master.registry.read(lambda records: records.computers.slots(COMPUTER))
    ]
    assert told.partition == FREE
    assert [new > old for old, new in zip(before, after, strict=True)] == [True, False, True]
    assert master.nodes.assigned_partition(COMPUTER, ROOT).instance.shared_instances == ()


def test_changed_parameters_of_a_shared_instance_reach_its_host(master):
    master.tenants.request(wanted("site", {"a": 1}, shared=True))
    before = stored(master, "web").slot.timestamp
    told = master.tenants.request(wanted("site", {"a": 2}, shared=True))
    assert told.parameters == {"a": "2"}
    assert stored(master, "web").slot.timestamp > before
    (seen,) = master.nodes.assigned_partition(COMPUTER, ROOT).instance.shared_instances
    assert seen["a"] == 2


def test_another_requester_of_a_shared_instance_is_only_noted(master):
    master.tenants.request(wanted("site", parent="slappart0", shared=True))
    before = stored(master, "web").slot.timestamp
    master.tenants.request(wanted("site", parent="slappart1", shared=True))
    assert stored(master, "site", "web", shared=True).requester == stored(master, "db", "web").number
    assert stored(master, "web").slot.timestamp == before


def test_a_freed_root_takes_its_shared_instances_with_it(master):
    host = master.tenants.request(wanted("host"))
    request = replace(
        wanted("site", parent="slappart0", shared=True), filters={"instance_guid": f"{COMPUTER}-slappart2"}
    )
    assert master.tenants.request(request).partition == host.partition
    before = stored(master, "host").slot.timestamp
    master.nodes.report_instance(COMPUTER, CHILD, InstanceEvent.DESTROYED)
    master.nodes.report_instance(COMPUTER, ROOT, InstanceEvent.DESTROYED)
    assert stored(master, "site", "web", shared=True) is None
    assert stored(master, "host").slot.timestamp > before


def test_the_refusal_to_free_a_root_names_its_children(master):
    told = master.nodes.report_destroyed(COMPUTER, ROOT)
    assert told == "Not destroying yet because this partition has child partitions: db"
    assert master.nodes.report_destroyed(COMPUTER, ROOT) == told
    assert master.nodes.report_destroyed(COMPUTER, CHILD) == "OK"
    assert master.nodes.report_destroyed(COMPUTER, CHILD) == "OK"
    assert master.nodes.report_destroyed(COMPUTER, ROOT) == "OK"
    with pytest.raises(NotFound, match="Unknown partition 'slappart9' on 'COMP-1'"):
        master.nodes.report_destroyed(COMPUTER, PartitionId("slappart9"))


def test_an_unplaced_shared_member_does_not_keep_its_root(master):
    master.tenants.request(wanted("host"))
    request = replace(
        wanted("site", parent="slappart0", shared=True), filters={"instance_guid": f"{COMPUTER}-slappart2"}
    )
    master.tenants.request(request)
    master.nodes.report_destroyed(COMPUTER, FREE)
    master.nodes.report_destroyed(COMPUTER, CHILD)
    assert master.nodes.report_destroyed(COMPUTER, ROOT) == "OK"


def test_reports_are_kept_with_their_time(master):
    master.clock.set(datetime(2024, 1, 1, tzinfo=UTC))
    master.nodes.report_instance(COMPUTER, ROOT, InstanceEvent.ERROR, "\x1b[31mit broke")
    report = reported(master, at("slappart0"))
    assert (report.message, report.at) == ("\ufffd[31mit broke", 1704067200)
    news = master.tenants.describe_service("web").news
    assert news == ("#error \ufffd[31mit broke",)
    assert master.nodes.assigned_partition(COMPUTER, ROOT).instance.access_status == news[0]


def test_an_error_of_a_shared_instance_is_its_own(master):
    master.tenants.request(wanted("site", shared=True))
    desk = master.nodes._desk

    def report(reference):
        desk.write(
            lambda records, occasion: report_shared_error(records, occasion, at("slappart0"), reference, "no")
        )

    report("_site")
    report("_unknown")
    assert stored(master, "site", shared=True).report.message == "no"
    assert reported(master, at("slappart0")).message == ""


def test_releases_are_reported_with_their_log(master):
    master.tenants.supply(RELEASE, COMPUTER, SoftwareState.AVAILABLE)
    master.nodes.report_software(COMPUTER, RELEASE, SoftwareEvent.ERROR, "no compiler")
    (release,) = master.registry.read(lambda records: records.releases.of_computer(COMPUTER))
    assert (release.build, release.message) == (BuildState.ERROR, "no compiler")
    master.nodes.report_software(COMPUTER, RELEASE, SoftwareEvent.AVAILABLE)
    (release,) = master.registry.read(lambda records: records.releases.of_computer(COMPUTER))
    assert (release.build, release.message) == (BuildState.AVAILABLE, "")
    with pytest.raises(NotFound, match="not supplied"):
        master.nodes.report_software(COMPUTER, OTHER_RELEASE, SoftwareEvent.BUILDING)


def test_children_that_a_node_reported_are_kept(master):
    for _ in range(2):
        master.nodes.report_children(COMPUTER, ROOT, ("db", "cache", "db"))
    assert stored(master, "web").related == ("cache", "db")


def test_usage_is_kept_as_it_came(master):
    master.hosts.report_usage(COMPUTER, "<journal/>")
    (record,) = master.registry.read(lambda records: records.usage.of_computer(COMPUTER))
    assert record.journal == "<journal/>"
    with pytest.raises(NotFound):
        master.hosts.report_usage(ComputerGuid("COMP-9"), "<journal/>")


def test_an_unknown_computer_cannot_bang(master):
    with pytest.raises(NotFound):
        master.hosts.bang_computer(ComputerGuid("COMP-9"), "message")


def test_a_bang_leaves_hosts_of_other_trees_alone(master):
    master.tenants.request(wanted("host"))
    request = replace(
        wanted("site", parent="slappart0", shared=True), filters={"instance_guid": f"{COMPUTER}-slappart2"}
    )
    master.tenants.request(request)
    before = stored(master, "host").slot.timestamp
    master.hosts.bang_instance(COMPUTER, CHILD, "message")
    assert stored(master, "host").slot.timestamp == before


def test_a_rename_keeps_titles_unique(master):
    master.tenants.request(wanted("other"))
    master.instances.rename(COMPUTER, ROOT, "web")
    with pytest.raises(Conflict, match="already"):
        master.instances.rename(COMPUTER, ROOT, "other")
    with pytest.raises(NotFound, match="hosts no shared instance"):
        master.instances.rename(COMPUTER, ROOT, "new", "_unknown")


def test_a_root_cannot_take_the_name_of_a_tree_that_still_has_children(master):
    root = stored(master, "web")
    master.registry.write(lambda records: records.instances.remove(root))
    master.tenants.request(wanted("new"))
    master.tenants.request(wanted("db", parent="slappart0"))
    with pytest.raises(Conflict, match="still instances"):
        master.instances.rename(COMPUTER, ROOT, "web")


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
    assert stored(master, "web").connection == {}


def test_the_publication_of_a_user_s_instance_concerns_no_other(master):
    root = stored(master, "web")
    master.registry.write(lambda records: records.instances.remove(root))
    before = [
        slot.timestamp for slot in master.registry.read(lambda records: records.computers.slots(COMPUTER))
    ]
    master.instances.publish(published("slappart1", "x"))
    after = [
        slot.timestamp for slot in master.registry.read(lambda records: records.computers.slots(COMPUTER))
    ]
    assert before == after


def test_one_partition_is_read_alone(master):
    assert master.nodes.assigned_partition(COMPUTER, CHILD).instance.title == "db"
    assert master.nodes.assigned_partition(COMPUTER, FREE).is_free
    with pytest.raises(NotFound):
        master.nodes.assigned_partition(COMPUTER, PartitionId("slappart9"))


def test_the_configured_computer_is_known_before_it_is_formatted():
    master = InMemoryMaster(MasterSettings(computer=ComputerGuid("home"), products={"web": (RELEASE,)}))
    assert master.nodes.assignment(ComputerGuid("home")).partitions == ()
    assert master.tenants.releases_of_product("web") == (RELEASE,)


def test_contact_is_noted_once_a_minute(master):
    def heard():
        return master.registry.read(lambda records: records.computers.find(COMPUTER)).last_contact

    first = heard()
    for seconds, expected in ((59, first), (1, first + 60), (-120, first - 60)):
        master.clock.set(datetime.fromtimestamp(master.clock.now().timestamp() + seconds, UTC))
        master.nodes.assignment(COMPUTER)
        assert heard() == expected


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
    assert stored(master, "local").release == "/srv/new/software.cfg"
    releases = master.registry.read(lambda records: records.releases.of_computer(COMPUTER))
    assert {release.url for release in releases} == {RELEASE, "/srv/new/software.cfg"}
    assert not master.registry.read(lambda records: must_move(records, new))


class TestCallers:
    """Each caller reaches what is theirs."""

    @pytest.fixture
    def master(self):
        master = InMemoryMaster().with_computer(COMPUTER, "slappart0", "slappart1", "slappart2", "slappart3")
        record = master.registry.read(lambda records: records.computers.find(COMPUTER))
        master.registry.write(lambda records: records.computers.save(replace(record, owner="ada")))
        master.for_caller(user("ada")).tenants.request(wanted("web"))
        master.for_caller(partition(at("slappart0"))).tenants.request(wanted("db"))
        return master

    def test_a_partition_requests_children_of_its_own(self, master):
        assert stored(master, "db", "web").owner == "ada"
        foreign = replace(wanted("more"), requester=Requester(computer=COMPUTER, partition=ROOT))
        with pytest.raises(NotAllowed):
            master.for_caller(partition(at("slappart1"))).tenants.request(foreign)

    def test_a_title_of_somebody_else_is_refused(self, master):
        with pytest.raises(NotAllowed):
            master.for_caller(user("bob")).tenants.request(wanted("web"))

    def test_a_user_finds_room_only_where_they_may(self, master):
        bob = master.for_caller(user("bob"))
        with pytest.raises(NoFreePartition):
            bob.tenants.request(wanted("web of bob"))
        everybodys = ComputerRecord(guid=ComputerGuid("COMP-2"))
        master.registry.write(lambda records: records.computers.save(everybodys))
        master.hosts.describe(description("slappart0", computer=everybodys.guid))
        assert bob.tenants.request(wanted("web of bob")).computer == everybodys.guid

    def test_a_user_sees_what_is_theirs(self, master):
        ada, bob = master.for_caller(user("ada")).tenants, master.for_caller(user("bob")).tenants
        assert [service.title for service in ada.list_services()] == ["web"]
        assert bob.list_services() == ()
        assert [each.guid for each in ada.list_computers()] == [COMPUTER]
        assert bob.list_computers() == ()
        for refused in (lambda: bob.describe_service("web"), lambda: bob.describe_computer(COMPUTER)):
            with pytest.raises(NotFound):
                refused()

    def test_a_partition_sees_its_tree_only(self, master):
        master.tenants.request(wanted("alone"))
        child = master.for_caller(partition(at("slappart1"))).nodes
        assert child.assigned_partition(COMPUTER, ROOT).instance.title == "web"
        assert child.assigned_partition(COMPUTER, CHILD).instance.title == "db"
        for other in (FREE, PartitionId("slappart3")):
            with pytest.raises(NotAllowed):
                child.assigned_partition(COMPUTER, other)

    def test_an_owner_s_visit_is_no_contact(self, master):
        master.clock.advance(600)
        before = master.registry.read(lambda records: records.computers.find(COMPUTER)).last_contact
        master.for_caller(user("ada")).nodes.assignment(COMPUTER)
        after = master.registry.read(lambda records: records.computers.find(COMPUTER)).last_contact
        assert after == before
        master.for_caller(computer(COMPUTER)).nodes.assignment(COMPUTER)
        heard = master.registry.read(lambda records: records.computers.find(COMPUTER)).last_contact
        assert heard == before + 600

    def test_a_stranger_learns_nothing(self, master):
        stranger = master.for_caller(STRANGER)
        for refused in (
            stranger.tenants.list_services,
            lambda: stranger.tenants.releases_of_product("web"),
            lambda: stranger.nodes.assignment(COMPUTER),
            lambda: stranger.nodes.partition_certificate(COMPUTER, ROOT),
        ):
            with pytest.raises(NotAllowed, match="certificate"):
                refused()


def test_a_tenant_finds_the_releases_and_the_members_that_are_theirs(master):
    master.tenants.supply(RELEASE, COMPUTER, SoftwareState.AVAILABLE)
    registry, settings = master.registry, MasterSettings()

    def seen_by(caller, work):
        occasion = Occasion(caller=caller, now=1, settings=settings)
        return registry.read(lambda records: work(records, occasion))

    for guid, expected in ((COMPUTER, 1), (None, 1), (ComputerGuid("COMP-9"), 0)):
        found = seen_by(ANYBODY, lambda records, occasion, each=guid: list_releases(records, occasion, each))
        assert len(found) == expected
    members = seen_by(ANYBODY, lambda records, occasion: list_members(records, occasion, "web"))
    assert [each.key.title for each in members] == ["web", "db"]
    assert seen_by(user("max"), lambda records, occasion: list_members(records, occasion, "web")) == ()
    number = members[1].number
    told = seen_by(ANYBODY, lambda records, occasion: describe_member(records, occasion, number))
    assert told.title == "db"
    with pytest.raises(NotFound, match="no instance of number"):
        seen_by(user("max"), lambda records, occasion: describe_member(records, occasion, number))
