"""Opening the database of a master: made when it is not there, brought up to date when it is old."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from sqlalchemy import URL, Connection, create_engine, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from slap_domain.errors import ConfigurationError, HostFailure
from slap_proxy.storage.schema import REVISION, VERSION_TABLE, Schema, make_schema
from slap_proxy.storage.sqlite_registry import SqliteRegistry, connect

if TYPE_CHECKING:
    from slap_proxy.storage.postgres_registry import PostgresRegistry

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Storage:
    """An open database of a master.

    Attributes:
        place: where the records are, for people; without a password.
    """

    registry: "SqliteRegistry | PostgresRegistry"
    place: str


@contextmanager
def opened_storage(database_uri: str, say: Say) -> Iterator[Storage]:
    """Open the database that a configuration names and close it in the end.

    Args:
        database_uri: a path of an SQLite file, relative to the working directory, or a URL.
        say: is told what was made, migrated or taken over.

    Raises:
        ConfigurationError: the URL names no database that a master can use.
        HostFailure: it cannot be opened, or is not a master's; it is then left as it is.
    """
    storage = _open(database_uri, say)
    try:
        yield storage
    finally:
        storage.registry.close()


def _open(database_uri: str, say: Say) -> Storage:
    url = _url(database_uri)
    schema = make_schema()
    if url.get_backend_name() == "sqlite":
        path = Path(url.database or "").absolute()
        _prepare_file(path, schema, say)
        return Storage(registry=SqliteRegistry(path, schema), place=str(path))
    # It takes 0.15 s to import, which a master on SQLite need not wait for.
    from slap_proxy.storage.postgres_registry import PostgresRegistry  # noqa: PLC0415

    _prepare_database(url, schema, say)
    return Storage(registry=PostgresRegistry(url, schema), place=url.render_as_string())


def _url(database_uri: str) -> URL:
    if "://" not in database_uri:
        return URL.create("sqlite", database=database_uri)
    try:
        url = make_url(database_uri)
    except ArgumentError as error:
        raise ConfigurationError(f"database_uri = {database_uri!r} is no URL of a database") from error
    if url.get_backend_name() not in ("sqlite", "postgresql") or not url.database:
        raise ConfigurationError(
            f"database_uri = {url.render_as_string()!r} names no database that a master can use",
            hint="use the path of an SQLite file, or postgresql+psycopg://user@host/name",
        )
    return url.set(drivername="postgresql+psycopg") if url.get_backend_name() == "postgresql" else url


def _prepare_file(path: Path, schema: Schema, say: Say) -> None:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise HostFailure(
            f"the database {path} cannot be made: {error}", hint="make its directory, or change database_uri"
        ) from error
    tables = _tables_of_file(path)
    if not tables:
        _make_file(path, schema)
        say(f"made the database {path}")


def _tables_of_file(path: Path) -> frozenset[str]:
    """Return the tables of a file without changing it."""
    if not path.exists() or path.stat().st_size == 0:
        return frozenset()
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True)) as connection:
            rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    except sqlite3.Error as error:
        raise HostFailure(f"{path} is no database that can be read: {error}") from error
    return frozenset(name for (name,) in rows if not name.startswith("sqlite_"))


def _make_file(path: Path, schema: Schema) -> None:
    # The pragmas that a file keeps are set before its first table; it is nobody else's to read.
    path.touch(mode=0o600)
    connect(path).close()
    engine = create_engine(URL.create("sqlite", database=str(path)), poolclass=NullPool)
    with engine.begin() as connection:
        make_tables(connection, schema)


def make_tables(connection: Connection, schema: Schema) -> None:
    """Make all tables in an empty database, and note their version."""
    schema.metadata.create_all(connection)
    connection.execute(text(f"CREATE TABLE {VERSION_TABLE} (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"))
    connection.execute(text(f"INSERT INTO {VERSION_TABLE} VALUES ('{REVISION}')"))  # noqa: S608 - constants


def _prepare_database(url: URL, schema: Schema, say: Say) -> None:
    engine = create_engine(url, poolclass=NullPool)
    try:
        with engine.begin() as connection:
            # Two masters may start at once: the second waits and finds the tables made.
            connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('slap_schema'))"))
            if not inspect(connection).get_table_names():
                make_tables(connection, schema)
                say(f"made the tables of a master in {url.render_as_string()}")
    except SQLAlchemyError as error:
        raise HostFailure(f"the database {url.render_as_string()} cannot be opened: {error}") from error
