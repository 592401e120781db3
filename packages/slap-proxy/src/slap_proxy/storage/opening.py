"""Opening the database of a master: made when it is not there, brought up to date when it is old."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from slap_domain.errors import ConfigurationError, HostFailure
from slap_domain.model.master.occasion import DEFAULT_COMPUTER
from slap_domain.model.references import ComputerGuid
from slap_proxy.storage.postgres_database import prepare_database
from slap_proxy.storage.schema import make_schema
from slap_proxy.storage.shown_url import shown_url
from slap_proxy.storage.sqlite_file import Say, back_up_file, prepare_file
from slap_proxy.storage.sqlite_registry import SqliteRegistry

if TYPE_CHECKING:
    from slap_proxy.storage.postgres_registry import PostgresRegistry


@dataclass(frozen=True, slots=True, kw_only=True)
class Storage:
    """An open database of a master.

    Attributes:
        place: where the records are, for people; without a password.
        file: of an SQLite database; None for a server's.
    """

    registry: "SqliteRegistry | PostgresRegistry"
    place: str
    file: Path | None = None

    def require_writing(self) -> None:
        """Refuse a file that may not be written: SQLite opens it all the same, and fails at the first change.

        Raises:
            HostFailure: it is such a file.
        """
        if self.file is not None and not os.access(self.file, os.W_OK):
            raise HostFailure(
                f"the database {self.file} cannot be written",
                hint="the file and its directory must be writable for the user who runs the master",
            )

    def expect_changes(self) -> None:
        """Make the first changes as quick as later ones; a server's database needs nothing for that."""
        if isinstance(self.registry, SqliteRegistry):
            self.registry.expect_changes()

    def back_up(self, label: str) -> str:
        """Copy a database that is a file to a new one beside it, and say where that is.

        A database on a server has its own backups, which are its operator's.
        """
        return (
            str(back_up_file(self.file, label)) if self.file is not None else "see the server's own backups"
        )


@contextmanager
def opened_storage(
    database_uri: str, say: Say, old_computer: ComputerGuid = DEFAULT_COMPUTER
) -> Iterator[Storage]:
    """Open the database that a configuration names and close it in the end.

    Args:
        database_uri: a path of an SQLite file, relative to the working directory, or a URL.
        say: is told what was made, migrated or taken over.
        old_computer: what the one computer of an existing proxy is called, where its database does not say.

    Raises:
        ConfigurationError: the URL names no database that a master can use.
        HostFailure: it cannot be opened, or is not a master's; it is then left as it is.
    """
    storage = _open(database_uri, say, old_computer)
    try:
        yield storage
    finally:
        storage.registry.close()


def _open(database_uri: str, say: Say, old_computer: ComputerGuid) -> Storage:
    url = database_url(database_uri)
    schema = make_schema()
    if url.get_backend_name() == "sqlite":
        path = Path(url.database or "").absolute()
        prepare_file(path, schema, old_computer, say)
        return Storage(registry=SqliteRegistry(path, schema), place=str(path), file=path)
    # It takes 0.15 s to import, which a master on SQLite need not wait for.
    from slap_proxy.storage.postgres_registry import PostgresRegistry  # noqa: PLC0415 - see above

    prepare_database(url, schema, say)
    return Storage(registry=PostgresRegistry(url, schema), place=shown_url(url))


def database_url(database_uri: str) -> URL:
    """Return the URL of the database that a configuration names by its path or its URL.

    Raises:
        ConfigurationError: it names no database that a master can use.
    """
    if "://" not in database_uri:
        return URL.create("sqlite", database=database_uri)
    try:
        url = make_url(database_uri)
    except (ArgumentError, ValueError):
        # Neither the text nor the error that quotes it: a password may be in it.
        scheme = database_uri.partition("://")[0][:40]
        raise ConfigurationError(
            f"what follows {scheme}:// in database_uri is no URL of a database",
            hint="write postgresql+psycopg://user@host:port/name, with % and two digits for what is special",
        ) from None
    if url.get_backend_name() not in ("sqlite", "postgresql") or not url.database:
        raise ConfigurationError(
            f"database_uri = {shown_url(url)!r} names no database that a master can use",
            hint="use the path of an SQLite file, or postgresql+psycopg://user@host/name",
        )
    return url.set(drivername="postgresql+psycopg") if url.get_backend_name() == "postgresql" else url
