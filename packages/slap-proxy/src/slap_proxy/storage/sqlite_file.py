"""Making the file of a master's database, bringing it up to date, or taking over an existing proxy's."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import URL

from slap_domain.errors import HostFailure
from slap_domain.model.references import ComputerGuid
from slap_proxy.storage.failures import storage_failure
from slap_proxy.storage.records import Statements, count_changes, open_records
from slap_proxy.storage.schema import REVISION, REVISION_QUERY, VERSION_TABLE, Schema, table_statements
from slap_proxy.storage.session import Compiler, Session
from slap_proxy.storage.sqlite_registry import BUSY_SECONDS, sqlite_dialect
from slap_proxy.storage.takeover import NEWEST, OLDEST, old_version, read_old
from slap_proxy.storage.takeover_records import take_over
from slap_proxy.wall_clock import WallClock

Say = Callable[[str], None]


class _OvertakenError(Exception):
    """Another master has changed the file since it was inspected."""


def prepare_file(path: Path, schema: Schema, old_computer: ComputerGuid, say: Say) -> None:
    """Make a file current: new, old or an existing proxy's.

    Raises:
        HostFailure: it is newer, foreign or cannot be read; it is then left as it is.
        TemporarilyUnavailable: another process writes to it for too long.
    """
    try:
        _prepare(path, schema, old_computer, say)
    except _OvertakenError:
        _prepare(path, schema, old_computer, say)


def _prepare(path: Path, schema: Schema, old_computer: ComputerGuid, say: Say) -> None:
    if not path.parent.is_dir():
        raise HostFailure(
            f"the database {path} cannot be made: {path.parent} is no directory",
            hint="make the directory, or change database_uri",
        )
    tables, revision = inspect_file(path)
    refuse_strange(path, tables, revision)
    if not tables:
        _make(path, schema)
        say(f"made the database {path}")
    elif VERSION_TABLE in tables:
        _bring_up_to_date(path, revision, say)
    else:
        _take_over_file(path, schema, tables, old_computer, say)


def refuse_strange(path: Path, tables: frozenset[str], revision: str | None) -> None:
    """Refuse a file that no start of this master makes current.

    Raises:
        HostFailure: it is of a newer master, of a proxy that is too old or too new, or of something else.
    """
    if not tables or revision == REVISION:
        return
    if VERSION_TABLE in tables:
        # Alembic is only paid for when there is something to migrate.
        from slap_proxy.storage.upgrading import refuse_unknown  # noqa: PLC0415 - slow

        refuse_unknown(revision, str(path))
        return
    _adoptable(path, tables)


def _adoptable(path: Path, tables: frozenset[str]) -> int:
    """Return the schema version of an existing proxy that can be taken over."""
    version = old_version(tables)
    if version is None:
        raise HostFailure(
            f"{path} is not the database of a master; it was left as it is",
            hint="name another file as database_uri",
        )
    if version > NEWEST:
        raise HostFailure(
            f"the database {path} was made by a newer existing proxy (schema version {version}; this master "
            f"takes over {OLDEST} to {NEWEST}); it was left as it is",
            hint="upgrade slap-proxy, or name another file as database_uri",
        )
    if version < OLDEST:
        raise HostFailure(
            f"{path} has schema version {version} of an existing proxy; it was left as it is",
            hint=f"versions {OLDEST} to {NEWEST} can be taken over",
        )
    return version


def inspect_file(path: Path) -> tuple[frozenset[str], str | None]:
    """Return the tables of a file, and the revision of a master's, without changing anything.

    Raises:
        HostFailure: it is no database that can be read.
    """
    if path.is_dir():
        raise HostFailure(f"{path} is a directory, not a database", hint="name a file as database_uri")
    if not path.exists() or path.stat().st_size == 0:
        return frozenset(), None
    try:
        with closing(sqlite3.connect(untouched(path), uri=True)) as connection:
            tables = _tables(connection)
            return tables, _revision(connection) if VERSION_TABLE in tables else None
    except sqlite3.Error as error:
        if os.access(path, os.R_OK):
            hint = "name another file as database_uri"
        else:
            hint = "the user who runs the master must be allowed to read and write it"
        raise HostFailure(f"{path} is no database that can be read: {error}", hint=hint) from error


def untouched(path: Path) -> str:
    """Return the URI by which SQLite reads a file without changing it, or what lies beside it."""
    # A file that nobody uses is read as it is: SQLite would put files beside it, and leave them there.
    mode = "mode=ro" if path.with_name(f"{path.name}-wal").exists() else "immutable=1"
    return f"file:{quote(str(path))}?{mode}"


def _tables(connection: sqlite3.Connection) -> frozenset[str]:
    rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    return frozenset(name for (name,) in rows if not name.startswith("sqlite_"))


def _revision(connection: sqlite3.Connection) -> str | None:
    row = connection.execute(REVISION_QUERY).fetchone()
    return str(row[0]) if row is not None else None


def _make(path: Path, schema: Schema) -> None:
    try:
        path.touch(mode=0o600)
    except OSError as error:
        raise HostFailure(f"the database {path} cannot be made: {error.strerror}") from error
    with _changing(path, frozenset()) as connection:
        _make_tables(connection, schema)


def _bring_up_to_date(path: Path, revision: str | None, say: Say) -> None:
    if revision == REVISION:
        return
    from slap_proxy.storage.upgrading import upgrade  # noqa: PLC0415 - as above

    _require_nobody(path, revision)
    with _backed_up(path, f"revision-{revision}") as backup:
        if not upgrade(URL.create("sqlite", database=str(path)), revision):
            raise _OvertakenError
    say(f"migrated the database {path} from revision {revision} to {REVISION}; as it was: {backup}")


def _require_nobody(path: Path, revision: str | None) -> None:
    """Refuse a file that a master of another version has open: its statements are for the tables as they are.

    SQLite gives up the log that all who have the file open share only where there is nobody; a master's own
    connections begin it again.

    Raises:
        _OvertakenError: who has it open has just migrated it.
        HostFailure: it is open, and still of that revision.
    """
    try:
        with closing(sqlite3.connect(path, timeout=0)) as connection:
            connection.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.Error as error:
        if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
            raise storage_failure(error) from error
        with closing(sqlite3.connect(path, timeout=BUSY_SECONDS)) as connection:
            if _revision(connection) != revision:
                raise _OvertakenError from error
        raise HostFailure(
            f"a master of another version is using the database {path}; it was left as it is",
            hint="stop it, then start this version",
        ) from error


def _take_over_file(
    path: Path, schema: Schema, tables: frozenset[str], old_computer: ComputerGuid, say: Say
) -> None:
    version = _adoptable(path, tables)
    with _backed_up(path, f"schema-{version}") as backup, _changing(path, tables) as connection:
        old = read_old(connection, tables, version, old_computer)
        _make_tables(connection, schema)
        session = Session(connection, locks=False)
        statements = Statements(Compiler(schema, sqlite_dialect()))
        now = int(WallClock().now().timestamp())
        taken = take_over(old, open_records(session, statements), now)
        count_changes(session, statements)
        for table in old.tables:
            connection.execute(f"DROP TABLE {table}")
    say(
        f"took over the database {path} of an existing proxy (schema version {version}): "
        f"{taken.describe()}; as it was: {backup}"
    )


def _make_tables(connection: sqlite3.Connection, schema: Schema) -> None:
    for statement in table_statements(schema, sqlite_dialect()):
        connection.execute(statement)


def back_up_file(path: Path, label: str) -> Path:
    """Copy a database whole, what is still in its journal included, to a new file beside it."""
    backup = _new_file(path.with_name(f"{path.name}-backup-{label}"))
    try:
        with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(backup)) as target:
            source.backup(target)
    except (OSError, sqlite3.Error) as error:
        backup.unlink(missing_ok=True)
        raise HostFailure(f"{path} cannot be backed up to {backup}: {error}") from error
    return backup


def _new_file(wanted: Path) -> Path:
    """Make a file of this name, or with a number, that nobody else makes: two starts may back up at once."""
    made, number = wanted, 1
    while True:
        try:
            made.touch(mode=0o600, exist_ok=False)
        except FileExistsError:
            number += 1
            made = wanted.with_name(f"{wanted.name}-{number}")
        except OSError as error:
            raise HostFailure(f"the backup {made} cannot be made: {error.strerror}") from error
        else:
            return made


@contextmanager
def _backed_up(path: Path, label: str) -> Iterator[Path]:
    """Give the backup of a file that is changed meanwhile; when that fails, the file is as it was."""
    backup = back_up_file(path, label)
    try:
        yield backup
    except BaseException:
        # A master that is started again and again would fill the disk.
        backup.unlink()
        raise


@contextmanager
def _changing(path: Path, tables: frozenset[str]) -> Iterator[sqlite3.Connection]:
    """Give a connection inside one transaction, which is kept when the block ends well.

    How the file keeps its journal is changed later: a file that is refused stays as it was.
    """
    try:
        with closing(sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)) as connection:
            connection.execute("PRAGMA foreign_keys=ON")
            connection.execute("BEGIN EXCLUSIVE")
            if _tables(connection) != tables:
                raise _OvertakenError
            yield connection
            connection.execute("COMMIT")
    except sqlite3.Error as error:
        raise storage_failure(error) from error
