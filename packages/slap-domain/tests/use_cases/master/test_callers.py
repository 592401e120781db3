"""Each caller reaches what is theirs."""

from dataclasses import replace

import pytest

from slap_domain.errors import NoFreePartition, NotAllowed, NotFound
from slap_domain.model.master.caller import ANYBODY, STRANGER, computer, partition, user
from slap_domain.model.master.instance_tree import InstanceKey
from slap_domain.model.master.occasion import MasterSettings, Occasion
from slap_domain.model.master.records import ComputerRecord
from slap_domain.model.place import Place
from slap_domain.model.references import ComputerGuid, PartitionId
from slap_domain.model.software_release import SoftwareState
from slap_domain.testing.in_memory_master import InMemoryMaster
from slap_domain.testing.master_contract import COMPUTER, RELEASE, description, wanted
from slap_domain.use_cases.master.look_around import describe_member, list_members, list_releases

ROOT, CHILD, FREE = PartitionId("slappart0"), PartitionId("slappart1"), PartitionId("slappart2")


def place(partition):
    return Place(computer=COMPUTER, partition=PartitionId(partition))


class TestCallers:
    """Each caller reaches what is theirs."""

    @pytest.fixture
    def master(self):
        master = InMemoryMaster().with_computer(COMPUTER, "slappart0", "slappart1", "slappart2", "slappart3")
        record = master.registry.read(lambda records: records.computers.find(COMPUTER))
        master.registry.write(lambda records: records.computers.save(replace(record, owner="ada")))
        master.for_caller(user("ada")).tenants.request(wanted("web"))
        master.for_caller(partition(place("slappart0"))).tenants.request(wanted("db"))
        return master

    def test_a_partition_requests_children_of_its_own(self, master):
        key = InstanceKey(title="db", root="web", shared=False)
        assert master.registry.read(lambda records: records.instances.find(key)).owner == "ada"
        foreign = replace(wanted("more"), requester=Place(computer=COMPUTER, partition=ROOT))
        with pytest.raises(NotAllowed):
            master.for_caller(partition(place("slappart1"))).tenants.request(foreign)

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

    def test_only_who_has_the_computer_frees_its_partitions(self, master):
        """Nobody else can know that the next tenant finds nothing there."""
        everybodys = ComputerRecord(guid=ComputerGuid("COMP-2"))
        master.registry.write(lambda records: records.computers.save(everybodys))
        master.hosts.describe(description("slappart0", computer=everybodys.guid))
        bob = master.for_caller(user("bob"))
        bob.tenants.request(wanted("web of bob"))
        his = Place(computer=everybodys.guid, partition=ROOT)
        for caller in (user("bob"), partition(his), computer(COMPUTER)):
            with pytest.raises(NotAllowed):
                master.for_caller(caller).nodes.report_destroyed(everybodys.guid, ROOT)
        assert bob.tenants.describe_service("web of bob").title == "web of bob"
        its_node = master.for_caller(computer(everybodys.guid)).nodes
        assert its_node.report_destroyed(everybodys.guid, ROOT) == ""
        assert bob.tenants.list_services() == ()

    def test_a_partition_sees_its_tree_only(self, master):
        master.tenants.request(wanted("alone"))
        child = master.for_caller(partition(place("slappart1"))).nodes
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
