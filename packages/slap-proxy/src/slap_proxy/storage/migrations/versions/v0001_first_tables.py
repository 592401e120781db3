"""The first tables of a master."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

EMPTY = sa.text("''")
ZERO = sa.text("0")
LIST = sa.text("'[]'")
MAPPING = sa.text("'{}'")


def upgrade() -> None:
    """Make the tables in an empty database."""
    _make_computers()
    _make_instances()
    _make_ledger()


def _number() -> "sa.Column[int]":
    kind = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    return sa.Column("number", kind, primary_key=True, autoincrement=True)


def _text(name: str, default: "sa.TextClause | None" = EMPTY) -> "sa.Column[str]":
    return sa.Column(name, sa.Text, nullable=False, server_default=default)


def _whole(name: str) -> "sa.Column[int]":
    return sa.Column(name, sa.BigInteger, nullable=False, server_default=ZERO)


def _make_computers() -> None:
    op.create_table(
        "computer",
        sa.Column("guid", sa.Text, primary_key=True),
        *(_text(name) for name in ("title", "address", "netmask", "owner")),
        _whole("last_contact"),
        _whole("revision"),
    )
    op.create_table(
        "partition",
        sa.Column("computer", sa.Text, sa.ForeignKey("computer.guid"), nullable=False),
        _text("name", None),
        _whole("position"),
        _text("addresses", LIST),
        *(_whole(name) for name in ("timestamp", "busy", "revision")),
        sa.PrimaryKeyConstraint("computer", "name"),
    )
    op.create_index("partition_order", "partition", ["computer", "position"])
    free = sa.text("busy = 0")
    op.create_index(
        "partition_free", "partition", ["computer", "position"], sqlite_where=free, postgresql_where=free
    )
    op.create_table(
        "release",
        _number(),
        *(_text(name, None) for name in ("computer", "url", "url_key", "state", "build")),
        _text("message"),
        _whole("reported_at"),
        sqlite_autoincrement=True,
    )
    op.create_index("release_of_computer", "release", ["computer", "url_key"], unique=True)
    op.create_index("release_supplied", "release", ["url_key", "state", "number"])


def _make_instances() -> None:
    op.create_table(
        "instance",
        _number(),
        _text("root"),
        _text("root_key"),
        _text("title", None),
        _text("title_key", None),
        _whole("shared"),
        _text("owner"),
        *(_text(name, None) for name in ("release", "release_key", "type", "type_key", "asked", "state")),
        *(_text(name, MAPPING) for name in ("parameters", "filters", "connection")),
        sa.Column("computer", sa.Text),
        sa.Column("partition", sa.Text),
        _whole("position"),
        sa.Column("requester", sa.BigInteger),
        _text("report_state", sa.text("'unknown'")),
        _text("report_message"),
        _whole("report_at"),
        _text("reference"),
        sa.Column("reference_key", sa.Text),
        _text("related", LIST),
        sa.ForeignKeyConstraint(["computer", "partition"], ["partition.computer", "partition.name"]),
        sqlite_autoincrement=True,
    )
    op.create_index("instance_key", "instance", ["root_key", "title_key", "shared"], unique=True)
    _index_some(
        "instance_place", ["computer", "partition"], "shared = 0 AND computer IS NOT NULL", unique=True
    )
    _index_some("instance_hosted", ["computer", "partition"], "shared = 1")
    _index_some("instance_host", ["release_key", "type_key", "computer", "position"], "shared = 0")
    op.create_index("instance_reference", "instance", ["reference_key"], unique=True)


def _index_some(name: str, columns: list[str], condition: str, *, unique: bool = False) -> None:
    where = sa.text(condition)
    op.create_index(name, "instance", columns, unique=unique, sqlite_where=where, postgresql_where=where)


def _make_ledger() -> None:
    op.create_table(
        "usage",
        _number(),
        _text("computer", None),
        _whole("received_at"),
        _text("journal", None),
        sqlite_autoincrement=True,
    )
    op.create_index("usage_of_computer", "usage", ["computer", "number"])
    op.create_table(
        "certificate",
        sa.Column("serial", sa.Text, primary_key=True),
        _text("bearer", None),
        _text("name", None),
        sa.Column("computer", sa.Text),
        sa.Column("partition", sa.Text),
        *(_whole(name) for name in ("issued_at", "expires_at", "revoked_at")),
    )
    op.create_table(
        "token",
        sa.Column("digest", sa.Text, primary_key=True),
        _text("bearer", None),
        _text("owner"),
        _whole("expires_at"),
    )
    op.create_table(
        "forwarded",
        *(_text(name, None) for name in ("title", "title_key", "master_url")),
        sa.PrimaryKeyConstraint("title_key", "master_url"),
    )
    op.create_table("setting", sa.Column("name", sa.Text, primary_key=True), _text("value"))
