"""Looking at the records of a master without changing anything, whether it runs or not."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol, TypeVar

from sqlalchemy import URL

from slap_domain.errors import HostFailure
from slap_domain.model.master.occasion import DEFAULT_COMPUTER
from slap_domain.model.references import ComputerGuid
from slap_domain.ports.registry import Records
from slap_proxy.storage.failures import storage_failure
from slap_proxy.storage.opening import database_url
from slap_proxy.storage.records import Statements, open_records
from slap_proxy.storage.schema import REVISION, Schema, make_schema
from slap_proxy.storage.session import Compiler, Session
from slap_proxy.storage.sqlite_file import Say, inspect_file, prepare_file, refuse_strange, untouched
from slap_proxy.storage.sqlite_registry import BUSY_SECONDS, sqlite_dialect

T = TypeVar("T")
_START_IT = "start the master with `slapos proxy start`, or name its database"


class RecordReader(Protocol):
    """Reads the records of a master."""

    def read(self, work: Callable[[Records], T]) -> T:
        """Return what the work found; all it reads belongs to one moment. It must change nothing."""
        ...


@contextmanager
def records_looked_at(
    database_uri: str, say: Say, old_computer: ComputerGuid = DEFAULT_COMPUTER
) -> Iterator[RecordReader]:
    """Give what reads the database that a configuration names; the database stays as it is.

    One that the master would first migrate or take over is read from a copy where that was done.

    Args:
        database_uri: a path of an SQLite file, relative to the working directory, or a URL.
        say: is told when it is a copy that is read.
        old_computer: what the one computer of an existing proxy is called, where its database does not say.

    Raises:
        ConfigurationError: the URL names no database that a master can use.
        HostFailure: it is not there, cannot be read, or is not a master's.
    """
    url, schema = database_url(database_uri), make_schema()
    if url.get_backend_name() != "sqlite":
        with _server_looked_at(url, schema) as reader:
            yield reader
        return
    path = Path(url.database or "").absolute()
    if not path.is_file():
        raise HostFailure(f"there is no database {path}", hint=_START_IT)
    tables, revision = inspect_file(path)
    if not tables:
        raise HostFailure(f"the database {path} is empty", hint=_START_IT)
    if revision == REVISION:
        with _file_looked_at(path, schema) as reader:
            yield reader
        return
    refuse_strange(path, tables, revision)
    with TemporaryDirectory(prefix="slapos-look-") as directory:
        copy = Path(directory) / path.name
        _copy(path, copy)
        prepare_file(copy, schema, old_computer, lambda _: None)
        say(f"{path} is of an older master or of an existing proxy: this is what a start would make of it")
        with _file_looked_at(copy, schema) as reader:
            yield reader


class _FileReader:
    def __init__(self, connection: sqlite3.Connection, schema: Schema) -> None:
        self._connection = connection
        self._statements = Statements(Compiler(schema, sqlite_dialect()))

    def read(self, work: Callable[[Records], T]) -> T:
        try:
            self._connection.execute("BEGIN")
            try:
                return work(open_records(Session(self._connection, locks=False), self._statements))
            finally:
                self._connection.rollback()
        except sqlite3.Error as error:
            raise storage_failure(error) from error


@contextmanager
def _file_looked_at(path: Path, schema: Schema) -> Iterator[RecordReader]:
    with _reading(path) as connection:
        yield _FileReader(connection, schema)


def _copy(path: Path, copy: Path) -> None:
    with _reading(path) as source, closing(sqlite3.connect(copy)) as target:
        try:
            source.backup(target)
        except sqlite3.Error as error:
            raise HostFailure(f"{path} cannot be read: {error}") from error


@contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection]:
    try:
        connection = sqlite3.connect(untouched(path), uri=True, timeout=BUSY_SECONDS, isolation_level=None)
    except sqlite3.Error as error:
        raise HostFailure(f"the database {path} cannot be opened: {error}") from error
    with closing(connection):
        yield connection


@contextmanager
def _server_looked_at(url: URL, schema: Schema) -> Iterator[RecordReader]:
    # Slow to import, which a look at a file need not wait for.
    from slap_proxy.storage.postgres_database import require_current  # noqa: PLC0415
    from slap_proxy.storage.postgres_registry import PostgresRegistry  # noqa: PLC0415

    require_current(url)
    registry = PostgresRegistry(url, schema)
    try:
        yield registry
    finally:
        registry.close()
