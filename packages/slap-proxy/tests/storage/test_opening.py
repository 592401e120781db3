"""Databases are made, migrated or refused; what is refused is left as it is."""

import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import URL, create_engine, make_url, text
from sqlalchemy.pool import NullPool

from slap_domain.errors import ConfigurationError, HostFailure
from slap_domain.testing.master_contract import COMPUTER, description, wanted
from slap_domain.use_cases.master.whole_master import Master
from slap_proxy.settings import ProxySettings
from slap_proxy.storage import sqlite_file, upgrading
from slap_proxy.storage.looking import records_looked_at
from slap_proxy.storage.opening import opened_storage
from slap_proxy.storage.schema import REVISION, VERSION_TABLE, make_schema


def engine_of(uri):
    url = make_url(uri) if "://" in uri else URL.create("sqlite", database=uri)
    return create_engine(url, poolclass=NullPool)


def make_first_version(uri):
    configuration = upgrading._configuration()
    with engine_of(uri).begin() as connection:
        configuration.attributes["connection"] = connection
        command.upgrade(configuration, "0001")


def differences(uri):
    with engine_of(uri).connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
        return compare_metadata(context, make_schema().metadata)


def index_texts(path):
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")
        return {name: " ".join(sql.replace('"', "").split()) for name, sql in rows}


def test_a_new_database_is_made_once(database_uri):
    said = []
    for _ in range(2):
        with opened_storage(database_uri, said.append):
            pass
    assert len(said) == 1
    assert differences(database_uri) == []


def test_a_file_is_opened_without_what_only_servers_need(tmp_path):
    program = (
        "import sys; from slap_proxy.storage.opening import opened_storage\n"
        "with opened_storage(sys.argv[1], print): print(*sys.modules)"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "p.sqlite")]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    imported = said.split()
    assert "slap_proxy.storage.schema" in imported
    assert [name for name in imported if "postgres" in name and not name.startswith("slap_proxy")] == []


def test_an_older_master_s_database_is_migrated(database_uri):
    make_first_version(database_uri)
    said = []
    with opened_storage(database_uri, said.append) as storage:
        assert storage.registry.read(lambda records: records.computers.every()) == ()
    assert len(said) == 1
    assert f"from revision 0001 to {REVISION}" in said[0]
    assert differences(database_uri) == []


def test_of_two_starts_at_once_one_migrates(sqlite_uri, tmp_path):
    make_first_version(sqlite_uri)
    backups = [tmp_path / f"proxy.sqlite-backup-revision-0001{suffix}" for suffix in ("", "-2")]
    said = []

    def start():
        with opened_storage(sqlite_uri, said.append):
            pass

    with (
        closing(sqlite3.connect(sqlite_uri, isolation_level=None)) as other,
        ThreadPoolExecutor(2) as threads,
    ):
        other.execute("BEGIN IMMEDIATE")
        starts = [threads.submit(start) for _ in backups]
        deadline = time.monotonic() + 30
        while not all(each.exists() for each in backups) and time.monotonic() < deadline:
            time.sleep(0.01)
        other.execute("ROLLBACK")
        for each in starts:
            each.result(30)
    assert len(said) == 1
    assert [each.exists() for each in backups].count(True) == 1
    assert differences(sqlite_uri) == []


def test_what_another_start_has_just_migrated_is_in_nobody_s_way(sqlite_uri, tmp_path):
    with opened_storage(sqlite_uri, lambda _: None), pytest.raises(sqlite_file._OvertakenError):
        sqlite_file._bring_up_to_date(tmp_path / "proxy.sqlite", "0001", lambda _: None)


def test_a_file_that_cannot_be_migrated_is_left_as_it_is(sqlite_uri, tmp_path):
    make_first_version(sqlite_uri)
    with closing(sqlite3.connect(sqlite_uri)) as connection:
        connection.execute("DROP INDEX instance_host")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(HostFailure, match="no such index"):
        opened_storage(sqlite_uri, lambda _: None).__enter__()
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_migrated_and_new_tables_are_the_same(tmp_path):
    for name in ("old", "new"):
        if name == "old":
            make_first_version(str(tmp_path / name))
        with opened_storage(str(tmp_path / name), lambda _: None):
            pass
    old, new = index_texts(tmp_path / "old"), index_texts(tmp_path / "new")
    assert {name: sql for name, sql in old.items() if "INDEX" in sql} == {
        name: sql for name, sql in new.items() if "INDEX" in sql
    }
    assert set(old) == set(new)


def test_the_last_migration_leads_to_this_version():
    assert upgrading.revisions()[0] == REVISION


def test_a_newer_master_s_database_is_left_as_it_is(database_uri):
    with opened_storage(database_uri, lambda _: None):
        pass
    with engine_of(database_uri).begin() as connection:
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '9999'"))
    with pytest.raises(HostFailure, match="newer master"):
        opened_storage(database_uri, lambda _: None).__enter__()


def test_nothing_is_left_beside_a_file_that_is_refused(sqlite_uri, tmp_path):
    with opened_storage(sqlite_uri, lambda _: None):
        pass
    with engine_of(sqlite_uri).begin() as connection:
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '9999'"))
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(HostFailure, match="newer master"):
        opened_storage(sqlite_uri, lambda _: None).__enter__()
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_directory_is_no_database(tmp_path):
    with pytest.raises(HostFailure, match="is a directory"):
        opened_storage(str(tmp_path), lambda _: None).__enter__()


def test_a_foreign_database_of_postgresql_is_left_as_it_is(postgres_uri):
    with engine_of(postgres_uri).begin() as connection:
        connection.execute(text("CREATE TABLE addressbook (name text)"))
    with pytest.raises(HostFailure, match="not a master's"):
        opened_storage(postgres_uri, lambda _: None).__enter__()


def say_revision(uri, revision):
    with engine_of(uri).begin() as connection:
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '{revision}'"))


def test_nothing_is_migrated_while_a_master_uses_it(database_uri):
    with opened_storage(database_uri, lambda _: None) as storage:
        assert storage.registry.read(lambda records: records.computers.every()) == ()
        say_revision(database_uri, "0002")
        with pytest.raises(HostFailure, match="another version is using"):
            opened_storage(database_uri, lambda _: None).__enter__()
        say_revision(database_uri, REVISION)
        assert storage.registry.read(lambda records: records.computers.every()) == ()


def test_a_master_stops_where_another_version_has_migrated(postgres_uri):
    with opened_storage(postgres_uri, lambda _: None) as storage:
        say_revision(postgres_uri, "9999")
        with pytest.raises(HostFailure, match="another version of the master has migrated"):
            storage.registry.read(lambda records: records.computers.every())


def test_a_path_is_relative_to_the_working_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with opened_storage("proxy.db", lambda _: None) as storage:
        assert storage.place == str(tmp_path / "proxy.db")
    assert (tmp_path / "proxy.db").stat().st_mode & 0o777 == 0o600


def test_a_url_may_name_a_file(tmp_path):
    with opened_storage(f"sqlite:///{tmp_path}/proxy.db", lambda _: None) as storage:
        assert storage.place == str(tmp_path / "proxy.db")


@pytest.mark.parametrize("uri", ["mysql://host/name", "postgresql://host", "://", "sqlite://"])
def test_urls_that_name_no_database_are_refused(uri):
    with pytest.raises(ConfigurationError, match="database_uri"):
        opened_storage(uri, lambda _: None).__enter__()


@pytest.mark.parametrize(
    "uri",
    [
        "postgresql://user:secret@/name?host={}",
        "postgresql://user@/name?password=secret&host={}",
        "postgresql://user@/name?host={}&sslpassword=secret",
        "mysql://user@host/name?password=secret",
        "postgresql://user:secret@host:port/name",
        "postgresql://user:se/secret@[host/name",
    ],
)
def test_a_password_is_not_shown(tmp_path, uri):
    for look in (opened_storage, records_looked_at):
        with pytest.raises((HostFailure, ConfigurationError)) as failure:
            look(uri.format(tmp_path), lambda _: None).__enter__()
        assert "secret" not in f"{failure.value} {failure.value.hint}"
    assert "secret" not in repr(ProxySettings(database_uri=uri))


def test_a_password_in_the_query_is_not_said(postgres_uri):
    said = []
    both = "&" if "?" in postgres_uri else "?"
    with opened_storage(f"{postgres_uri}{both}password=secret", said.append) as storage:
        assert "secret" not in f"{said} {storage.place}"
        assert len(said) == 1


def test_a_database_that_cannot_be_made_says_why(tmp_path):
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "absent" / "proxy.db", tmp_path / "file" / "proxy.db"):
        with pytest.raises(HostFailure, match="cannot be made"):
            opened_storage(str(path), lambda _: None).__enter__()


def test_what_was_written_is_there_after_closing(database_uri, clock):
    with opened_storage(database_uri, lambda _: None) as storage:
        master = Master(storage.registry, clock).for_caller()
        master.hosts.describe(description("slappart0"))
        master.tenants.request(wanted("web"))
    with opened_storage(database_uri, lambda _: None) as storage:
        master = Master(storage.registry, clock).for_caller()
        assert [service.title for service in master.tenants.list_services()] == ["web"]
        assert not master.nodes.assignment(COMPUTER).partitions[0].is_free
