"""What the contract of a registry starts from: records of a computer, and words for work."""

from abc import ABC, abstractmethod
from collections.abc import Callable

from slap_domain.model.master.instance_tree import Instance, InstanceKey
from slap_domain.model.master.placement import Slot, SlotAddress
from slap_domain.model.master.records import ComputerRecord
from slap_domain.model.master.vacancy import SlotWish
from slap_domain.model.place import Place
from slap_domain.model.references import ComputerGuid, InstanceTitle, PartitionId, SoftwareType, SoftwareUrl
from slap_domain.ports.registry import Records, Registry

COMPUTER = ComputerGuid("COMP-1")
RELEASE = SoftwareUrl("https://example.com/software.cfg")
LONG = InstanceTitle("é/" * 500)


def place(index: int, computer: ComputerGuid = COMPUTER) -> Place:
    """Return the place of a partition."""
    return Place(computer=computer, partition=PartitionId(f"slappart{index}"))


def slot(index: int, computer: ComputerGuid = COMPUTER) -> Slot:
    """Return a free partition with an address."""
    address = SlotAddress(interface=f"tap{index}", address=f"10.0.0.{index + 2}", netmask="255.255.255.255")
    return Slot(place=place(index, computer), position=index, addresses=(address,))


def instance(title: str, slot: Slot | None, *, root: str = "", shared: bool = False) -> Instance:
    """Return a new instance."""
    key = InstanceKey(title=InstanceTitle(title), root=InstanceTitle(root), shared=shared)
    return Instance(
        key=key,
        release=RELEASE,
        type=SoftwareType("default"),
        slot=slot,
        reference=f"{root}_{title}" if shared else "",
    )


def prepare(records: Records) -> None:
    """Record a computer of three free partitions."""
    records.computers.save(ComputerRecord(guid=COMPUTER, title="one", owner="ada"))
    records.computers.save_slots(tuple(map(slot, range(3))))


def revision(records: Records) -> int:
    """Return the revision of the computer."""
    record = records.computers.find(COMPUTER)
    assert record is not None
    return record.revision


def free(records: Records, wish: SlotWish) -> Slot:
    """Return a free partition that satisfies a wish."""
    slot = records.vacancies.free_slot(wish)
    assert slot is not None, f"{wish} was not granted"
    return slot


def allocate(title: str) -> Callable[[Records], Instance]:
    """Return work that adds an instance to the next free partition."""
    return lambda records: added(records, instance(title, free(records, SlotWish())))


def added(records: Records, new: Instance) -> Instance:
    """Keep a new instance, and return it as it is found then."""
    found = records.instances.numbered(records.instances.add(new))
    assert found is not None, f"{new.key} was not kept"
    return found


class RegistryWorld(ABC):
    """Common ground of the contracts; subclass one of them and make a registry."""

    @abstractmethod
    def make_registry(self) -> Registry:
        """Return an empty registry."""

    def prepared(self) -> Registry:
        """Return a registry with a computer of three free partitions."""
        registry = self.make_registry()
        registry.write(prepare)
        return registry
