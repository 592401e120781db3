"""Partitions as they are told, in SQL: rows become what is listed, not what rules act upon."""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from types import MappingProxyType
from typing import Any, cast

from sqlalchemy import Select, and_, bindparam, select

from slap_domain.model.master.listed_partition import ListedInstance, ListedPartition
from slap_domain.model.place import Place
from slap_domain.model.references import ComputerGuid, PartitionId
from slap_proxy.storage.rows import REPORTED_STATES, STATES
from slap_proxy.storage.session import ONE, ZERO, Compiler, Row, Session

# Instances that were asked for alike often have the same parameters, and nearly all the same filters.
_REMEMBERED_TEXTS = 128
_PARTITION_COLUMNS = ("name", "revision", "timestamp", "addresses")
_INSTANCE_COLUMNS = (
    "title",
    "root",
    "release",
    "type",
    "state",
    "parameters",
    "connection",
    "filters",
    "report_state",
    "report_message",
)
_decode = json.JSONDecoder().raw_decode


class ListingStatements:
    """The statements about partitions as they are told."""

    def __init__(self, compiler: Compiler) -> None:
        self._compiler = compiler
        self._instance = compiler.schema.instance
        self._partition = compiler.schema.partition

    @cached_property
    def revisions(self) -> str:
        """The revisions of a computer's partitions."""
        table = self._partition
        statement = select(table.c.name, table.c.revision).where(table.c.computer == bindparam("computer"))
        return self._compiler.sql(statement.order_by(table.c.position))

    @cached_property
    def partition(self) -> str:
        """One partition with what runs there, and whether it serves shared instances."""
        table, served = self._partition, self._instance.alias("served")
        serves = select(ONE).where(
            served.c.computer == table.c.computer, served.c.partition == table.c.name, served.c.shared == ONE
        )
        statement = self._listed().add_columns(serves.exists())
        return self._compiler.sql(statement.where(table.c.name == bindparam("partition")))

    @cached_property
    def partitions(self) -> str:
        """The partitions of a computer, each with what runs there."""
        return self._compiler.sql(self._listed().order_by(self._partition.c.position))

    def _listed(self) -> Select[Any]:
        partition, instance = self._partition, self._instance
        here = and_(
            instance.c.computer == partition.c.computer,
            instance.c.partition == partition.c.name,
            instance.c.shared == ZERO,
        )
        return (
            select(
                *(partition.c[name] for name in _PARTITION_COLUMNS),
                *(instance.c[name] for name in _INSTANCE_COLUMNS),
            )
            .join_from(partition, instance, here, isouter=True)
            .where(partition.c.computer == bindparam("computer"))
        )

    @cached_property
    def sharers(self) -> str:
        """The partitions of a computer that serve shared instances."""
        columns = self._instance.c
        statement = select(columns.partition).where(
            columns.computer == bindparam("computer"), columns.shared == ONE
        )
        return self._compiler.sql(statement.distinct())


class SqlListings:
    """`ListingRecords` over a session."""

    def __init__(self, session: Session, statements: ListingStatements) -> None:
        self._session = session
        self._sql = statements

    def partition(self, place: Place) -> ListedPartition | None:
        """Return a partition, or None when it is not known."""
        values = {"computer": place.computer, "partition": place.partition}
        row = self._session.one(self._sql.partition, values)
        return _listed(row[:-1], shares=bool(row[-1])) if row is not None else None

    def revisions(self, guid: ComputerGuid) -> Sequence[tuple[PartitionId, int]]:
        """Return the name and the revision of each partition."""
        rows = self._session.rows(self._sql.revisions, {"computer": guid})
        # Both drivers give tuples.
        return cast("list[tuple[PartitionId, int]]", rows)

    def partitions(self, guid: ComputerGuid) -> Iterator[ListedPartition]:
        """Give each partition; they are read while the iterator is asked, within the work."""
        values = {"computer": guid}
        sharers = {name for (name,) in self._session.rows(self._sql.sharers, values)}
        for row in self._session.run(self._sql.partitions, values):
            yield _listed(row, shares=row[0] in sharers)


def _listed(row: Row, *, shares: bool) -> ListedPartition:
    name, revision, timestamp, addresses, title = row[:5]
    instance = None
    if title is not None:
        root, release, kind, state, parameters, connection, filters, report_state, message = row[5:]
        instance = ListedInstance(
            title,
            root,
            release,
            kind,
            STATES[state],
            _mapping(parameters),
            _mapping(connection),
            _mapping(filters),
            REPORTED_STATES[report_state],
            message,
        )
    return ListedPartition(name, revision, timestamp, _decode(addresses)[0], shares, instance)


@lru_cache(_REMEMBERED_TEXTS)
def _mapping(text: str) -> Mapping[str, object]:
    loaded: dict[str, object] = _decode(text)[0]
    return MappingProxyType(loaded)
