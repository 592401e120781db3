"""The contract of a master's conversation with nodes."""

from slap_domain.errors import NotFound
from slap_domain.model.instance import InstanceEvent, InstanceState
from slap_domain.model.references import PartitionId, computer_guid, instance_title
from slap_domain.model.software_release import SoftwareEvent, SoftwareState
from slap_domain.testing.master_contract import (
    COMPUTER,
    RELEASE,
    MasterContract,
    MasterUnderTest,
    assigned,
    refuses,
    timestamp,
    wanted,
)

ROOT = PartitionId("slappart0")
CHILD = PartitionId("slappart1")


class MasterForNodesContract(MasterContract):
    """What every master does for nodes; subclass it as a test class and make a master."""

    def make_tree(self) -> MasterUnderTest:
        """Return a master with a root and a child."""
        master = self.master_with("slappart0", "slappart1", "slappart2")
        master.tenants.request(wanted("web"))
        master.tenants.request(wanted("db", parent="slappart0"))
        return master

    def test_every_partition_is_assigned(self) -> None:
        """The assignment has all partitions in order, free ones too."""
        master = self.make_tree()
        partitions = master.nodes.assignment(COMPUTER).partitions
        assert [(each.id, each.is_free) for each in partitions] == [
            ("slappart0", False),
            ("slappart1", False),
            ("slappart2", True),
        ]

    def test_an_unknown_computer_has_no_assignment(self) -> None:
        """A computer that was never described is not found."""
        refuses(NotFound, self.make_master().nodes.assignment, computer_guid("COMP-9"))

    def test_a_release_is_built(self) -> None:
        """Building, available and error may be reported, again and again."""
        master = self.make_tree()
        master.tenants.supply(RELEASE, COMPUTER, SoftwareState.AVAILABLE)
        for event in (SoftwareEvent.BUILDING, SoftwareEvent.ERROR, SoftwareEvent.BUILDING):
            master.nodes.report_software(COMPUTER, RELEASE, event, "what went wrong")
        for _ in range(2):
            master.nodes.report_software(COMPUTER, RELEASE, SoftwareEvent.AVAILABLE)
        assert [release.url for release in master.nodes.assignment(COMPUTER).releases] == [RELEASE]

    def test_a_destroyed_release_is_forgotten(self) -> None:
        """After the node removed it, the release is assigned no more; saying so again is no error."""
        master = self.make_tree()
        master.tenants.supply(RELEASE, COMPUTER, SoftwareState.DESTROYED)
        for _ in range(2):
            master.nodes.report_software(COMPUTER, RELEASE, SoftwareEvent.DESTROYED)
        assert master.nodes.assignment(COMPUTER).releases == ()

    def test_reports_do_not_make_an_instance_processed_again(self) -> None:
        """Started, stopped and error leave the timestamp alone."""
        master = self.make_tree()
        before = timestamp(master, "slappart0")
        for event in (InstanceEvent.ERROR, InstanceEvent.STARTED, InstanceEvent.STOPPED):
            master.nodes.report_instance(COMPUTER, ROOT, event, "log")
        assert timestamp(master, "slappart0") == before

    def test_reports_of_unknown_partitions_are_refused(self) -> None:
        """What the master does not know cannot have started."""
        refuses(
            NotFound,
            self.make_tree().nodes.report_instance,
            COMPUTER,
            PartitionId("slappart9"),
            InstanceEvent.STARTED,
        )

    def test_a_destroyed_child_frees_its_partition(self) -> None:
        """The partition is free, and can be given out again with a newer timestamp."""
        master = self.make_tree()
        before = timestamp(master, "slappart1")
        master.tenants.request(wanted("db", parent="slappart0", state=InstanceState.DESTROYED))
        for _ in range(2):
            master.nodes.report_instance(COMPUTER, CHILD, InstanceEvent.DESTROYED)
        assert master.nodes.assignment(COMPUTER).partitions[1].is_free
        assert master.tenants.request(wanted("next")).partition == "slappart1"
        assert timestamp(master, "slappart1") > before

    def test_a_root_goes_after_its_children(self) -> None:
        """While children remain a destroyed root keeps its partition, and they are destroyed first."""
        master = self.make_tree()
        master.tenants.request(wanted("web", state=InstanceState.DESTROYED))
        assert assigned(master, "slappart1").state is InstanceState.STARTED
        master.nodes.report_instance(COMPUTER, ROOT, InstanceEvent.DESTROYED)
        assert assigned(master, "slappart0").state is InstanceState.DESTROYED
        assert assigned(master, "slappart1").state is InstanceState.DESTROYED
        master.nodes.report_instance(COMPUTER, CHILD, InstanceEvent.DESTROYED)
        master.nodes.report_instance(COMPUTER, ROOT, InstanceEvent.DESTROYED)
        assert all(partition.is_free for partition in master.nodes.assignment(COMPUTER).partitions)
        assert master.tenants.list_services() == ()

    def test_children_may_be_reported(self) -> None:
        """A node may tell what an instance requested; unknown to the master is allowed."""
        master = self.make_tree()
        before = timestamp(master, "slappart0")
        try:
            master.nodes.report_children(COMPUTER, ROOT, (instance_title("db"),))
        except NotFound:
            return
        assert timestamp(master, "slappart0") == before

    def test_a_partition_has_an_identity(self) -> None:
        """Both parts are there, or neither."""
        identity = self.make_tree().nodes.partition_certificate(COMPUTER, ROOT)
        assert bool(identity.certificate) == bool(identity.key)

    def test_a_tree_has_addresses(self) -> None:
        """The addresses are those of all its partitions, and no others."""
        master = self.make_tree()
        master.tenants.request(wanted("alone"))
        for partition in (ROOT, CHILD):
            addresses = master.nodes.tree_addresses(COMPUTER, partition)
            assert sorted(each.address for each in addresses) == ["10.0.0.2", "10.0.0.3"]
