"""A master in memory, with a root, its child and a free partition."""

import pytest

from slap_domain.model.master.instance_tree import Instance, InstanceKey, Report
from slap_domain.model.place import Place
from slap_domain.model.references import PartitionId
from slap_domain.testing.in_memory_master import InMemoryMaster
from slap_domain.testing.master_contract import COMPUTER, wanted


def place(partition: str) -> Place:
    return Place(computer=COMPUTER, partition=PartitionId(partition))


class StoredMaster(InMemoryMaster):
    """A master whose records can be looked at."""

    def stored(self, title: str, root: str = "", *, shared: bool = False) -> Instance | None:
        """Return the record of an instance."""
        key = InstanceKey(title=title, root=root, shared=shared)
        return self.registry.read(lambda records: records.instances.find(key))

    def reported(self, partition: str) -> Report:
        """Return what was last reported of a partition."""
        return self.registry.read(lambda records: records.instances.at(place(partition))).report

    def timestamps(self) -> list[int]:
        """Return the timestamps of all partitions of the computer."""
        slots = self.registry.read(lambda records: records.computers.slots(COMPUTER))
        return [slot.timestamp for slot in slots]


@pytest.fixture
def master() -> StoredMaster:
    """A root, its child and a free partition."""
    master = StoredMaster().with_computer(COMPUTER, "slappart0", "slappart1", "slappart2")
    master.tenants.request(wanted("web"))
    master.tenants.request(wanted("db", parent="slappart0"))
    return master
