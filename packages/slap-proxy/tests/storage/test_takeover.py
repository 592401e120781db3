"""The database of an existing proxy is taken over whole, or left as it is."""

import importlib.util
import os
import sqlite3
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Barrier

import pytest

from slap_domain.errors import HostFailure
from slap_domain.model.instance import InstanceState
from slap_domain.model.master.records import ForwardedRequest
from slap_domain.model.references import ComputerGuid
from slap_proxy.storage.opening import opened_storage
from slap_proxy.storage.sqlite_file import back_up_file

HERE = Path(__file__).parent
REAL_DUMPS = Path(os.environ.get("SLAPPROXY_DUMPS", "/nonexistent"))
VERSIONS = range(10, 19)
MINE = ComputerGuid("mine")


@pytest.fixture(scope="module")
def old_proxy():
    spec = importlib.util.spec_from_file_location("slap_proxy_tests_old_proxy", HERE / "old_proxy.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def path(tmp_path):
    return tmp_path / "proxy.db"


def dump(path):
    with closing(sqlite3.connect(path)) as connection:
        return list(connection.iterdump())


def looked_at(path):
    return path.read_bytes(), sorted(each.name for each in path.parent.iterdir())


@pytest.mark.parametrize("version", VERSIONS)
def test_every_version_is_taken_over(old_proxy, path, version):
    old = old_proxy.OldProxy(path, version)
    old.write()
    before, said = dump(path), []
    with opened_storage(str(path), said.append, MINE) as storage:
        computer = ComputerGuid(old.computer) if old.computer else MINE
        read = storage.registry.read
        web, site, db, disk = read(lambda records: records.trees.on_computer(computer))
        slots = read(lambda records: records.computers.slots(computer))
        releases = read(lambda records: records.releases.of_computer(computer))
        forwarded = read(lambda records: records.forwards.every())
        root = read(lambda records: records.settings.find("local_software_release_root"))
    assert [(each.key.title, each.key.root) for each in (web, db, disk)] == [
        ("web", ""),
        ("db", "web"),
        ("disk", "web"),
    ]
    assert [each.requester for each in (web, db, disk)] == [None, web.number, db.number]
    assert [each.state for each in (web, db, disk)] == [
        InstanceState.STARTED,
        InstanceState.STOPPED,
        InstanceState.STARTED,
    ]
    assert (web.parameters, db.connection, web.type) == ({"n": "0"}, {"url": "db"}, "RootSoftwareInstance")
    assert (site.key.title, site.key.root, site.requester) == ("site", "web", db.number)
    assert (site.parameters, site.connection) == ({"domain": "é", "n": 3}, {"url": "s"})
    assert [(slot.busy, slot.addresses[0].address) for slot in slots] == [
        (True, "10.0.0.2"),
        (True, "10.0.0.3"),
        (True, "10.0.0.4"),
        (False, "10.0.0.5"),
    ]
    assert slots[0].timestamp == (1600000001 if version >= 13 else slots[1].timestamp)
    assert slots[1].timestamp > 1600000001
    assert [release.url for release in releases] == [old_proxy.RELEASE]
    assert forwarded == (
        (ForwardedRequest(title="far", master_url="https://example.com/"),) if version >= 12 else ()
    )
    assert root == ("/srv" if version >= 15 else None)
    (told,) = said
    assert f"schema version {version}" in told
    assert "nothing serves the shared instance '_orphan' any more" in told
    assert dump(path.with_name(f"proxy.db-backup-schema-{version}")) == before


def test_what_was_taken_over_is_opened_like_any_other(old_proxy, path):
    old_proxy.OldProxy(path, 18).write()
    said = []
    for _ in range(2):
        with opened_storage(str(path), said.append) as storage:
            assert storage.registry.read(lambda records: len(records.trees.roots(None))) == 1
    assert len(said) == 1
    with closing(sqlite3.connect(path)) as connection:
        left = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert not any(name[-1].isdigit() for name in left)


def test_a_second_backup_does_not_replace_the_first(old_proxy, path):
    old_proxy.OldProxy(path, 16).write()
    path.with_name("proxy.db-backup-schema-16").write_text("precious")
    with opened_storage(str(path), lambda _: None):
        assert path.with_name("proxy.db-backup-schema-16").read_text() == "precious"
        assert path.with_name("proxy.db-backup-schema-16-2").exists()


def test_of_two_starts_at_once_one_takes_over(old_proxy, path):
    old_proxy.OldProxy(path, 16).write()
    backups = [path.with_name(f"proxy.db-backup-schema-16{suffix}") for suffix in ("", "-2")]
    said = []

    def start():
        with opened_storage(str(path), said.append) as storage:
            return storage.registry.read(lambda records: len(records.trees.roots(None)))

    with closing(sqlite3.connect(path, isolation_level=None)) as other, ThreadPoolExecutor(2) as threads:
        other.execute("BEGIN IMMEDIATE")
        starts = [threads.submit(start) for _ in backups]
        deadline = time.monotonic() + 30
        while not all(each.exists() for each in backups) and time.monotonic() < deadline:
            time.sleep(0.01)
        other.execute("ROLLBACK")
        assert [each.result(30) for each in starts] == [1, 1]
    assert len(said) == 1
    assert [each.exists() for each in backups].count(True) == 1


def test_backups_made_at_once_are_files_of_their_own(old_proxy, path):
    old_proxy.OldProxy(path, 16).write()
    start = Barrier(8)

    def back_up():
        start.wait(30)
        return back_up_file(path, "now")

    with ThreadPoolExecutor(start.parties) as threads:
        made = [each.result(30) for each in [threads.submit(back_up) for _ in range(start.parties)]]
    assert len({*made}) == start.parties


def test_no_backup_is_left_of_what_could_not_be_taken_over(old_proxy, path):
    old_proxy.OldProxy(path, 16).write()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DROP TABLE computer16")
        connection.commit()
    before = looked_at(path)
    with pytest.raises(HostFailure):
        opened_storage(str(path), lambda _: None).__enter__()
    assert looked_at(path) == before


def test_titles_that_are_not_unique_are_told_apart(old_proxy, path):
    old_proxy.OldProxy(path, 18).write()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE partition18 SET partition_reference = 'db' WHERE reference = 'slappart2'")
        connection.commit()
    said = []
    with opened_storage(str(path), said.append) as storage:
        members = storage.registry.read(lambda records: records.trees.members("web"))
    assert [each.key.title for each in members] == ["db", "db (slappart2 of computer)", "site"]
    assert "two instances were called 'db'" in said[0]


@pytest.mark.parametrize("version", [9, 19])
def test_other_versions_are_left_as_they_are(old_proxy, path, version):
    old_proxy.OldProxy(path, version).write()
    before = looked_at(path)
    with pytest.raises(HostFailure, match=f"version {version}"), opened_storage(str(path), lambda _: None):
        pass
    assert looked_at(path) == before


def test_a_newer_version_is_told_from_what_is_foreign(old_proxy, path):
    old_proxy.OldProxy(path, 19).write()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE invention19 (name)")
        connection.commit()
    before = looked_at(path)
    with pytest.raises(HostFailure, match="newer existing proxy") as refused:
        opened_storage(str(path), lambda _: None).__enter__()
    assert "upgrade" in refused.value.hint
    assert looked_at(path) == before


def test_a_foreign_database_is_left_as_it_is(path):
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE addressbook18 (name)")
        connection.commit()
    before = looked_at(path)
    with pytest.raises(HostFailure, match="not the database of a master"):
        opened_storage(str(path), lambda _: None).__enter__()
    assert looked_at(path) == before


def test_what_is_no_database_is_left_as_it_is(path):
    path.write_bytes(b"dear diary" * 1000)
    before = looked_at(path)
    with pytest.raises(HostFailure, match="no database"):
        opened_storage(str(path), lambda _: None).__enter__()
    assert looked_at(path) == before


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE partition18 SET xml = '<instance' WHERE reference = 'slappart1'",
        "UPDATE partition18 SET slave_instance_list = '<marshal/>' WHERE reference = 'slappart0'",
    ],
)
def test_a_database_that_cannot_be_read_whole_is_left_as_it_is(old_proxy, path, change):
    old_proxy.OldProxy(path, 18).write()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(change)
        connection.commit()
    before = path.read_bytes()
    with pytest.raises(HostFailure, match="cannot be read"):
        opened_storage(str(path), lambda _: None).__enter__()
    assert path.read_bytes() == before


@pytest.mark.parametrize("version", [10, 12, 14, 16])
def test_published_dumps_are_taken_over(path, version):
    source = REAL_DUMPS / f"database_dump_version_{version}.sql"
    if not source.exists():
        pytest.skip("SLAPPROXY_DUMPS names no directory of published dumps")
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(source.read_text())
    computer = ComputerGuid("computer")
    with opened_storage(str(path), lambda _: None, computer) as storage:
        running = storage.registry.read(lambda records: records.trees.on_computer(computer))
        slots = storage.registry.read(lambda records: records.computers.slots(computer))
    assert [(each.key.root, each.key.title) for each in running] == [
        ("", "slapos"),
        ("slapos", "MariaDB DataBase"),
        ("slapos", "Cloudooo"),
        ("slapos", "Memcached"),
        ("slapos", "KumoFS"),
        ("slapos", "TidStorage"),
    ]
    assert len(slots) == 10
