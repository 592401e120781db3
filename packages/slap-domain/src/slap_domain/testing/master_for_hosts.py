"""The contract of a master's conversation with machines about themselves."""

from itertools import pairwise

from slap_domain.errors import Conflict, NotFound
from slap_domain.model.references import PartitionId
from slap_domain.testing.master_contract import (
    COMPUTER,
    MasterContract,
    assigned,
    description,
    refuses,
    timestamp,
    wanted,
)


class MasterForHostsContract(MasterContract):
    """What every master does for machines; subclass it as a test class and make a master."""

    def test_a_described_computer_has_free_partitions(self) -> None:
        """All partitions are free at first, whatever is told twice."""
        master = self.master_with("slappart0", "slappart1")
        master.hosts.describe(description("slappart0", "slappart1"))
        partitions = master.nodes.assignment(COMPUTER).partitions
        assert [(each.id, each.is_free) for each in partitions] == [("slappart0", True), ("slappart1", True)]

    def test_a_computer_can_grow(self) -> None:
        """More partitions come after those that are there, which keep what they run."""
        master = self.master_with("slappart0")
        master.tenants.request(wanted("web"))
        master.hosts.describe(description("slappart0", "slappart1"))
        partitions = master.nodes.assignment(COMPUTER).partitions
        assert [(each.id, each.is_free) for each in partitions] == [("slappart0", False), ("slappart1", True)]

    def test_a_computer_can_shrink_where_it_is_free(self) -> None:
        """Free partitions that are not described any more are forgotten."""
        master = self.master_with("slappart0", "slappart1")
        master.tenants.request(wanted("web"))
        master.hosts.describe(description("slappart0"))
        assert [each.id for each in master.nodes.assignment(COMPUTER).partitions] == ["slappart0"]

    def test_a_busy_partition_is_never_dropped(self) -> None:
        """The description is refused, naming the partition, and nothing is changed."""
        master = self.master_with("slappart0", "slappart1", "slappart2")
        for title in ("web", "app"):
            master.tenants.request(wanted(title))
        refusal = refuses(Conflict, master.hosts.describe, description("slappart0", network="10.9.9"))
        assert "slappart1" in refusal.message
        assert len(master.nodes.assignment(COMPUTER).partitions) == 3
        assert [each.address for each in assigned(master, "slappart0").addresses] == ["10.0.0.2"]

    def test_new_addresses_reach_the_instance(self) -> None:
        """A partition whose addresses changed is processed again; others are not."""
        master = self.master_with("slappart0")
        master.tenants.request(wanted("web"))
        before = timestamp(master, "slappart0")
        master.hosts.describe(description("slappart0"))
        assert timestamp(master, "slappart0") == before
        master.hosts.describe(description("slappart0", network="10.9.9"))
        assert timestamp(master, "slappart0") > before
        assert [each.address for each in assigned(master, "slappart0").addresses] == ["10.9.9.2"]

    def test_a_bang_reaches_the_whole_tree(self) -> None:
        """Every instance of the tree is processed again, and only those; each time."""
        master = self.master_with("slappart0", "slappart1", "slappart2")
        master.tenants.request(wanted("web"))
        master.tenants.request(wanted("db", parent="slappart0"))
        master.tenants.request(wanted("alone"))
        partitions = ("slappart0", "slappart1", "slappart2")
        seen = [[timestamp(master, name) for name in partitions]]
        for partition in ("slappart0", "slappart1"):
            master.hosts.bang_instance(COMPUTER, PartitionId(partition), "it broke")
            seen.append([timestamp(master, name) for name in partitions])
        for before, after in pairwise(seen):
            assert after[0] > before[0]
            assert after[1] > before[1]
            assert after[2] == before[2]

    def test_a_bang_of_a_computer_reaches_all_it_runs(self) -> None:
        """Every instance on the computer is processed again."""
        master = self.master_with("slappart0", "slappart1")
        for title in ("web", "app"):
            master.tenants.request(wanted(title))
        before = [timestamp(master, name) for name in ("slappart0", "slappart1")]
        master.hosts.bang_computer(COMPUTER, "it was restarted")
        after = [timestamp(master, name) for name in ("slappart0", "slappart1")]
        assert all(new > old for old, new in zip(before, after, strict=True))

    def test_an_unknown_instance_cannot_bang(self) -> None:
        """A partition that does not exist is not found."""
        master = self.master_with("slappart0")
        refuses(NotFound, master.hosts.bang_instance, COMPUTER, PartitionId("slappart9"), "message")
