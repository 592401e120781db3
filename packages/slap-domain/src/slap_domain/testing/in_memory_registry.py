"""A registry that keeps a master's records in memory, for tests."""

import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import TypeVar

from slap_domain.errors import Conflict
from slap_domain.model.instance import InstanceState
from slap_domain.model.master.instance_tree import Instance, InstanceKey
from slap_domain.model.master.listed_partition import ListedPartition, listed_partition
from slap_domain.model.master.placement import Slot
from slap_domain.model.master.records import ComputerRecord, ReleaseRecord
from slap_domain.model.master.vacancy import SharerWish, SlotWish
from slap_domain.model.place import Place
from slap_domain.model.references import (
    ComputerGuid,
    InstanceTitle,
    PartitionId,
    SoftwareUrl,
    same_software_type,
)
from slap_domain.model.software_release import SoftwareState
from slap_domain.testing.in_memory_ledger import (
    InMemoryForwards,
    InMemorySettings,
    InMemoryTrust,
    InMemoryUsage,
)
from slap_domain.testing.in_memory_tables import Tables

T = TypeVar("T")


class _Computers:
    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def find(self, guid: ComputerGuid) -> ComputerRecord | None:
        return self._tables.computers.get(guid)

    def add(self, record: ComputerRecord) -> None:
        if self.find(record.guid) is not None:
            raise Conflict(f"computer {record.guid} exists")
        self.save(record)

    def save(self, record: ComputerRecord) -> None:
        known = self.find(record.guid)
        revision = known.revision if known is not None else 0
        self._tables.computers.put(record.guid, replace(record, revision=revision + 1))

    def every(self) -> tuple[ComputerRecord, ...]:
        return tuple(sorted(self._tables.computers.every(), key=lambda record: record.guid))

    def slots(self, guid: ComputerGuid) -> tuple[Slot, ...]:
        own = (slot for slot in self._tables.slots.every() if slot.place.computer == guid)
        return tuple(sorted(own, key=lambda slot: slot.position))

    def save_slots(self, slots: tuple[Slot, ...]) -> None:
        for slot in slots:
            known = self._tables.slots.get(slot.place)
            busy = known is not None and known.busy
            timestamp = _surpassing(known, slot.timestamp) if busy else slot.timestamp
            self._tables.put_slot(replace(slot, busy=busy, timestamp=timestamp))

    def remove_slots(self, guid: ComputerGuid, partitions: tuple[PartitionId, ...]) -> None:
        for partition in partitions:
            slot = self._tables.slots.get(Place(computer=guid, partition=partition))
            if slot is not None:
                assert not slot.busy, f"{slot.place} is busy"
                self._tables.slots.drop(slot.place)
                self._tables.touch(guid)

    def contact(self, guid: ComputerGuid, now: int) -> None:
        record = self.find(guid)
        if record is not None:
            self._tables.computers.put(guid, replace(record, last_contact=now))


class _Releases:
    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def find(self, computer: ComputerGuid, url: SoftwareUrl) -> ReleaseRecord | None:
        return self._tables.releases.get((computer, url))

    def save(self, record: ReleaseRecord) -> None:
        self._tables.releases.put((record.computer, record.url), record)
        self._tables.touch(record.computer)

    def remove(self, computer: ComputerGuid, url: SoftwareUrl) -> None:
        self._tables.releases.drop((computer, url))
        self._tables.touch(computer)

    def of_computer(self, computer: ComputerGuid) -> tuple[ReleaseRecord, ...]:
        return tuple(each for each in self._tables.releases.every() if each.computer == computer)

    def every(self) -> tuple[ReleaseRecord, ...]:
        return self._tables.releases.every()


class _Instances:
    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def find(self, key: InstanceKey, *, only_look: bool = False) -> Instance | None:  # noqa: ARG002 - one lock for all
        return self._first(lambda instance: instance.key == key)

    def at(self, place: Place, *, only_look: bool = False) -> Instance | None:  # noqa: ARG002 - one lock for all
        return self._first(lambda instance: not instance.key.shared and _is_at(instance, place))

    def numbered(self, number: int) -> Instance | None:
        return self._first(lambda instance: instance.number == number)

    def referred_to(self, reference: str) -> Instance | None:
        return self._first(lambda instance: bool(reference) and instance.reference == reference)

    def add(self, instance: Instance) -> int:
        assert instance.number == 0, f"{instance.key} has been added before"
        assert self.find(instance.key) is None, f"{instance.key} exists"
        self._tables.last_number += 1
        added = replace(instance, number=self._tables.last_number)
        if added.slot is not None and not added.key.shared:
            slot = self._tables.slots.get(added.slot.place)
            assert slot is not None, f"{added.slot.place} does not exist"
            assert not slot.busy, f"{slot.place} is busy"
            added = replace(added, slot=replace(added.slot, busy=True))
        self._store(added)
        return added.number

    def save(self, instance: Instance) -> None:
        before = self._tables.instances.get(instance.number)
        assert before is not None, f"{instance.key} does not exist"
        other = self.find(instance.key)
        assert other is None or other.number == instance.number, f"{instance.key} exists"
        if before.slot is not None:
            self._tables.touch(before.slot.place.computer)
        self._store(instance)

    def remove(self, instance: Instance) -> None:
        self._tables.instances.drop(instance.number)
        if instance.slot is None:
            return
        place = instance.slot.place
        slot = self._tables.slots.get(place)
        assert slot is not None, f"{place} does not exist"
        self._tables.put_slot(replace(slot, busy=slot.busy and instance.key.shared))
        if instance.key.shared:
            return
        for shared in self._tables.instances.every():
            if shared.key.shared and _is_at(shared, place):
                self._tables.instances.put(shared.number, replace(shared, slot=None, connection={}))

    def _first(self, wanted: Callable[[Instance], bool]) -> Instance | None:
        found = next((each for each in self._tables.instances.every() if wanted(each)), None)
        return self._tables.present(found) if found is not None else None

    def _store(self, instance: Instance) -> None:
        self._tables.instances.put(instance.number, instance)
        if instance.slot is not None:
            self._tables.put_slot(instance.slot)


class _Trees:
    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def roots(self, owner: str | None) -> tuple[Instance, ...]:
        return _by_title(
            each for each in self._tables.instances_now() if each.key.is_root and owner in (None, each.owner)
        )

    def every(self) -> tuple[Instance, ...]:
        return tuple(sorted(self._tables.instances_now(), key=lambda each: each.number))

    def members(self, root: InstanceTitle) -> tuple[Instance, ...]:
        return _by_title(each for each in self._tables.instances_now() if each.key.root == root != "")

    def on_computer(self, guid: ComputerGuid) -> tuple[Instance, ...]:
        placed = [
            (each.slot.position, each.number, each)
            for each in self._tables.instances_now()
            if each.slot is not None and each.slot.place.computer == guid
        ]
        return tuple(each for _, _, each in sorted(placed, key=lambda row: row[:2]))

    def serves_others(self, guid: ComputerGuid, release: SoftwareUrl, owner: str) -> bool:
        return any(each.release == release and each.owner != owner for each in self.on_computer(guid))

    def shared_at(self, place: Place) -> tuple[Instance, ...]:
        shared = [each for each in self._tables.instances.every() if each.key.shared and _is_at(each, place)]
        return tuple(map(self._tables.present, sorted(shared, key=lambda each: each.number)))

    def stamp(self, place: Place, timestamp: int) -> None:
        slot = self._tables.slots.get(place)
        assert slot is not None, f"{place} does not exist"
        self._tables.put_slot(replace(slot, timestamp=_surpassing(slot, timestamp)))


class _Listings:
    def __init__(self, tables: Tables, computers: _Computers, instances: _Instances, trees: _Trees) -> None:
        self._tables = tables
        self._computers = computers
        self._instances = instances
        self._trees = trees

    def partition(self, place: Place) -> ListedPartition | None:
        slot = self._tables.slots.get(place)
        return self._listed(slot) if slot is not None else None

    def revisions(self, guid: ComputerGuid) -> list[tuple[PartitionId, int]]:
        return [(slot.place.partition, slot.revision) for slot in self._computers.slots(guid)]

    def partitions(self, guid: ComputerGuid) -> Iterator[ListedPartition]:
        yield from map(self._listed, self._computers.slots(guid))

    def _listed(self, slot: Slot) -> ListedPartition:
        shares = bool(self._trees.shared_at(slot.place))
        return listed_partition(slot, self._instances.at(slot.place), shares=shares)


class _Vacancies:
    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def slot(self, place: Place) -> Slot | None:
        return self._tables.slots.get(place)

    def revision(self, place: Place) -> int | None:
        slot = self._tables.slots.get(place)
        return slot.revision if slot is not None else None

    def free_slot(self, wish: SlotWish) -> Slot | None:
        free = [slot for slot in self._tables.slots.every() if not slot.busy and self._grants(slot, wish)]
        return min(free, key=lambda slot: (slot.place.computer, slot.position), default=None)

    def sharer(self, wish: SharerWish) -> Instance | None:
        sharers = [
            (each.slot.place.computer, each.slot.position, each)
            for each in self._tables.instances_now()
            if each.slot is not None and self._can_share(each, each.slot.place, wish)
        ]
        return min(sharers, key=lambda row: row[:2])[2] if sharers else None

    def _grants(self, slot: Slot, wish: SlotWish) -> bool:
        guid = slot.place.computer
        release = None if wish.supplied is None else self._tables.releases.get((guid, wish.supplied))
        return (
            wish.computer in (None, guid)
            and self._is_open(guid, wish.owner)
            and (wish.supplied is None or (release is not None and release.state is SoftwareState.AVAILABLE))
        )

    def _can_share(self, instance: Instance, place: Place, wish: SharerWish) -> bool:
        return (
            not instance.key.shared
            and instance.state is not InstanceState.DESTROYED
            and instance.release == wish.release
            and (wish.type is None or same_software_type(instance.type, wish.type))
            and wish.computer in (None, place.computer)
            and wish.place in (None, place)
            and self._is_open(place.computer, wish.owner)
        )

    def _is_open(self, guid: ComputerGuid, owner: str | None) -> bool:
        record = self._tables.computers.get(guid)
        return owner is None or (record is not None and record.owner in ("", owner))


class _Records:
    """All conversations over the same tables."""

    def __init__(self, tables: Tables) -> None:
        self.computers = _Computers(tables)
        self.releases = _Releases(tables)
        self.instances = _Instances(tables)
        self.trees = _Trees(tables)
        self.listings = _Listings(tables, self.computers, self.instances, self.trees)
        self.vacancies = _Vacancies(tables)
        self.usage = InMemoryUsage(tables)
        self.trust = InMemoryTrust(tables)
        self.forwards = InMemoryForwards(tables)
        self.settings = InMemorySettings(tables)


class InMemoryRegistry:
    """The fake of `Registry`: it forgets everything with the process, and refuses impossible records."""

    def __init__(self) -> None:
        self._tables = Tables()
        self._records = _Records(self._tables)
        self._lock = threading.RLock()

    def read(self, work: Callable[[_Records], T]) -> T:
        """Return what the work found."""
        with self._lock:
            return work(self._records)

    def write(self, work: Callable[[_Records], T]) -> T:
        """Return what the work returned; what raised changed nothing."""
        with self._lock:
            try:
                result = work(self._records)
            except BaseException:
                for table in self._tables.every():
                    table.undo()
                raise
            for table in self._tables.every():
                table.keep()
            return result


def _is_at(instance: Instance, place: Place) -> bool:
    return instance.slot is not None and instance.slot.place == place


def _by_title(instances: Iterable[Instance]) -> tuple[Instance, ...]:
    return tuple(sorted(instances, key=lambda each: (each.key.title, each.key.shared)))


def _surpassing(known: Slot | None, timestamp: int) -> int:
    return max(timestamp, known.timestamp + 1) if known is not None else timestamp
