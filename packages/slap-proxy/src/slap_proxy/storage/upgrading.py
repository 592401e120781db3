"""Bringing the tables of an older master up to date with Alembic."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, create_engine, event, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry, NullPool

from slap_domain.errors import HostFailure
from slap_proxy.storage.failures import storage_failure
from slap_proxy.storage.schema import REVISION, REVISION_QUERY

_SCRIPTS = Path(__file__).parent / "migrations"


def _configuration() -> Config:
    configuration = Config()
    configuration.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    return configuration


def revisions() -> tuple[str, ...]:
    """Return every revision that this master knows, the newest first."""
    scripts = ScriptDirectory.from_config(_configuration())
    return tuple(script.revision for script in scripts.walk_revisions())


def refuse_unknown(revision: str | None, place: str) -> None:
    """Refuse tables that a newer master made.

    Raises:
        HostFailure: the revision is not known.
    """
    if revision not in revisions():
        raise HostFailure(
            f"the database {place} was made by a newer master (revision {revision}; "
            f"this one knows up to {REVISION}); it was left as it is",
            hint="upgrade slap-proxy",
        )


def upgrade(url: URL, revision: str | None) -> bool:
    """Bring a file of SQLite up to date in one transaction.

    Returns:
        Whether it was of that revision; what another master has brought up to date meanwhile is left so.

    Raises:
        TemporarilyUnavailable: another process writes to it for too long.
        HostFailure: it cannot be written.
    """
    engine = create_engine(url, poolclass=NullPool)
    event.listen(engine, "connect", _leave_transactions_to_us)
    event.listen(engine, "begin", _begin)
    try:
        with engine.begin() as connection:
            if connection.execute(text(REVISION_QUERY)).scalar() != revision:
                return False
            upgrade_over(connection)
    except DBAPIError as error:
        raise storage_failure(error.orig or error) from error
    return True


def upgrade_over(connection: Connection) -> None:
    """Bring a database up to date within the transaction of a connection."""
    configuration = _configuration()
    configuration.attributes["connection"] = connection
    command.upgrade(configuration, "head")


def _leave_transactions_to_us(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    # Python's driver begins transactions for changes of rows only, not of tables.
    connection.isolation_level = None


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN EXCLUSIVE")
