"""Making the tables of a master in a PostgreSQL database, and bringing them up to date."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy import URL, Connection, create_engine, inspect, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from slap_domain.errors import HostFailure
from slap_proxy.storage.failures import driver_words
from slap_proxy.storage.schema import REVISION, REVISION_QUERY, VERSION_TABLE, Schema, table_statements
from slap_proxy.storage.shown_url import shown_url

if TYPE_CHECKING:
    import psycopg

Say = Callable[[str], None]
# Each open connection of a master shares it, so a migration has it to itself only when there is none.
_MASTERS = int.from_bytes(b"masters", signed=True)


def prepare_database(url: URL, schema: Schema, say: Say) -> None:
    """Make a database current: empty, or of an older master.

    Raises:
        HostFailure: it is newer, foreign or cannot be reached; it is then left as it is.
    """
    with _connected(url) as connection:
        # Two masters may start at once: the second waits and finds the tables made.
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('slap_schema'))"))
        said = _prepare(connection, schema)
    if said:
        say(said)


def require_current(url: URL) -> None:
    """Refuse a database that a master would first have to make or to migrate; nothing is changed.

    Raises:
        HostFailure: it is one, or is foreign, or cannot be reached.
    """
    with _connected(url) as connection:
        revision = _revision(connection)
    if revision != REVISION:
        found = f"is of revision {revision}, not {REVISION}" if revision else "is empty"
        raise HostFailure(
            f"the database {shown_url(url)} {found}", hint="start this version of the master once"
        )


def take_part(connection: "psycopg.Connection[Any]") -> None:
    """Keep the tables from being migrated while a connection is open.

    Raises:
        HostFailure: another version of the master has migrated them since this one started.
    """
    connection.execute(f"SELECT pg_advisory_lock_shared({_MASTERS})")
    row = connection.execute(REVISION_QUERY).fetchone()
    connection.commit()
    if row != (REVISION,):
        connection.close()
        raise HostFailure(
            "another version of the master has migrated the database meanwhile",
            hint="start that version here as well",
        )


@contextmanager
def _connected(url: URL) -> Iterator[Connection]:
    try:
        engine = create_engine(url, poolclass=NullPool)
        with engine.begin() as connection:
            yield connection
    except (SQLAlchemyError, ImportError) as error:
        raise HostFailure(
            f"the database {shown_url(url)} cannot be opened: {driver_words(error)}",
            hint="is the server running, does the database exist, is slap-proxy[postgresql] installed?",
        ) from error


def _revision(connection: Connection) -> str | None:
    """Return the revision of a master's tables; None when there are no tables at all."""
    tables = set(inspect(connection).get_table_names())
    if tables and VERSION_TABLE not in tables:
        raise HostFailure(
            f"{shown_url(connection.engine.url)} is not a master's database; it was left as it is",
            hint="name an empty database",
        )
    if not tables:
        return None
    return str(connection.execute(text(REVISION_QUERY)).scalar())


def _prepare(connection: Connection, schema: Schema) -> str:
    revision, place = _revision(connection), shown_url(connection.engine.url)
    if revision is None:
        for statement in table_statements(schema, connection.dialect):
            connection.execute(text(statement))
        return f"made the tables of a master in {place}"
    if revision == REVISION:
        return ""
    # Alembic is only paid for when there is something to migrate.
    from slap_proxy.storage.upgrading import refuse_unknown, upgrade_over  # noqa: PLC0415 - slow

    refuse_unknown(revision, place)
    if not connection.execute(text(f"SELECT pg_try_advisory_xact_lock({_MASTERS})")).scalar():
        raise HostFailure(
            f"a master of another version is using the database {place}; it was left as it is",
            hint="stop every master that uses it, then start this version",
        )
    upgrade_over(connection)
    return f"migrated the database {place} from revision {revision} to {REVISION}"
