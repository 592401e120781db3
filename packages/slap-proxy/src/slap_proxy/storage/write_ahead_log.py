"""Making room in SQLite's write-ahead log before it is needed.

A commit that makes a file grow has the file system keep its own books durably as well, and takes two to three
times as long as one that writes over what is there. SQLite writes over its log once all of it has been copied
to the database; but until that first happens, nearly every commit of a master would make the file grow.
"""

import sqlite3
from pathlib import Path

# So many pages are copied to the database at once: pages that many changes share are copied once.
LOG_PAGES = 2000
_FRAME_HEADER = 24
# On a disk with less than so many times its length left, the log grows no sooner than it must.
_SPARE = 10


def make_room(connection: sqlite3.Connection, path: Path, free: int) -> None:
    """Have the log grow to its usual length; for a connection with an open transaction that nobody used yet.

    Args:
        connection: to the database; its cache is emptied.
        path: of the database.
        free: bytes on the disk.
    """
    log = path.with_name(f"{path.name}-wal")
    page = int(connection.execute("PRAGMA page_size").fetchone()[0])
    missing = LOG_PAGES * (page + _FRAME_HEADER) - log.stat().st_size
    if missing <= 0 or free < _SPARE * missing:
        return
    cache = connection.execute("PRAGMA cache_size").fetchone()[0]
    connection.execute("SAVEPOINT room")
    try:
        # What does not fit into the cache is written to the log before the transaction ends. It ends in
        # nothing, but a file that has grown stays as long as it is.
        connection.execute("PRAGMA cache_size=10")
        connection.execute("CREATE TABLE room (content BLOB)")
        connection.execute("INSERT INTO room VALUES (zeroblob(?))", (missing,))
    finally:
        # A disk that is full may have ended the transaction.
        if connection.in_transaction:
            connection.execute("ROLLBACK TO room")
            connection.execute("RELEASE room")
        connection.execute(f"PRAGMA cache_size={cache}")
    # Something must be committed, or it would be the next commit that waits for all of this to be durable.
    connection.execute("PRAGMA user_version=0")
