"""A registry on PostgreSQL: any thread of any process writes, rows that are worked on are locked."""

from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import Any, TypeVar

import psycopg
from sqlalchemy import URL, Dialect, create_engine, event
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from slap_domain.errors import HostFailure, SlapError, TemporarilyUnavailable
from slap_domain.ports.registry import Records
from slap_proxy.storage.failures import driver_words, met_another, storage_failure
from slap_proxy.storage.outages import Outages
from slap_proxy.storage.postgres_database import take_part
from slap_proxy.storage.records import Statements, count_changes, open_records
from slap_proxy.storage.schema import Schema
from slap_proxy.storage.session import Compiler, NotAloneError, Session

T = TypeVar("T")

_ATTEMPTS = 50
# Sent with BEGIN, so it costs no message of its own: whoever waits for it holds nothing yet.
_WRITERS = int.from_bytes(b"writers", signed=True)
_BESIDE_OTHERS = f"BEGIN; SELECT pg_advisory_xact_lock_shared({_WRITERS})"
_ALONE = f"BEGIN; SELECT pg_advisory_xact_lock({_WRITERS})"
_CONNECTIONS = 16
_POOL_SECONDS = 30.0


def postgres_dialect() -> Dialect:
    """Return the dialect that the statements are compiled for."""
    return PGDialect_psycopg()  # type: ignore[no-untyped-call]


class PostgresRegistry:
    """`Registry` on a PostgreSQL database, which several processes may share.

    Attributes:
        executor: runs whole requests, each on a thread of its own.
        is_remote: reading waits for a server.
    """

    is_remote = True

    def __init__(self, url: URL, schema: Schema) -> None:
        self._statements = Statements(Compiler(schema, postgres_dialect()))
        self._outages = Outages()
        self._engine = create_engine(
            url, pool_size=_CONNECTIONS, max_overflow=0, pool_timeout=_POOL_SECONDS, pool_reset_on_return=None
        )
        event.listen(self._engine, "connect", lambda connection, _: take_part(connection))
        self._threads = ThreadPoolExecutor(_CONNECTIONS, thread_name_prefix="master")

    @property
    def executor(self) -> Executor:
        """Runs whole requests."""
        return self._threads

    def read(self, work: Callable[[Records], T]) -> T:
        """Return what the work found, at one moment."""
        begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
        return self._attempt(work, begin, lambda connection: Session(connection, locks=False))

    def write(self, work: Callable[[Records], T]) -> T:
        """Return what the work returned, once what it changed is durable."""
        alone = False
        for _ in range(_ATTEMPTS - 1):
            try:
                return self._write(work, alone=alone)
            except NotAloneError:
                alone = True
            except TemporarilyUnavailable as error:
                if error.__cause__ is None or not met_another(error.__cause__):
                    raise
        return self._write(work, alone=True)

    def close(self) -> None:
        """Finish what was handed in and close every connection."""
        self._threads.shutdown()
        self._engine.dispose()

    def _write(self, work: Callable[[Records], T], *, alone: bool) -> T:
        begin = _ALONE if alone else _BESIDE_OTHERS
        result = self._attempt(work, begin, lambda connection: Session(connection, locks=True, alone=alone))
        # A full disk, or a standby, does not keep anybody from reading.
        self._outages.worked()
        return result

    def _attempt(
        self, work: Callable[[Records], T], begin: str, opened: Callable[["psycopg.Connection[Any]"], Session]
    ) -> T:
        pooled = self._begun(begin)
        try:
            connection: Any = pooled.driver_connection
            try:
                result = self._transact(connection, work, opened(connection))
            except psycopg.Error as error:
                if connection.closed or connection.broken:
                    pooled.invalidate()
                raise self._failure(error) from error
        finally:
            pooled.close()
        return result

    def _begun(self, begin: str) -> Any:  # noqa: ANN401 - SQLAlchemy's pool proxies the driver's connection
        """Return a connection with an open transaction.

        Connections that the server has closed meanwhile, because it was started again, are replaced.

        Raises:
            TemporarilyUnavailable: it closes them all, or its timeouts end the wait for other writers.
        """
        for _ in range(_CONNECTIONS + 1):
            pooled = self._pooled()
            connection: Any = pooled.driver_connection
            try:
                connection.autocommit = True
                connection.execute(begin, prepare=False)
            except psycopg.OperationalError as error:
                is_alive = not connection.closed
                pooled.invalidate()
                pooled.close()
                if is_alive:
                    raise self._failure(error) from error
            else:
                return pooled
        failure = TemporarilyUnavailable("the database cannot be reached: it closes every connection")
        self._outages.failed(failure)
        raise failure

    def _failure(self, error: psycopg.Error) -> SlapError:
        failure = storage_failure(error)
        if not met_another(error):
            self._outages.failed(failure)
        return failure

    def _transact(
        self, connection: "psycopg.Connection[Any]", work: Callable[[Records], T], session: Session
    ) -> T:
        try:
            result = work(open_records(session, self._statements))
            count_changes(session, self._statements)
        except BaseException:
            if not connection.closed:
                connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")
        return result

    def _pooled(self) -> Any:  # noqa: ANN401 - SQLAlchemy's pool proxies the driver's connection
        try:
            return self._engine.raw_connection()
        except HostFailure as refusal:
            self._outages.failed(refusal)
            raise
        except (DBAPIError, PoolTimeoutError, psycopg.Error) as error:
            failure = TemporarilyUnavailable(f"the database cannot be reached: {driver_words(error)}")
            self._outages.failed(failure)
            raise failure from error
