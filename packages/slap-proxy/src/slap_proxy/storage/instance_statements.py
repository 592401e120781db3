"""The statements about instances, one at a time and many, and about room for them."""

from functools import cached_property
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    and_,
    bindparam,
    case,
    delete,
    func,
    insert,
    literal_column,
    null,
    or_,
    select,
    update,
)

from slap_proxy.storage.rows import INSTANCE_COLUMNS, SLOT_COLUMNS
from slap_proxy.storage.session import ONE, ZERO, Compiler, bound

_CHANGING = tuple(name for name in INSTANCE_COLUMNS if name != "number")
_LOOKED_UP = ("root_key", "title_key", "release_key", "type_key", "reference_key")
_PLACED = ("computer", "partition", "position")


class InstanceStatements:
    """Statements whose answers are rows of INSTANCE_COLUMNS and SLOT_COLUMNS, and changes.

    Those named `…_locked` keep what they find from changing; those named `…_held` keep it from vanishing.
    """

    def __init__(self, compiler: Compiler) -> None:
        self._compiler = compiler
        self._instance = compiler.schema.instance
        self._partition = compiler.schema.partition
        self._computer = compiler.schema.computer
        self._release = compiler.schema.release

    def _select(self) -> Select[Any]:
        return select(
            *(self._instance.c[name] for name in INSTANCE_COLUMNS),
            *(self._partition.c[name] for name in SLOT_COLUMNS),
        )

    def _placed(self) -> Select[Any]:
        return self._select().join_from(self._instance, self._partition, self._here())

    def _perhaps_placed(self) -> Select[Any]:
        return self._select().join_from(self._instance, self._partition, self._here(), isouter=True)

    def _here(self) -> ColumnElement[bool]:
        return and_(
            self._partition.c.computer == self._instance.c.computer,
            self._partition.c.name == self._instance.c.partition,
        )

    def _modes(self, condition: ColumnElement[bool]) -> tuple[str, str, str, str]:
        """Return the statement that reads, that locks and that holds; and one for what is not placed."""
        placed = self._placed().where(condition)
        nowhere = self._perhaps_placed().where(condition, self._instance.c.computer.is_(None))
        return (
            self._compiler.sql(self._perhaps_placed().where(condition)),
            self._compiler.sql(placed.with_for_update(key_share=True)),
            self._compiler.sql(placed.with_for_update(key_share=True, read=True)),
            self._compiler.sql(nowhere.with_for_update(key_share=True, of=self._instance)),
        )

    @cached_property
    def by_key(self) -> tuple[str, str, str, str]:
        """One instance that is not shared, by title and tree."""
        return self._by_key(ZERO)

    @cached_property
    def by_shared_key(self) -> tuple[str, str, str, str]:
        """One shared instance, by title and tree."""
        return self._by_key(ONE)

    def _by_key(self, shared: ColumnElement[int]) -> tuple[str, str, str, str]:
        # Were `shared` bound, SQLite would plan the statement again each time it is run, because the value
        # tells which partial indexes may be used: that takes ten times as long as running it.
        columns = self._instance.c
        return self._modes(
            and_(
                columns.root_key == bindparam("root_key"),
                columns.title_key == bindparam("title_key"),
                columns.shared == shared,
            )
        )

    @cached_property
    def hold_tree(self) -> str:
        """An advisory lock of PostgreSQL, held until the transaction ends."""
        return self._compiler.sql(select(func.pg_advisory_xact_lock(bindparam("tree"))))

    @cached_property
    def by_place(self) -> tuple[str, str, str, str]:
        """The instance of a partition."""
        columns = self._instance.c
        return self._modes(
            and_(
                columns.computer == bindparam("computer"),
                columns.partition == bindparam("partition"),
                columns.shared == ZERO,
            )
        )

    @cached_property
    def by_number(self) -> tuple[str, str, str, str]:
        """One instance, by number."""
        return self._modes(self._instance.c.number == bindparam("number"))

    @cached_property
    def by_reference(self) -> tuple[str, str, str, str]:
        """One shared instance, by reference."""
        return self._modes(self._instance.c.reference_key == bindparam("reference_key"))

    @cached_property
    def roots(self) -> str:
        """The roots of all trees."""
        return self._compiler.sql(
            self._perhaps_placed().where(self._instance.c.root_key == literal_column("''"))
        )

    @cached_property
    def every(self) -> str:
        """All instances."""
        return self._compiler.sql(self._perhaps_placed().order_by(self._instance.c.number))

    @cached_property
    def members(self) -> str:
        """The members of a tree."""
        return self._compiler.sql(
            self._perhaps_placed().where(self._instance.c.root_key == bindparam("root_key"))
        )

    @cached_property
    def lock_members(self) -> str:
        """The members of a tree, kept from changing."""
        locked = select(self._instance.c.number).where(self._instance.c.root_key == bindparam("root_key"))
        return self._compiler.sql(locked.order_by(self._instance.c.number).with_for_update(key_share=True))

    @cached_property
    def on_computer(self) -> str:
        """What runs on a computer."""
        statement = self._placed().where(self._instance.c.computer == bindparam("computer"))
        return self._compiler.sql(statement.order_by(self._instance.c.position, self._instance.c.number))

    @cached_property
    def lock_slots(self) -> str:
        """The partitions of a computer, kept from changing."""
        table = self._partition
        locked = select(table.c.name).where(table.c.computer == bindparam("computer"))
        return self._compiler.sql(locked.order_by(table.c.name).with_for_update(key_share=True))

    @cached_property
    def serves_others(self) -> str:
        """An instance of another owner that needs a release on a computer."""
        columns = self._instance.c
        statement = select(columns.number).where(
            columns.computer == bindparam("computer"),
            columns.release_key == bindparam("release_key"),
            columns.owner != bindparam("owner"),
        )
        return self._compiler.sql(statement.limit(ONE).offset(ZERO))

    @cached_property
    def shared_at(self) -> str:
        """What a partition serves."""
        columns = self._instance.c
        statement = self._placed().where(
            columns.computer == bindparam("computer"),
            columns.partition == bindparam("partition"),
            columns.shared == ONE,
        )
        return self._compiler.sql(statement.order_by(columns.number))

    @cached_property
    def insert(self) -> str:
        """A new instance; answers its number."""
        names = (*_CHANGING, *_LOOKED_UP, *_PLACED)
        statement = insert(self._instance).values(bound(names))
        return self._compiler.sql(statement.returning(self._instance.c.number))

    @cached_property
    def update(self) -> str:
        """A known instance."""
        names = (*_CHANGING, *_LOOKED_UP, *_PLACED)
        statement = update(self._instance).where(self._instance.c.number == bindparam("number_"))
        return self._compiler.sql(statement.values(bound(names, "_")))

    @cached_property
    def update_in_place(self) -> tuple[str, str]:
        """A known instance that is looked up as before: one that is not shared, and one that is.

        To SQLite each column that is set has changed: it would write all indexes again, as many pages as
        everything else together.
        """
        return self._update_in_place(ZERO), self._update_in_place(ONE)

    def _update_in_place(self, shared: ColumnElement[int]) -> str:
        columns = self._instance.c
        same = (columns[name].is_not_distinct_from(bindparam(f"{name}_")) for name in (*_LOOKED_UP, *_PLACED))
        statement = update(self._instance).where(
            columns.number == bindparam("number_"), columns.shared == shared, *same
        )
        names = (name for name in _CHANGING if name != "shared")
        return self._compiler.sql(statement.values(bound(names, "_")))

    @cached_property
    def remove(self) -> str:
        """An instance that is gone."""
        return self._compiler.sql(
            delete(self._instance).where(self._instance.c.number == bindparam("number"))
        )

    @cached_property
    def abandon(self) -> str:
        """What a sharer shared, when it is gone."""
        columns = self._instance.c
        statement = update(self._instance).where(
            columns.computer == bindparam("computer_"),
            columns.partition == bindparam("partition_"),
            columns.shared == ONE,
        )
        nowhere = {"computer": null(), "partition": null(), "connection": literal_column("'{}'")}
        return self._compiler.sql(statement.values(nowhere))

    @cached_property
    def stamp(self) -> str:
        """A partition's timestamp; the partition has changed."""
        return self._changed_slot({"timestamp": bindparam("timestamp_")})

    @cached_property
    def stamp_anew(self) -> str:
        """A new timestamp of a partition, which surpasses what others gave it meanwhile."""
        known = self._partition.c.timestamp
        new: BindParameter[int] = bindparam("timestamp_")
        return self._changed_slot({"timestamp": case((known >= new, known + ONE), else_=new)})

    @cached_property
    def occupy(self) -> str:
        """A partition that becomes busy."""
        return self._changed_slot({"timestamp": bindparam("timestamp_"), "busy": ONE})

    @cached_property
    def vacate(self) -> str:
        """A partition that becomes free."""
        return self._changed_slot({"busy": ZERO})

    @cached_property
    def touch(self) -> str:
        """A partition that its node sees differently."""
        return self._changed_slot({})

    def _changed_slot(self, values: dict[str, Any]) -> str:
        table = self._partition
        statement = update(table).where(
            table.c.computer == bindparam("computer_"), table.c.name == bindparam("partition_")
        )
        return self._compiler.sql(statement.values({**values, "revision": table.c.revision + ONE}))

    def roomy_computer(self, *, computer: bool, supplied: bool, owner: bool) -> str:
        """The first computer that has room and satisfies a wish.

        The partitions are only asked whether one is free: in a join, SQLite would walk through all free
        partitions before it looks at the computers.
        """
        table, partition = (self._release, self._partition) if supplied else (self._computer, self._partition)
        guid = table.c.computer if supplied else table.c.guid
        has_room = select(ONE).where(partition.c.computer == guid, partition.c.busy == ZERO).exists()
        statement = select(guid).where(has_room)
        if supplied:
            statement = statement.where(
                table.c.url_key == bindparam("url_key"), table.c.state == literal_column("'available'")
            )
        if computer:
            statement = statement.where(guid == bindparam("computer"))
        if owner:
            statement = statement.where(self._open_to_owner(guid))
        ordered = statement.order_by(table.c.number if supplied else guid)
        return self._compiler.sql(ordered.limit(ONE).offset(ZERO))

    def free_slot(self, *, computer: bool, wait: bool) -> str:
        """The first free partition of one computer or all; what others hold is skipped or waited for."""
        table = self._partition
        statement = select(*(table.c[name] for name in SLOT_COLUMNS)).where(table.c.busy == ZERO)
        if computer:
            statement = statement.where(table.c.computer == bindparam("computer")).order_by(table.c.position)
        else:
            statement = statement.order_by(table.c.computer, table.c.position)
        limited = statement.limit(ONE).offset(ZERO)
        return self._compiler.sql(limited.with_for_update(key_share=True, of=table, skip_locked=not wait))

    def sharer(self, *, kind: bool, computer: bool, place: bool, owner: bool) -> str:
        """The first instance that can serve what is wished."""
        columns = self._instance.c
        statement = self._placed().where(
            columns.release_key == bindparam("release_key"),
            columns.shared == ZERO,
            columns.state != literal_column("'destroyed'"),
        )
        if kind:
            statement = statement.where(columns.type_key == bindparam("type_key"))
        if computer or place:
            statement = statement.where(columns.computer == bindparam("computer"))
        if place:
            statement = statement.where(columns.partition == bindparam("partition"))
        if owner:
            statement = statement.where(self._open_to_owner(columns.computer))
        ordered = statement.order_by(columns.computer, columns.position).limit(ONE).offset(ZERO)
        return self._compiler.sql(ordered.with_for_update(key_share=True))

    def _open_to_owner(self, guid: ColumnElement[str]) -> ColumnElement[bool]:
        table = self._computer.alias("open_computer")
        open_to = select(ONE).where(
            table.c.guid == guid,
            or_(table.c.owner == literal_column("''"), table.c.owner == bindparam("owner")),
        )
        return open_to.exists()
