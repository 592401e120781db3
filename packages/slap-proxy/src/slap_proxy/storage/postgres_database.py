"""Making the tables of a master in a PostgreSQL database, and bringing them up to date."""

from collections.abc import Callable

from sqlalchemy import URL, Connection, create_engine, inspect, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from slap_domain.errors import HostFailure
from slap_proxy.storage.failures import driver_words
from slap_proxy.storage.schema import REVISION, VERSION_TABLE, Schema, table_statements

Say = Callable[[str], None]


def prepare_database(url: URL, schema: Schema, say: Say) -> None:
    """Make a database current: empty, or of an older master.

    Raises:
        HostFailure: it is newer, foreign or cannot be reached; it is then left as it is.
    """
    name = url.render_as_string()
    try:
        engine = create_engine(url, poolclass=NullPool)
        with engine.begin() as connection:
            # Two masters may start at once: the second waits and finds the tables made.
            connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('slap_schema'))"))
            said = _prepare(connection, schema)
    except (SQLAlchemyError, ImportError) as error:
        raise HostFailure(
            f"the database {name} cannot be opened: {driver_words(error)}",
            hint="is the server running, does the database exist, is slap-proxy[postgresql] installed?",
        ) from error
    if said:
        say(f"{said} {name}")


def _prepare(connection: Connection, schema: Schema) -> str:
    tables = set(inspect(connection).get_table_names())
    if not tables:
        for statement in table_statements(schema, connection.dialect):
            connection.execute(text(statement))
        return "made the tables of a master in"
    if VERSION_TABLE not in tables:
        raise HostFailure(
            f"{connection.engine.url.render_as_string()} is not a master's database; it was left as it is",
            hint="name an empty database",
        )
    query = f"SELECT version_num FROM {VERSION_TABLE}"  # noqa: S608 - a constant
    revision = connection.execute(text(query)).scalar()
    if revision == REVISION:
        return ""
    # Alembic is only paid for when there is something to migrate.
    from slap_proxy.storage.upgrading import refuse_unknown, upgrade_over  # noqa: PLC0415 - slow

    refuse_unknown(revision, connection.engine.url.render_as_string())
    upgrade_over(connection)
    return f"migrated from revision {revision} to {REVISION}"
