"""Computers, their partitions and the releases supplied to them, in SQL."""

from dataclasses import asdict
from functools import cached_property
from typing import Any

from sqlalchemy import BindParameter, Select, and_, bindparam, case, delete, insert, select, update

from slap_domain.model.master.placement import Slot
from slap_domain.model.master.records import ComputerRecord, ReleaseRecord
from slap_domain.model.references import ComputerGuid, PartitionId, SoftwareUrl
from slap_proxy.storage.rows import (
    COMPUTER_COLUMNS,
    RELEASE_COLUMNS,
    SLOT_COLUMNS,
    computer_of,
    release_of,
    slot_of,
    slot_values,
)
from slap_proxy.storage.schema import indexed
from slap_proxy.storage.session import ONE, ZERO, Compiler, Session, Values, bound


class ComputerStatements:
    """The statements about computers and partitions."""

    def __init__(self, compiler: Compiler) -> None:
        self._compiler = compiler
        self._computer = compiler.schema.computer
        self._partition = compiler.schema.partition

    @cached_property
    def find(self) -> str:
        """One computer."""
        table = self._computer
        columns = [table.c[name] for name in COMPUTER_COLUMNS]
        return self._compiler.sql(select(*columns).where(table.c.guid == bindparam("guid")))

    @cached_property
    def every(self) -> str:
        """All computers."""
        return self._compiler.sql(select(*(self._computer.c[name] for name in COMPUTER_COLUMNS)))

    @cached_property
    def insert(self) -> str:
        """A new computer."""
        values = bound(COMPUTER_COLUMNS)
        return self._compiler.sql(insert(self._computer).values(values).inline())

    @cached_property
    def update(self) -> str:
        """A known computer; the revision is counted separately."""
        values = bound(COMPUTER_COLUMNS[1:-1], "_")
        statement = update(self._computer).where(self._computer.c.guid == bindparam("guid_"))
        return self._compiler.sql(statement.values(values))

    @cached_property
    def contact(self) -> str:
        """When a computer was last heard."""
        statement = update(self._computer).where(self._computer.c.guid == bindparam("guid"))
        return self._compiler.sql(statement.values(last_contact=bindparam("now")))

    @cached_property
    def count(self) -> str:
        """More changes to what a computer's assignment shows."""
        table = self._computer
        statement = update(table).where(table.c.guid == bindparam("guid"))
        return self._compiler.sql(statement.values(revision=table.c.revision + bindparam("times")))

    @cached_property
    def slots(self) -> str:
        """The partitions of a computer."""
        table = self._partition
        columns = [table.c[name] for name in SLOT_COLUMNS]
        statement = select(*columns).where(table.c.computer == bindparam("computer"))
        return self._compiler.sql(statement.order_by(table.c.position))

    @cached_property
    def slot(self) -> str:
        """One partition."""
        table = self._partition
        return self._compiler.sql(
            select(*(table.c[name] for name in SLOT_COLUMNS)).where(
                table.c.computer == bindparam("computer"), table.c.name == bindparam("name")
            )
        )

    @cached_property
    def slot_revision(self) -> str:
        """The revision of one partition."""
        table = self._partition
        return self._compiler.sql(
            select(table.c.revision).where(
                table.c.computer == bindparam("computer"), table.c.name == bindparam("name")
            )
        )

    @cached_property
    def insert_slot(self) -> str:
        """A new partition."""
        names = ("computer", "name", "position", "addresses", "timestamp", "revision")
        values = bound(names)
        return self._compiler.sql(insert(self._partition).values(values).inline())

    @cached_property
    def update_slot(self) -> str:
        """What the domain says of a known partition."""
        table = self._partition
        statement = update(table).where(
            table.c.computer == bindparam("computer_"), table.c.name == bindparam("name_")
        )
        known = table.c.timestamp
        new: BindParameter[int] = bindparam("timestamp_")
        # Its instance may have been given another one meanwhile, and must learn of both changes.
        is_passed = and_(table.c.busy == ONE, known >= new)
        values = {
            **bound(("position", "addresses"), "_"),
            "timestamp": case((is_passed, known + ONE), else_=new),
            "revision": table.c.revision + ONE,
        }
        return self._compiler.sql(statement.values(values))

    @cached_property
    def remove_slot(self) -> str:
        """A partition that is gone."""
        table = self._partition
        return self._compiler.sql(
            delete(table).where(
                table.c.computer == bindparam("computer"),
                table.c.name == bindparam("name"),
                table.c.busy == ZERO,
            )
        )


class SqlComputers:
    """`ComputerRecords` over a session."""

    def __init__(self, session: Session, statements: ComputerStatements) -> None:
        self._session = session
        self._sql = statements

    def find(self, guid: ComputerGuid) -> ComputerRecord | None:
        """Return a computer, or None."""
        row = self._session.one(self._sql.find, {"guid": guid})
        return computer_of(row) if row is not None else None

    def add(self, record: ComputerRecord) -> None:
        """Keep a new computer; where another master took its id meanwhile, the work is run again."""
        self._session.run(self._sql.insert, {**asdict(record), "revision": 0})
        self._session.touch(record.guid)

    def save(self, record: ComputerRecord) -> None:
        """Keep a computer, new or known."""
        values = {f"{name}_": value for name, value in asdict(record).items()}
        if self._session.run(self._sql.update, values).rowcount:
            self._session.touch(record.guid)
        else:
            self.add(record)

    def every(self) -> tuple[ComputerRecord, ...]:
        """Return all computers, sorted by id."""
        rows = self._session.rows(self._sql.every, {})
        return tuple(sorted(map(computer_of, rows), key=lambda record: record.guid))

    def slots(self, guid: ComputerGuid) -> tuple[Slot, ...]:
        """Return the partitions of a computer, in order of position."""
        return tuple(map(slot_of, self._session.rows(self._sql.slots, {"computer": guid})))

    def save_slots(self, slots: tuple[Slot, ...]) -> None:
        """Keep addresses, position and timestamp of partitions, new or known."""
        for guid in dict.fromkeys(slot.place.computer for slot in slots):
            self._save_slots(guid, [slot for slot in slots if slot.place.computer == guid])

    def _save_slots(self, guid: ComputerGuid, slots: list[Slot]) -> None:
        self._session.be_alone()
        known = {slot.place for slot in self.slots(guid)}
        # A partition that comes back must not repeat a revision that it had before it went.
        record = self.find(guid)
        revision = (record.revision if record is not None else 0) + self._session.touched.get(guid, 0) + 1
        new = [slot for slot in slots if slot.place not in known]
        old = [slot for slot in slots if slot.place in known]
        self._session.run_each(
            self._sql.insert_slot, [{**slot_values(slot), "revision": revision} for slot in new]
        )
        self._session.run_each(
            self._sql.update_slot,
            [{f"{name}_": value for name, value in slot_values(slot).items()} for slot in old],
        )
        self._session.touch(guid, 1 + len(old))

    def remove_slots(self, guid: ComputerGuid, partitions: tuple[PartitionId, ...]) -> None:
        """Forget free partitions."""
        if partitions:
            self._session.be_alone()
        names: list[Values] = [{"computer": guid, "name": partition} for partition in partitions]
        self._session.run_each(self._sql.remove_slot, names)
        if partitions:
            self._session.touch(guid)

    def contact(self, guid: ComputerGuid, now: int) -> None:
        """Note when a computer was last heard."""
        self._session.run(self._sql.contact, {"guid": guid, "now": now})


class ReleaseStatements:
    """The statements about supplied releases."""

    def __init__(self, compiler: Compiler) -> None:
        self._compiler = compiler
        self._release = compiler.schema.release

    @cached_property
    def find(self) -> str:
        """One supplied release."""
        return self._compiler.sql(self._one())

    @cached_property
    def find_locked(self) -> str:
        """One supplied release, kept from changing."""
        return self._compiler.sql(self._one().with_for_update())

    def _one(self) -> Select[Any]:
        columns = [self._release.c[name] for name in RELEASE_COLUMNS]
        return select(*columns).where(
            self._release.c.computer == bindparam("computer"),
            self._release.c.url_key == bindparam("url_key"),
        )

    @cached_property
    def of_computer(self) -> str:
        """The releases of a computer."""
        columns = [self._release.c[name] for name in RELEASE_COLUMNS]
        statement = select(*columns).where(self._release.c.computer == bindparam("computer"))
        return self._compiler.sql(statement.order_by(self._release.c.number))

    @cached_property
    def every(self) -> str:
        """The releases of all computers."""
        columns = [self._release.c[name] for name in RELEASE_COLUMNS]
        return self._compiler.sql(select(*columns).order_by(self._release.c.number))

    @cached_property
    def insert(self) -> str:
        """A new supplied release."""
        values = bound((*RELEASE_COLUMNS, "url_key"))
        return self._compiler.sql(insert(self._release).values(values).inline())

    @cached_property
    def update(self) -> str:
        """A known supplied release."""
        statement = update(self._release).where(
            self._release.c.computer == bindparam("computer_"),
            self._release.c.url_key == bindparam("url_key_"),
        )
        values = bound(RELEASE_COLUMNS[2:], "_")
        return self._compiler.sql(statement.values(values))

    @cached_property
    def remove(self) -> str:
        """A release that is gone."""
        statement = delete(self._release).where(
            self._release.c.computer == bindparam("computer"),
            self._release.c.url_key == bindparam("url_key"),
        )
        return self._compiler.sql(statement)


class SqlReleases:
    """`ReleaseRecords` over a session."""

    def __init__(self, session: Session, statements: ReleaseStatements) -> None:
        self._session = session
        self._sql = statements

    def find(self, computer: ComputerGuid, url: SoftwareUrl) -> ReleaseRecord | None:
        """Return a supplied release, or None."""
        sql = self._sql.find_locked if self._session.locks else self._sql.find
        row = self._session.one(sql, {"computer": computer, "url_key": indexed(url)})
        return release_of(row) if row is not None else None

    def save(self, record: ReleaseRecord) -> None:
        """Keep a supplied release, new or known."""
        values = {
            "computer": record.computer,
            "url": record.url,
            "url_key": indexed(record.url),
            "state": record.state.value,
            "build": record.build.value,
            "message": record.message,
            "reported_at": record.reported_at,
            "supplier": record.supplier,
        }
        changed = {f"{name}_": value for name, value in values.items()}
        if not self._session.run(self._sql.update, changed).rowcount:
            self._session.run(self._sql.insert, values)
        self._session.touch(record.computer)

    def remove(self, computer: ComputerGuid, url: SoftwareUrl) -> None:
        """Forget a supplied release."""
        self._session.run(self._sql.remove, {"computer": computer, "url_key": indexed(url)})
        self._session.touch(computer)

    def of_computer(self, computer: ComputerGuid) -> tuple[ReleaseRecord, ...]:
        """Return the releases supplied to a computer, in the order of their first save."""
        rows = self._session.rows(self._sql.of_computer, {"computer": computer})
        return tuple(map(release_of, rows))

    def every(self) -> tuple[ReleaseRecord, ...]:
        """Return the releases of all computers, in the order of their first save."""
        return tuple(map(release_of, self._session.rows(self._sql.every, {})))
