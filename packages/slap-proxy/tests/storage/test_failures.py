"""What goes wrong in a database is told as what its reader can do about it."""

import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, nullcontext
from pathlib import Path

import psycopg
import pytest

from slap_domain.errors import HostFailure, InvalidInput, TemporarilyUnavailable
from slap_domain.model.master.records import ComputerRecord
from slap_domain.model.references import ComputerGuid
from slap_domain.model.software_release import SoftwareState
from slap_domain.testing.master_contract import COMPUTER, OTHER_RELEASE, description, wanted
from slap_domain.use_cases.master.whole_master import Master
from slap_proxy.storage.failures import met_another, storage_failure
from slap_proxy.storage.local_root import follow_local_root
from slap_proxy.storage.opening import opened_storage
from slap_proxy.storage.schema import make_schema
from slap_proxy.storage.sqlite_registry import SqliteRegistry

RECORD = ComputerRecord(guid=COMPUTER)


def sqlite_error(code):
    error = sqlite3.OperationalError("it failed")
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize(
    ("error", "meaning"),
    [
        (sqlite_error(sqlite3.SQLITE_BUSY), TemporarilyUnavailable),
        (sqlite_error(sqlite3.SQLITE_BUSY_SNAPSHOT), TemporarilyUnavailable),
        (sqlite_error(sqlite3.SQLITE_FULL), TemporarilyUnavailable),
        (sqlite_error(sqlite3.SQLITE_CORRUPT), HostFailure),
        (sqlite_error(sqlite3.SQLITE_READONLY), HostFailure),
        (psycopg.errors.DeadlockDetected("x"), TemporarilyUnavailable),
        (psycopg.errors.AdminShutdown("x"), TemporarilyUnavailable),
        (psycopg.errors.DiskFull("x"), TemporarilyUnavailable),
        (psycopg.errors.LockNotAvailable("x"), TemporarilyUnavailable),
        (psycopg.errors.IdleInTransactionSessionTimeout("x"), TemporarilyUnavailable),
        (psycopg.errors.ReadOnlySqlTransaction("x"), TemporarilyUnavailable),
        (psycopg.OperationalError("x"), TemporarilyUnavailable),
        (psycopg.errors.UndefinedTable("x"), HostFailure),
    ],
)
def test_failures_are_classified(error, meaning):
    assert type(storage_failure(error)) is meaning


def test_only_meetings_are_tried_again():
    assert met_another(psycopg.errors.SerializationFailure("x"))
    assert not met_another(psycopg.errors.UndefinedTable("x"))
    assert not met_another(ValueError("x"))


@pytest.fixture
def impatient(sqlite_uri):
    with opened_storage(sqlite_uri, lambda _: None):
        pass
    registry = SqliteRegistry(Path(sqlite_uri), make_schema(), busy_seconds=0.05)
    yield registry
    registry.close()


def test_a_file_that_another_writes_to_is_busy_for_a_while(impatient, sqlite_uri):
    with closing(sqlite3.connect(sqlite_uri, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(TemporarilyUnavailable, match="locked"):
            impatient.write(lambda records: records.computers.save(RECORD))
        assert impatient.read(lambda records: records.computers.every()) == ()
        other.execute("ROLLBACK")
    impatient.write(lambda records: records.computers.save(RECORD))
    assert impatient.read(lambda records: len(records.computers.every())) == 1


HOLDS_IT = """
import sqlite3, sys
other = sqlite3.connect(sys.argv[1], isolation_level=None)
for word in sys.stdin:
    other.execute(word)
    print(word, end="", flush=True)
"""


@pytest.fixture
def other_process(sqlite_uri, impatient):
    """Run a statement on the file in another process, and return when it is done."""
    command = [sys.executable, "-c", HOLDS_IT, sqlite_uri]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:

        def run(statement):
            print(statement, file=process.stdin, flush=True)
            assert process.stdout.readline() == f"{statement}\n"

        yield run
        process.stdin.close()


@pytest.mark.parametrize("is_begun_again", [True, False])
def test_whoever_shares_a_commit_with_a_lost_transaction_is_told_what_is_kept(
    impatient, other_process, is_begun_again
):
    """It is lost on a full disk, and when another process writes before failed work has begun it again."""
    all_handed_in = threading.Event()

    def lose(records):
        all_handed_in.wait(30)
        impatient._writer.execute("ROLLBACK")
        other_process("BEGIN IMMEDIATE")
        if is_begun_again:
            impatient._writer.execute("BEGIN")
        raise InvalidInput("it fails")

    def add(records, number):
        if number == 1:
            other_process("ROLLBACK")
        records.computers.save(ComputerRecord(guid=ComputerGuid(f"COMP-{number}")))

    jobs = [lambda: impatient.write(lambda records: add(records, 0)), lambda: impatient.write(lose)]
    jobs += [lambda each=number: impatient.write(lambda records: add(records, each)) for number in (1, 2)]
    futures = [impatient.executor.submit(job) for job in (jobs if not is_begun_again else jobs[1:])]
    all_handed_in.set()
    failed = [future.exception(30) is not None for future in futures]
    kept = {each.guid for each in impatient.read(lambda records: records.computers.every())}
    names = ["COMP-0", "lost", "COMP-1", "COMP-2"]
    told = {name for name, failure in zip(names[-len(failed) :], failed, strict=True) if not failure}
    assert kept == told
    if "COMP-1" not in told:
        other_process("ROLLBACK")


def test_a_damaged_file_is_the_operator_s(impatient, sqlite_uri):
    with closing(sqlite3.connect(sqlite_uri)) as other:
        other.execute("DROP TABLE setting")
        other.commit()
    with pytest.raises(HostFailure, match="no such table"):
        impatient.read(lambda records: records.settings.find("x"))
    with pytest.raises(HostFailure, match="no such table"):
        impatient.write(lambda records: records.settings.remember("x", "y"))
    impatient.write(lambda records: records.computers.save(RECORD))


def test_a_file_in_an_unwritable_place_is_the_operator_s(tmp_path):
    with pytest.raises(HostFailure, match="cannot be opened"):
        SqliteRegistry(tmp_path, make_schema())


def test_a_full_disk_is_logged_once_and_when_it_ends(impatient, sqlite_uri, caplog):
    small, large = RECORD, ComputerRecord(guid=ComputerGuid("LARGE"), title="x" * 400_000)
    impatient.executor.submit(impatient._writer.execute, "PRAGMA max_page_count = 60").result()
    for _ in range(3):
        with pytest.raises(TemporarilyUnavailable, match="cannot be written") as refused:
            impatient.write(lambda records: records.computers.save(large))
        assert "make room" in refused.value.hint
        # A request that only reads ends well meanwhile.
        assert (
            impatient.executor.submit(impatient.read, lambda records: records.computers.every()).result()
            == ()
        )
    impatient.executor.submit(impatient._writer.execute, "PRAGMA max_page_count = 100000").result()
    for record in (small, large):
        impatient.write(lambda records, each=record: records.computers.save(each))
    told = [record.getMessage() for record in caplog.records]
    assert [message.partition(":")[0] for message in told if "full" in message] == [
        "the database cannot be written"
    ]
    assert told[-1] == "the database works again"
    assert len(impatient.read(lambda records: records.computers.every())) == 2


def test_reading_cannot_change_anything(registry):
    with pytest.raises((HostFailure, TemporarilyUnavailable)):
        registry.read(lambda records: records.computers.save(RECORD))
    assert registry.read(lambda records: records.computers.every()) == ()


def test_a_whole_request_may_run_on_the_writing_thread(registry, clock):
    tenants = Master(registry, clock).for_caller().tenants
    Master(registry, clock).for_caller().hosts.describe(description("slappart0"))

    def request():
        with pytest.raises(InvalidInput):
            tenants.request(wanted("wrong", {"a": "\0"}))
        return tenants.request(wanted("web"))

    assert registry.executor.submit(request).result(30).partition == "slappart0"
    assert [each.title for each in tenants.list_services()] == ["web"]


def test_what_fails_in_a_shared_transaction_leaves_nothing(registry):
    def save(guid, *, fails):
        def work(records):
            records.computers.save(ComputerRecord(guid=ComputerGuid(guid)))
            if fails:
                raise LookupError(guid)

        return work

    def request():
        for guid in ("first", "second", "third", "fourth"):
            fails = guid in ("first", "third")
            with pytest.raises(LookupError) if fails else nullcontext():
                registry.write(save(guid, fails=fails))

    registry.executor.submit(request).result(30)
    kept = registry.read(lambda records: records.computers.every())
    assert [record.guid for record in kept] == ["fourth", "second"]


def test_a_server_that_goes_away_is_found_again(postgres_uri):
    with opened_storage(postgres_uri, lambda _: None) as storage:
        storage.registry.write(lambda records: records.computers.save(RECORD))
        address = postgres_uri.replace("+psycopg", "")
        with psycopg.connect(address, autocommit=True) as other:
            other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        assert len(storage.registry.read(lambda records: records.computers.every())) == 1


def test_a_server_that_lets_nobody_write_is_told_once(postgres_uri, caplog):
    with opened_storage(postgres_uri, lambda _: None) as storage:
        with psycopg.connect(postgres_uri.replace("+psycopg", ""), autocommit=True) as operator:
            operator.execute(f"ALTER DATABASE {operator.info.dbname} SET default_transaction_read_only = on")
        for _ in range(3):
            with pytest.raises(TemporarilyUnavailable, match="read-only transaction"):
                storage.registry.write(lambda records: records.computers.save(RECORD))
            assert storage.registry.read(lambda records: records.computers.every()) == ()
    told = [record.getMessage() for record in caplog.records if "database" in record.getMessage()]
    assert [message.partition(":")[0] for message in told] == ["the database cannot answer now"]


def test_a_server_that_closes_every_connection_is_found_again(postgres_uri):
    with opened_storage(postgres_uri, lambda _: None) as storage:
        at_once = threading.Barrier(16)
        with ThreadPoolExecutor(16) as threads:
            list(threads.map(lambda _: storage.registry.read(lambda _: at_once.wait(30)), range(16)))
        with psycopg.connect(postgres_uri.replace("+psycopg", ""), autocommit=True) as other:
            closed = other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            ).fetchall()
        assert len(closed) == 16
        assert storage.registry.read(lambda records: records.computers.every()) == ()


@pytest.mark.parametrize("timeout", ["lock_timeout", "statement_timeout"])
@pytest.mark.parametrize("busy", ["SELECT pg_advisory_xact_lock(%s)", "LOCK TABLE computer -- %s"])
def test_a_wait_that_the_server_ends_is_told_and_leaves_nothing_behind(postgres_uri, timeout, busy):
    address = postgres_uri.replace("+psycopg", "")
    others = int.from_bytes(b"writers", signed=True)

    def work(records):
        records.settings.remember("half", "written")
        records.computers.save(RECORD)

    with opened_storage(postgres_uri, lambda _: None) as storage, psycopg.connect(address) as other:
        with psycopg.connect(address, autocommit=True) as operator:
            operator.execute(f"ALTER DATABASE {other.info.dbname} SET {timeout} = '50ms'")
        other.execute(busy % others)
        with pytest.raises(TemporarilyUnavailable, match=f"due to {timeout.replace('_', ' ')}"):
            storage.registry.write(work)
        other.rollback()
        assert other.execute("SELECT count(*) FROM setting WHERE name = 'half'").fetchone() == (0,)


def test_work_that_meets_another_is_run_again(postgres_uri):
    """Two pieces of work that lock the same things in opposite order both end."""
    guids = (ComputerGuid("A"), ComputerGuid("B"))
    runs, barrier = [], threading.Barrier(2)

    def work(order):
        def run(records):
            runs.append(order)
            for index, guid in enumerate(order):
                records.computers.contact(guid, 1)
                if index == 0 and len(runs) <= 2:
                    barrier.wait(30)

        return run

    with opened_storage(postgres_uri, lambda _: None) as storage:
        for guid in guids:
            storage.registry.write(
                lambda records, each=guid: records.computers.save(ComputerRecord(guid=each))
            )
        with ThreadPoolExecutor(2) as threads:
            ends = [threads.submit(storage.registry.write, work(order)) for order in (guids, guids[::-1])]
            assert [end.result(60) for end in ends] == [None, None]
    assert len(runs) >= 3


@pytest.fixture
def local_storage(sqlite_uri, clock):
    with opened_storage(sqlite_uri, lambda _: None) as storage:
        yield storage


def test_local_releases_follow_their_directory(local_storage, clock, tmp_path):
    said = []
    old, new = tmp_path / "old", tmp_path / "new"
    new.mkdir()
    (new / "moved.cfg").write_text("")
    old.mkdir()
    (old / "left.cfg").write_text("")
    follow_local_root(local_storage, str(old), said.append)
    tenants = Master(local_storage.registry, clock).for_caller().tenants
    for url in (str(old / "moved.cfg"), str(old / "left.cfg"), OTHER_RELEASE):
        tenants.supply(url, COMPUTER, SoftwareState.AVAILABLE)
    for _ in range(2):
        follow_local_root(local_storage, str(new), said.append)
    releases = local_storage.registry.read(lambda records: records.releases.every())
    assert {release.url for release in releases} == {
        str(new / "moved.cfg"),
        str(old / "left.cfg"),
        OTHER_RELEASE,
    }
    (told,) = said
    assert "changed 1 records" in told
    assert any(path.name.endswith("-backup-local-root") for path in tmp_path.iterdir())


def test_a_database_on_a_server_is_its_operator_s_to_back_up(postgres_uri):
    with opened_storage(postgres_uri, lambda _: None) as storage:
        assert "server" in storage.back_up("anything")
