"""What the databases' own failures mean to a master, in one table."""

import sqlite3

from slap_domain.errors import HostFailure, SlapError, TemporarilyUnavailable

_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
# https://www.postgresql.org/docs/current/errcodes-appendix.html
_MET_ANOTHER = frozenset({"40001", "40P01", "23505"})
# Classes: no connection, no resources, the operator intervenes (statement_timeout among it). Single ones: a
# standby, idle_in_transaction_session_timeout, transaction_timeout, lock_timeout.
_AWAY = ("08", "53", "57", "25006", "25P03", "25P04", "55P03")


def met_another(error: BaseException) -> bool:
    """Tell whether a piece of work failed because it met another's, so that it may be run again."""
    return getattr(error, "sqlstate", None) in _MET_ANOTHER


def driver_words(error: BaseException) -> str:
    """Return what a driver said, in one line, without what SQLAlchemy says about itself."""
    said = str(getattr(error, "orig", None) or error)
    return said.partition("\n")[0]


def storage_failure(error: BaseException) -> SlapError:
    """Return what a failure of a database means."""
    words = driver_words(error)
    state = str(getattr(error, "sqlstate", None) or "")
    code = int(getattr(error, "sqlite_errorcode", 0)) & 0xFF
    if code in _BUSY or state.startswith(_AWAY) or state in _MET_ANOTHER:
        return TemporarilyUnavailable(f"the database cannot answer now: {words}")
    if code == sqlite3.SQLITE_FULL:
        return TemporarilyUnavailable(
            f"the database cannot be written: {words}", hint="the disk is full: make room"
        )
    if type(error).__name__ == "OperationalError" and not code:
        return TemporarilyUnavailable(f"the database does not answer: {words}")
    if code == sqlite3.SQLITE_READONLY:
        return HostFailure(
            f"the database cannot be written: {words}",
            hint="its file and its directory must be writable for the user who runs the master",
        )
    return HostFailure(f"the database failed: {words}", hint="look at the master's log and at the disk")
