"""The tables of a master, the same on SQLite and on PostgreSQL.

Values are text and whole numbers only, so that a row needs no conversion on either engine; structured values
are JSON text. What is looked up by a text of any length is looked up by its `*_key` (see `indexed`), because
PostgreSQL limits the size of an index entry.
"""

from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from sqlalchemy import (
    BigInteger,
    Column,
    Dialect,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)
from sqlalchemy.schema import CreateIndex, CreateTable

REVISION: Final = "0005"
VERSION_TABLE: Final = "slap_schema"
REVISION_QUERY: Final = f"SELECT version_num FROM {VERSION_TABLE}"  # noqa: S608 - a constant
_KEY_LENGTH = 250
_DIGEST_MARK = "#sha256:"


def indexed(value: str) -> str:
    """Return the text by which a value is looked up: itself, or a digest where it is long."""
    if len(value) <= _KEY_LENGTH and not value.startswith(_DIGEST_MARK):
        return value
    return _DIGEST_MARK + sha256(value.encode()).hexdigest()


def _number() -> Column[int]:
    kind = BigInteger().with_variant(Integer, "sqlite")
    return Column("number", kind, primary_key=True, autoincrement=True)


def _text(name: str, default: str | None = "") -> Column[str]:
    server = None if default is None else text(f"'{default}'")
    return Column(name, Text, nullable=False, server_default=server)


def _whole(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False, server_default=text("0"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """All tables."""

    metadata: MetaData
    computer: Table
    partition: Table
    release: Table
    instance: Table
    usage: Table
    certificate: Table
    token: Table
    forwarded: Table
    setting: Table


def make_schema() -> Schema:
    """Return the tables of this version of the master."""
    metadata = MetaData()
    return Schema(
        metadata=metadata,
        computer=_computer(metadata),
        partition=_partition(metadata),
        release=_release(metadata),
        instance=_instance(metadata),
        usage=_usage(metadata),
        certificate=_certificate(metadata),
        token=_token(metadata),
        forwarded=_forwarded(metadata),
        setting=_setting(metadata),
    )


def table_statements(schema: Schema, dialect: Dialect) -> tuple[str, ...]:
    """Return what makes all tables in an empty database, and notes their version."""
    made: list[str] = []
    for table in schema.metadata.sorted_tables:
        made.append(str(CreateTable(table).compile(dialect=dialect)))
        indexes = sorted(table.indexes, key=lambda index: str(index.name))
        made.extend(_index_statement(index, dialect) for index in indexes)
    made.append(f"CREATE TABLE {VERSION_TABLE} (version_num VARCHAR(32) NOT NULL PRIMARY KEY)")
    made.append(f"INSERT INTO {VERSION_TABLE} (version_num) VALUES ('{REVISION}')")  # noqa: S608 - constants
    return tuple(made)


def _index_statement(index: Index, dialect: Dialect) -> str:
    statement = str(CreateIndex(index).compile(dialect=dialect))
    return f"{statement} WHERE {index.info['where']}" if "where" in index.info else statement


def _where(condition: str) -> dict[str, str]:
    # Both engines use the same words. SQLAlchemy's options for it (`postgresql_where`) import the engine
    # they are for, drivers included: 0.15 s that a master on SQLite need not wait for.
    return {"where": condition}


def _computer(metadata: MetaData) -> Table:
    return Table(
        "computer",
        metadata,
        Column("guid", Text, primary_key=True),
        _text("title"),
        _text("address"),
        _text("netmask"),
        _text("owner"),
        _whole("last_contact"),
        _whole("revision"),
    )


def _partition(metadata: MetaData) -> Table:
    table = Table(
        "partition",
        metadata,
        Column("computer", Text, ForeignKey("computer.guid"), nullable=False),
        _text("name", None),
        _whole("position"),
        _text("addresses", "[]"),
        _whole("timestamp"),
        _whole("busy"),
        _whole("revision"),
        PrimaryKeyConstraint("computer", "name"),
    )
    Index("partition_order", table.c.computer, table.c.position)
    # `busy` is in it too, or SQLite would rather walk through all partitions of a computer in their order.
    free = _where("busy = 0")
    Index("partition_free", table.c.busy, table.c.computer, table.c.position, info=free)
    return table


def _release(metadata: MetaData) -> Table:
    table = Table(
        "release",
        metadata,
        _number(),
        _text("computer", None),
        _text("url", None),
        _text("url_key", None),
        _text("state", None),
        _text("build", None),
        _text("message"),
        _whole("reported_at"),
        _text("supplier"),
        sqlite_autoincrement=True,
    )
    Index("release_of_computer", table.c.computer, table.c.url_key, unique=True)
    Index("release_supplied", table.c.url_key, table.c.state, table.c.number)
    return table


def _instance(metadata: MetaData) -> Table:
    table = Table(
        "instance",
        metadata,
        _number(),
        _text("root"),
        _text("root_key"),
        _text("title", None),
        _text("title_key", None),
        _whole("shared"),
        _text("owner"),
        _text("release", None),
        _text("release_key", None),
        _text("type", None),
        _text("type_key", None),
        _text("asked", None),
        _text("state", None),
        _text("parameters", "{}"),
        _text("filters", "{}"),
        _text("connection", "{}"),
        Column("computer", Text),
        Column("partition", Text),
        _whole("position"),
        Column("requester", BigInteger),
        _text("report_state", "unknown"),
        _text("report_message"),
        _whole("report_at"),
        _text("reference"),
        Column("reference_key", Text),
        _text("related", "[]"),
        ForeignKeyConstraint(["computer", "partition"], ["partition.computer", "partition.name"]),
        sqlite_autoincrement=True,
    )
    _index_instances(table)
    return table


def _index_instances(table: Table) -> None:
    columns = table.c
    Index("instance_key", columns.root_key, columns.title_key, columns.shared, unique=True)
    placed = _where("shared = 0 AND computer IS NOT NULL")
    Index("instance_place", columns.computer, columns.partition, unique=True, info=placed)
    Index("instance_shared", columns.computer, columns.partition, info=_where("shared = 1"))
    Index(
        "instance_sharer",
        columns.release_key,
        columns.type_key,
        columns.computer,
        columns.position,
        info=_where("shared = 0"),
    )
    referred = _where("reference_key IS NOT NULL")
    Index("instance_reference", columns.reference_key, unique=True, info=referred)


def _usage(metadata: MetaData) -> Table:
    table = Table(
        "usage",
        metadata,
        _number(),
        _text("computer", None),
        _whole("received_at"),
        _text("journal", None),
        sqlite_autoincrement=True,
    )
    Index("usage_of_computer", table.c.computer, table.c.number)
    return table


def _certificate(metadata: MetaData) -> Table:
    table = Table(
        "certificate",
        metadata,
        Column("serial", Text, primary_key=True),
        _text("bearer", None),
        _text("name", None),
        Column("computer", Text),
        Column("partition", Text),
        _whole("issued_at"),
        _whole("expires_at"),
        _whole("revoked_at"),
    )
    Index("certificate_of_place", table.c.computer, table.c.partition)
    computers = _where("bearer = 'computer' AND revoked_at = 0")
    Index("certificate_of_computer", table.c.name, info=computers)
    Index("certificate_end", table.c.expires_at)
    return table


def _token(metadata: MetaData) -> Table:
    table = Table(
        "token",
        metadata,
        Column("digest", Text, primary_key=True),
        _text("bearer", None),
        _text("owner"),
        _whole("expires_at"),
    )
    Index("token_end", table.c.expires_at)
    return table


def _forwarded(metadata: MetaData) -> Table:
    return Table(
        "forwarded",
        metadata,
        _text("title", None),
        _text("title_key", None),
        _text("master_url", None),
        PrimaryKeyConstraint("title_key", "master_url"),
    )


def _setting(metadata: MetaData) -> Table:
    return Table("setting", metadata, Column("name", Text, primary_key=True), _text("value"))
