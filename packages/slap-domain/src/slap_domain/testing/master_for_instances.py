"""The contract of a master's conversation with recipes that run in a partition."""

from slap_domain.errors import NotFound
from slap_domain.model.references import PartitionId, instance_title
from slap_domain.ports.master_for_instances import PublishedConnection
from slap_domain.testing.master_contract import (
    COMPUTER,
    MasterContract,
    MasterUnderTest,
    assigned,
    refuses,
    timestamp,
    wanted,
)


def published(partition: str, value: object, reference: str = "") -> PublishedConnection:
    """Return connection parameters of a partition of COMPUTER."""
    return PublishedConnection(
        computer=COMPUTER,
        partition=PartitionId(partition),
        parameters={"url": value},
        shared_reference=reference,
    )


class MasterForInstancesContract(MasterContract):
    """What every master does for recipes; subclass it as a test class and make a master."""

    def make_tree(self) -> MasterUnderTest:
        """Return a master with a root, a child and a grandchild."""
        master = self.master_with("slappart0", "slappart1", "slappart2")
        master.tenants.request(wanted("web"))
        master.tenants.request(wanted("db", parent="slappart0"))
        master.tenants.request(wanted("disk", parent="slappart1"))
        return master

    def test_what_is_published_is_told(self) -> None:
        """Requester and node see connection parameters, as text."""
        master = self.make_tree()
        master.instances.publish(published("slappart0", 80))
        assert master.tenants.request(wanted("web")).connection == {"url": "80"}
        assert assigned(master, "slappart0").connection == {"url": "80"}

    def test_the_direct_requester_hears_of_it(self) -> None:
        """It is processed again; the publisher itself and those further up are not."""
        master = self.make_tree()
        names = ("slappart0", "slappart1", "slappart2")
        before = [timestamp(master, name) for name in names]
        master.instances.publish(published("slappart2", "x"))
        after = [timestamp(master, name) for name in names]
        assert after[0] == before[0]
        assert after[1] > before[1]
        assert after[2] == before[2]

    def test_publishing_the_same_changes_nothing(self) -> None:
        """A root that publishes on every run does not loop."""
        master = self.make_tree()
        master.instances.publish(published("slappart1", "x"))
        before = timestamp(master, "slappart0")
        master.instances.publish(published("slappart1", "x"))
        assert timestamp(master, "slappart0") == before

    def test_a_host_publishes_for_what_it_shares(self) -> None:
        """The requester of the shared instance gets it and is processed again; the sharer's own stays."""
        master = self.make_tree()
        master.tenants.request(wanted("site", parent="slappart1", shared=True))
        before = timestamp(master, "slappart1")
        sharer = str(master.tenants.request(wanted("site", parent="slappart1", shared=True)).partition)
        master.instances.publish(published(sharer, "https://site", "web_site"))
        told = master.tenants.request(wanted("site", parent="slappart1", shared=True))
        assert told.connection == {"url": "https://site"}
        assert assigned(master, sharer).connection == {}
        assert timestamp(master, "slappart1") > before

    def test_nothing_is_published_by_nobody(self) -> None:
        """A partition that runs nothing is not found."""
        refuses(NotFound, self.make_tree().instances.publish, published("slappart9", "x"))

    def test_a_renamed_root_keeps_its_tree(self) -> None:
        """Its children follow it, under the new title; nothing is processed again."""
        master = self.make_tree()
        before = timestamp(master, "slappart0")
        master.instances.rename(COMPUTER, PartitionId("slappart0"), instance_title("site"))
        assert {assigned(master, f"slappart{index}").root_title for index in range(3)} == {"site"}
        assert master.tenants.request(wanted("site")).partition == "slappart0"
        assert master.tenants.request(wanted("db", parent="slappart0")).partition == "slappart1"
        assert timestamp(master, "slappart0") == before

    def test_a_renamed_child_stays_in_its_tree(self) -> None:
        """Only its own title changes."""
        master = self.make_tree()
        master.instances.rename(COMPUTER, PartitionId("slappart1"), instance_title("database"))
        instance = assigned(master, "slappart1")
        assert (instance.title, instance.root_title) == ("database", "web")

    def test_a_shared_instance_can_be_renamed(self) -> None:
        """It keeps its sharer and what was published for it."""
        master = self.make_tree()
        told = master.tenants.request(wanted("site", shared=True))
        master.instances.publish(published(str(told.partition), "x", "_site"))
        assert told.partition is not None
        master.instances.rename(COMPUTER, told.partition, instance_title("page"), "_site")
        renamed = master.tenants.request(wanted("page", shared=True))
        assert (renamed.partition, renamed.connection) == (told.partition, {"url": "x"})
