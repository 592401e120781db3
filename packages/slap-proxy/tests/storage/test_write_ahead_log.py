"""The log of an SQLite database grows once, before it is needed, and holds nothing of that afterwards."""

import sqlite3
from contextlib import closing

import pytest

from slap_domain.testing.manual_clock import ManualClock
from slap_domain.testing.master_contract import description, wanted
from slap_domain.use_cases.master.whole_master import Master
from slap_proxy.storage.opening import opened_storage
from slap_proxy.storage.sqlite_registry import connect
from slap_proxy.storage.write_ahead_log import LOG_PAGES, make_room

MUCH = 2**40
WHOLE = LOG_PAGES * 4096


def length(path):
    return path.with_name(f"{path.name}-wal").stat().st_size


@pytest.fixture
def path(tmp_path):
    found = tmp_path / "proxy.sqlite"
    with opened_storage(str(found), lambda _: None):
        pass
    return found


def roomy(path, free=MUCH):
    connection = connect(path)
    connection.execute("BEGIN IMMEDIATE")
    make_room(connection, path, free)
    connection.execute("COMMIT")
    return closing(connection)


def test_the_log_grows_and_the_database_does_not(path):
    before = path.stat().st_size
    with roomy(path) as connection:
        assert length(path) >= WHOLE
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("SELECT name FROM sqlite_master WHERE name = 'room'").fetchall() == []
        assert connection.execute("PRAGMA cache_size").fetchone() == (-16000,)
    assert path.stat().st_size == before


def test_what_is_written_next_is_written_over_it(path):
    with roomy(path) as connection:
        whole = length(path)
        connection.execute("INSERT INTO setting (name, value) VALUES ('a', 'b')")
        assert length(path) == whole
        with closing(sqlite3.connect(path)) as other:
            assert other.execute("SELECT name, value FROM setting").fetchall() == [("a", "b")]


def test_a_log_grows_once(path):
    with roomy(path):
        whole = length(path)
        with roomy(path):
            assert length(path) == whole


def test_a_small_disk_is_not_filled(path):
    with roomy(path, free=10 * WHOLE):
        assert length(path) < WHOLE


def test_a_log_that_cannot_grow_leaves_nothing_behind(path):
    with closing(connect(path)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count={pages + 20}")
        with pytest.raises(sqlite3.OperationalError, match="full"):
            make_room(connection, path, MUCH)
        if connection.in_transaction:
            connection.execute("COMMIT")
        assert connection.execute("SELECT name FROM sqlite_master WHERE name = 'room'").fetchall() == []
        assert connection.execute("PRAGMA cache_size").fetchone() == (-16000,)


def test_a_master_changes_its_records_meanwhile(path):
    with opened_storage(str(path), lambda _: None) as storage:
        storage.expect_changes()
        storage.registry.write(lambda records: records.settings.remember("a", "b"))
        assert storage.registry.read(lambda records: records.settings.find("a")) == "b"
        assert length(path) >= WHOLE


def test_a_new_instance_changes_few_pages(path):
    """Each page takes time: three rows, the last number, what an instance is found by, and what room is."""
    with opened_storage(str(path), lambda _: None) as storage, closing(connect(path)) as other:
        master = Master(storage.registry, ManualClock()).for_caller()
        master.hosts.describe(description("slappart0", "slappart1"))
        master.tenants.request(wanted("first"))
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        master.tenants.request(wanted("second"))
        _, pages, _ = other.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    assert pages <= 8
