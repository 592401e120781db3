"""What nodes report, and what they are told."""

from datetime import UTC, datetime

import pytest

from slap_domain.errors import NotFound
from slap_domain.model.instance import InstanceEvent, InstanceState
from slap_domain.model.master.occasion import MasterSettings
from slap_domain.model.master.records import Bearer, CertificateRecord
from slap_domain.model.place import Place
from slap_domain.model.references import ComputerGuid, PartitionId
from slap_domain.model.software_release import BuildState, SoftwareEvent, SoftwareState
from slap_domain.testing.in_memory_master import InMemoryMaster
from slap_domain.testing.master_contract import COMPUTER, OTHER_RELEASE, RELEASE, wanted

ROOT, CHILD, FREE = PartitionId("slappart0"), PartitionId("slappart1"), PartitionId("slappart2")


def place(partition):
    return Place(computer=COMPUTER, partition=PartitionId(partition))


def test_the_identity_of_what_is_gone_ends_with_it(master):
    records = [
        CertificateRecord(
            serial=str(index),
            bearer=Bearer.PARTITION,
            name=place(name).guid,
            place=place(name),
            issued_at=1,
            expires_at=9,
        )
        for index, name in enumerate((ROOT, CHILD))
    ]
    for record in records:
        master.registry.write(lambda store, each=record: store.trust.add_certificate(each))
    master.tenants.request(wanted("db", parent="slappart0", state=InstanceState.DESTROYED))
    master.nodes.report_instance(COMPUTER, CHILD, InstanceEvent.DESTROYED)
    assert master.registry.read(lambda store: store.trust.of_place(place(CHILD))) == ()
    assert master.registry.read(lambda store: store.trust.of_place(place(ROOT))) == (records[0],)


def test_the_refusal_to_free_a_root_names_its_children(master):
    told = master.nodes.report_destroyed(COMPUTER, ROOT)
    assert told == "Not destroying yet because this partition has child partitions: db"
    assert master.nodes.report_destroyed(COMPUTER, ROOT) == told
    assert master.nodes.report_destroyed(COMPUTER, CHILD) == ""
    assert master.nodes.report_destroyed(COMPUTER, CHILD) == ""
    assert master.nodes.report_destroyed(COMPUTER, ROOT) == ""
    with pytest.raises(NotFound, match="Unknown partition 'slappart9' on 'COMP-1'"):
        master.nodes.report_destroyed(COMPUTER, PartitionId("slappart9"))


def test_reports_are_kept_with_their_time(master):
    master.clock.set(datetime(2024, 1, 1, tzinfo=UTC))
    master.nodes.report_instance(COMPUTER, ROOT, InstanceEvent.ERROR, "\x1b[31mit broke")
    report = master.reported("slappart0")
    assert (report.message, report.at) == ("\ufffd[31mit broke", 1704067200)
    news = master.tenants.describe_service("web").news
    assert news == ("#error \ufffd[31mit broke",)
    assert master.nodes.assigned_partition(COMPUTER, ROOT).instance.access_status == news[0]


def test_what_was_reported_ends_where_something_else_is_asked_for(master):
    master.nodes.report_instance(COMPUTER, ROOT, InstanceEvent.ERROR, "it broke")
    master.tenants.request(wanted("web"))
    assert master.tenants.describe_service("web").news == ("#error it broke",)
    master.tenants.request(wanted("web", {"a": "1"}))
    assert master.tenants.describe_service("web").news == ()
    assert not master.nodes.assigned_partition(COMPUTER, ROOT).instance.access_status


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
    assert master.stored("web").related == ("cache", "db")


def test_usage_is_kept_as_it_came(master):
    master.hosts.report_usage(COMPUTER, "<journal/>")
    (record,) = master.registry.read(lambda records: records.usage.of_computer(COMPUTER))
    assert record.journal == "<journal/>"
    with pytest.raises(NotFound):
        master.hosts.report_usage(ComputerGuid("COMP-9"), "<journal/>")


def test_an_unknown_computer_cannot_bang(master):
    with pytest.raises(NotFound):
        master.hosts.bang_computer(ComputerGuid("COMP-9"), "message")


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
