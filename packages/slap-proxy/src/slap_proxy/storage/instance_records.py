"""Instances, their trees and room for them, in SQL."""

from collections.abc import Iterable
from functools import cache
from hashlib import sha256

from slap_domain.model.master.instance_tree import Instance, InstanceKey
from slap_domain.model.master.placement import Slot
from slap_domain.model.master.vacancy import SharerWish, SlotWish
from slap_domain.model.place import Place
from slap_domain.model.references import ComputerGuid, InstanceTitle, SoftwareUrl
from slap_proxy.storage.computer_records import ComputerStatements
from slap_proxy.storage.instance_statements import InstanceStatements
from slap_proxy.storage.rows import instance_of, instance_values, slot_of, type_key
from slap_proxy.storage.schema import indexed
from slap_proxy.storage.session import Session, Values


class SqlInstances:
    """`InstanceRecords` over a session."""

    def __init__(self, session: Session, statements: InstanceStatements) -> None:
        self._session = session
        self._sql = statements

    def find(self, key: InstanceKey, *, only_look: bool = False) -> Instance | None:
        """Return an instance, or None."""
        statements = self._sql.by_shared_key if key.shared else self._sql.by_key
        values: Values = {"root_key": indexed(key.root), "title_key": indexed(key.title)}
        if not only_look:
            if key.shared:
                self._session.be_alone()
            # Also what is not there is kept: nobody else may add it now.
            self._hold_tree(key)
        return self._find(statements, values, only_look=only_look)

    def at(self, place: Place, *, only_look: bool = False) -> Instance | None:
        """Return the instance, not shared, that runs in a partition, or None."""
        values = {"computer": place.computer, "partition": place.partition}
        if only_look:
            return self._find(self._sql.by_place, values, only_look=True)
        return self._held(self._sql.by_place, values)

    def numbered(self, number: int) -> Instance | None:
        """Return the instance that has a number, or None."""
        return self._held(self._sql.by_number, {"number": number})

    def referred_to(self, reference: str) -> Instance | None:
        """Return the shared instance that has a reference, or None."""
        self._session.be_alone()
        return self._held(self._sql.by_reference, {"reference_key": indexed(reference)})

    def add(self, instance: Instance) -> int:
        """Keep a new instance and return its number."""
        row = self._session.one(self._sql.insert, instance_values(instance))
        if instance.slot is not None:
            self._change_slot(self._sql.stamp if instance.key.shared else self._sql.occupy, instance.slot)
        return int(row[0]) if row is not None else 0

    def save(self, instance: Instance) -> None:
        """Keep a known instance, found by its number."""
        values = {f"{name}_": value for name, value in instance_values(instance).items()}
        values["number_"] = instance.number
        in_place = self._sql.update_in_place[int(instance.key.shared)]
        if not self._session.run(in_place, values).rowcount:
            self._session.be_alone()
            self._session.run(self._sql.update, values)
        if instance.slot is not None:
            self._change_slot(self._sql.stamp, instance.slot)

    def remove(self, instance: Instance) -> None:
        """Forget an instance."""
        self._session.be_alone()
        self._session.run(self._sql.remove, {"number": instance.number})
        if instance.slot is None:
            return
        self._session.touch(instance.slot.place.computer)
        place = _place_values(instance.slot.place)
        if instance.key.shared:
            self._session.run(self._sql.touch, place)
        else:
            self._session.run(self._sql.abandon, place)
            self._session.run(self._sql.vacate, place)

    def _change_slot(self, sql: str, slot: Slot) -> None:
        self._session.run(sql, {**_place_values(slot.place), "timestamp_": slot.timestamp})
        self._session.touch(slot.place.computer)

    def _held(self, statements: tuple[str, str, str, str], values: Values) -> Instance | None:
        """Return an instance whose tree nobody else works on; which tree that is must be seen first."""
        if not self._session.beside_others:
            return self._find(statements, values)
        row = self._session.one(statements[0], values)
        if row is None:
            return None
        self._hold_tree(instance_of(row).key)
        found = self._find(statements, values)
        if found is not None:
            # Meanwhile it may have been renamed, or another may run there.
            self._hold_tree(found.key)
        return found

    def _hold_tree(self, key: InstanceKey) -> None:
        """Keep others from working on a tree until the transaction ends.

        Work on a tree goes from children to parents and the other way: were only rows locked, two pieces of
        work would often wait for each other, and PostgreSQL takes a second to find that out.
        """
        if self._session.beside_others and key.tree not in self._session.trees:
            if self._session.trees:
                self._session.be_alone()
            self._session.one(self._sql.hold_tree, {"tree": _tree_number(key.tree)})
            self._session.trees.add(key.tree)

    def _find(
        self, statements: tuple[str, str, str, str], values: Values, *, only_look: bool = False
    ) -> Instance | None:
        reading, locking, holding, nowhere = statements
        if not self._session.locks:
            row = self._session.one(reading, values)
            return instance_of(row) if row is not None else None
        row = self._session.one(holding if only_look else locking, values)
        row = row if row is not None else self._session.one(nowhere, values)
        return instance_of(row) if row is not None else None


class SqlTrees:
    """`TreeRecords` over a session."""

    def __init__(self, session: Session, statements: InstanceStatements) -> None:
        self._session = session
        self._sql = statements

    def roots(self, owner: str | None) -> tuple[Instance, ...]:
        """Return the roots of one owner, or of all, shared ones included."""
        roots = map(instance_of, self._session.rows(self._sql.roots, {}))
        return _by_title(root for root in roots if owner in (None, root.owner))

    def every(self) -> tuple[Instance, ...]:
        """Return all instances, by number."""
        return tuple(map(instance_of, self._session.rows(self._sql.every, {})))

    def members(self, root: InstanceTitle) -> tuple[Instance, ...]:
        """Return what belongs to a tree, shared ones included, without the root."""
        values = {"root_key": indexed(root)}
        if self._session.locks:
            self._session.rows(self._sql.lock_members, values)
        return _by_title(map(instance_of, self._session.rows(self._sql.members, values)))

    def on_computer(self, guid: ComputerGuid) -> tuple[Instance, ...]:
        """Return what runs on a computer, shared ones included, by position and then number."""
        values = {"computer": guid}
        self._session.be_alone()
        if self._session.locks:
            self._session.rows(self._sql.lock_slots, values)
        return tuple(map(instance_of, self._session.rows(self._sql.on_computer, values)))

    def serves_others(self, guid: ComputerGuid, release: SoftwareUrl, owner: str) -> bool:
        """Tell whether an instance of another owner runs on a computer with a release."""
        # Nobody may ask for one meanwhile.
        self._session.be_alone()
        values: Values = {"computer": guid, "release_key": indexed(release), "owner": owner}
        return self._session.one(self._sql.serves_others, values) is not None

    def shared_at(self, place: Place) -> tuple[Instance, ...]:
        """Return the shared instances that a partition serves, by number."""
        values = {"computer": place.computer, "partition": place.partition}
        return tuple(map(instance_of, self._session.rows(self._sql.shared_at, values)))

    def stamp(self, place: Place, timestamp: int) -> None:
        """Keep a new timestamp of a partition."""
        self._session.run(self._sql.stamp_anew, {**_place_values(place), "timestamp_": timestamp})
        self._session.touch(place.computer)


class VacancyStatements:
    """The statements that find room, one for each shape of a wish."""

    def __init__(self, instances: InstanceStatements, computers: ComputerStatements) -> None:
        self.computers = computers
        self.free_slot = cache(instances.free_slot)
        self.roomy_computer = cache(instances.roomy_computer)
        self.sharer = cache(instances.sharer)


class SqlVacancies:
    """`VacancyRecords` over a session."""

    def __init__(self, session: Session, statements: VacancyStatements) -> None:
        self._session = session
        self._sql = statements

    def slot(self, place: Place) -> Slot | None:
        """Return a partition, busy or free, or None when it is not known."""
        values = {"computer": place.computer, "name": place.partition}
        row = self._session.one(self._sql.computers.slot, values)
        return slot_of(row) if row is not None else None

    def revision(self, place: Place) -> int | None:
        """Return the revision of a partition, or None when it is not known."""
        values = {"computer": place.computer, "name": place.partition}
        row = self._session.one(self._sql.computers.slot_revision, values)
        return row[0] if row is not None else None

    def free_slot(self, wish: SlotWish) -> Slot | None:
        """Return the first free partition that satisfies a wish, or None when there is none."""
        if wish.owner is None and wish.supplied is None:
            return self._free_on(wish.computer)
        while (computer := self._roomy_computer(wish)) is not None:
            # Another may have taken its last partition meanwhile; then some other computer may have room.
            if slot := self._free_on(computer):
                return slot
        return None

    def _roomy_computer(self, wish: SlotWish) -> ComputerGuid | None:
        sql = self._sql.roomy_computer(
            computer=wish.computer is not None,
            supplied=wish.supplied is not None,
            owner=wish.owner is not None,
        )
        values: Values = {
            "computer": wish.computer,
            "url_key": indexed(wish.supplied) if wish.supplied is not None else None,
            "owner": wish.owner,
        }
        row = self._session.one(sql, values)
        return ComputerGuid(row[0]) if row is not None else None

    def _free_on(self, computer: ComputerGuid | None) -> Slot | None:
        one, values = computer is not None, {"computer": computer}
        beside_others = self._session.beside_others
        row = self._session.one(self._sql.free_slot(computer=one, wait=not beside_others), values)
        if row is None and beside_others and self._roomy_computer(SlotWish(computer=computer)) is not None:
            # What others hold may yet be given back: only a partition that is busy for good does not count.
            self._session.be_alone()
        return slot_of(row) if row is not None else None

    def sharer(self, wish: SharerWish) -> Instance | None:
        """Return the first instance that can serve what is wished, or None when there is none."""
        self._session.be_alone()
        computer = wish.place.computer if wish.place is not None else wish.computer
        sql = self._sql.sharer(
            kind=wish.type is not None,
            computer=computer is not None,
            place=wish.place is not None,
            owner=wish.owner is not None,
        )
        values: Values = {
            "release_key": indexed(wish.release),
            "type_key": type_key(wish.type) if wish.type is not None else None,
            "computer": computer,
            "partition": wish.place.partition if wish.place is not None else None,
            "owner": wish.owner,
        }
        row = self._session.one(sql, values)
        return instance_of(row) if row is not None else None


def _tree_number(title: InstanceTitle) -> int:
    """Return the number of the advisory lock that stands for a tree: 64 bits, signed."""
    digest = sha256(title.encode()).digest()
    return int.from_bytes(digest[:8], signed=True)


def _place_values(place: Place) -> dict[str, str | int | None]:
    return {"computer_": place.computer, "partition_": place.partition}


def _by_title(instances: Iterable[Instance]) -> tuple[Instance, ...]:
    return tuple(sorted(instances, key=lambda each: (each.key.title, each.key.shared)))
