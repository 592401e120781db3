"""A registry on SQLite: one thread at a time writes, any thread reads."""

import logging
import shutil
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import ParamSpec, TypeVar

from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

from slap_domain.errors import HostFailure
from slap_domain.ports.registry import Records
from slap_proxy.storage.failures import storage_failure
from slap_proxy.storage.group_commit import GroupCommit
from slap_proxy.storage.outages import Outages
from slap_proxy.storage.records import Statements, count_changes, open_records
from slap_proxy.storage.schema import Schema
from slap_proxy.storage.session import Compiler, Session
from slap_proxy.storage.write_ahead_log import LOG_PAGES, make_room

P = ParamSpec("P")
T = TypeVar("T")
log = logging.getLogger(__name__)

BUSY_SECONDS = 10.0
_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    f"PRAGMA wal_autocheckpoint={LOG_PAGES}",
    "PRAGMA foreign_keys=ON",
    "PRAGMA cache_size=-16000",
    "PRAGMA temp_store=MEMORY",
)


def connect(path: Path, busy_seconds: float = BUSY_SECONDS) -> sqlite3.Connection:
    """Open a connection whose transactions are begun and ended by hand.

    Args:
        path: of the file.
        busy_seconds: how long to wait for another process that writes.

    Raises:
        HostFailure: the file cannot be opened, or is no database.
    """
    try:
        connection = sqlite3.connect(
            path, timeout=busy_seconds, isolation_level=None, check_same_thread=False, cached_statements=256
        )
    except sqlite3.Error as error:
        raise _cannot_open(path, error) from error
    try:
        for pragma in _PRAGMAS:
            connection.execute(pragma)
    except sqlite3.Error as error:
        connection.close()
        raise _cannot_open(path, error) from error
    return connection


def _cannot_open(path: Path, error: sqlite3.Error) -> HostFailure:
    return HostFailure(
        f"the database {path} cannot be opened: {error}",
        hint="check that its directory exists and can be written, and that the file is a database",
    )


def sqlite_dialect() -> SQLiteDialect_pysqlite:
    """Return the dialect that the statements are compiled for: values by name."""
    return SQLiteDialect_pysqlite(paramstyle="named")


class _WritingConnection:
    """The connection of whoever writes."""

    def __init__(self, connection: sqlite3.Connection, busy_seconds: float, outages: Outages) -> None:
        self.connection = connection
        self._patience = int(busy_seconds * 1000)
        self._is_patient = True
        self._outages = outages
        self._changes_before = 0
        self._is_marked = False

    @property
    def is_open(self) -> bool:
        """Tell whether there is a transaction."""
        return self.connection.in_transaction

    def begin(self) -> None:
        """Open a transaction that may write, unless it is open."""
        if not self.connection.in_transaction:
            self._be_patient(wanted=True)
            self._run("BEGIN IMMEDIATE")
        self._changes_before = self.connection.total_changes

    def begin_at_once(self) -> bool:
        """Open a transaction that may write if no other process does, and tell whether it is open."""
        try:
            self._be_patient(wanted=False)
            self.connection.execute("BEGIN IMMEDIATE")
        except sqlite3.Error:
            # Whoever waits for it is told why it cannot be had.
            return False
        return True

    def _be_patient(self, *, wanted: bool) -> None:
        """Wait for other processes from now on, or do not; nearly always it is as it was."""
        if self._is_patient is not wanted:
            self.connection.execute(f"PRAGMA busy_timeout={self._patience if wanted else 0}")
            self._is_patient = wanted

    def mark(self) -> None:
        """Begin a piece of work that can be taken back alone.

        What comes first in a transaction is taken back with it: keeping two states of each page would cost it
        a tenth of its time.
        """
        is_first = self.connection.in_transaction and self.connection.total_changes == self._changes_before
        self._is_marked = not is_first
        if self._is_marked:
            self.connection.execute("SAVEPOINT work")

    def keep(self) -> None:
        """End a piece of work."""
        if self._is_marked:
            self.connection.execute("RELEASE work")

    def take_back(self) -> None:
        """Undo a piece of work; a disk that is full may have ended the transaction."""
        if not self.connection.in_transaction:
            return
        if self._is_marked:
            self.connection.execute("ROLLBACK TO work")
            self.connection.execute("RELEASE work")
        else:
            self.connection.rollback()
            self.begin()

    def commit(self) -> None:
        """Make it durable."""
        has_changes = self.connection.total_changes != self._changes_before
        self._run("COMMIT")
        # A full disk does not keep a request that changes nothing from ending well.
        if has_changes:
            self._outages.worked()

    def abandon(self) -> None:
        """Forget the transaction, whatever state it is in."""
        if self.connection.in_transaction:
            self.connection.rollback()

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()

    def _run(self, statement: str) -> None:
        try:
            self.connection.execute(statement)
        except sqlite3.Error as error:
            failure = storage_failure(error)
            self._outages.failed(failure)
            raise failure from error


class SqliteRegistry:
    """`Registry` on a file of SQLite.

    Attributes:
        executor: runs whole requests on the writing thread; what they change shares a commit with others,
            and they are answered after it. Work that runs there may read and write as everywhere.
        is_remote: reading waits for a server.
    """

    is_remote = False

    def __init__(self, path: Path, schema: Schema, busy_seconds: float = BUSY_SECONDS) -> None:
        self._path = path
        self._busy_seconds = busy_seconds
        self._statements = Statements(Compiler(schema, sqlite_dialect()))
        self._writer = connect(path, busy_seconds)
        self._outages = Outages()
        self._writing = _WritingConnection(self._writer, busy_seconds, self._outages)
        self._commits = GroupCommit(self._writing)
        self._here = threading.local()
        self._readers: list[sqlite3.Connection] = []
        self._readers_lock = threading.Lock()

    @property
    def executor(self) -> Executor:
        """Runs whole requests on the writing thread."""
        return self._commits

    def run_here(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> "Future[T] | None":
        """Run a whole request on the caller's thread, with a commit of its own; None: somebody is writing."""
        return self._commits.run_here(fn, *args, **kwargs)

    def read(self, work: Callable[[Records], T]) -> T:
        """Return what the work found, at one moment."""
        is_here = self._commits.is_here
        connection = self._writer if is_here else self._reader()
        try:
            if not is_here:
                connection.execute("BEGIN")
            return work(open_records(Session(connection, locks=False), self._statements))
        except sqlite3.Error as error:
            raise storage_failure(error) from error
        finally:
            if not is_here:
                connection.rollback()

    def write(self, work: Callable[[Records], T]) -> T:
        """Return what the work returned, once what it changed is durable."""
        if self._commits.is_here:
            return self._change(work)
        return self._commits.submit(self._change, work).result()

    def expect_changes(self) -> None:
        """Make room for many changes on the writing thread; who wants to write at once waits for that."""
        self._commits.submit(self._make_room)

    def close(self) -> None:
        """Finish what was handed in and close every connection."""
        self._commits.shutdown()
        with self._readers_lock:
            for connection in self._readers:
                connection.close()
            self._readers.clear()

    def _make_room(self) -> None:
        try:
            make_room(self._writer, self._path, shutil.disk_usage(self._path.parent).free)
        except (sqlite3.Error, OSError) as error:
            log.warning("there is no room for many changes in the database %s: %s", self._path, error)

    def _change(self, work: Callable[[Records], T]) -> T:
        session = Session(self._writer, locks=False)
        self._writing.mark()
        try:
            result = work(open_records(session, self._statements))
            count_changes(session, self._statements)
        except BaseException as error:
            self._writing.take_back()
            if isinstance(error, sqlite3.Error):
                failure = storage_failure(error)
                self._outages.failed(failure)
                raise failure from error
            raise
        self._writing.keep()
        return result

    def _reader(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._here, "connection", None)
        if connection is None:
            connection = connect(self._path, self._busy_seconds)
            connection.execute("PRAGMA query_only=ON")
            # Many threads read, and the file is in the memory of the system anyway.
            connection.execute("PRAGMA cache_size=-2000")
            self._here.connection = connection
            with self._readers_lock:
                self._readers.append(connection)
        return connection
