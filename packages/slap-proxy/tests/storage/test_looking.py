"""Looking at a database leaves it as it is, whatever made it."""

import contextlib
import sqlite3
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from slap_domain.errors import HostFailure
from slap_domain.testing.master_contract import description, wanted
from slap_domain.use_cases.master.whole_master import Master
from slap_proxy.storage.looking import records_looked_at
from slap_proxy.storage.opening import opened_storage
from slap_proxy.storage.schema import VERSION_TABLE

OLD_TABLES = """
CREATE TABLE software16 (url VARCHAR(255), computer_reference VARCHAR(255) DEFAULT 'c');
CREATE TABLE computer16 (reference VARCHAR(255), address VARCHAR(255), netmask VARCHAR(255));
CREATE TABLE partition16 (reference VARCHAR(255), computer_reference VARCHAR(255), slap_state VARCHAR(255));
CREATE TABLE slave16 (reference VARCHAR(255), computer_reference VARCHAR(255));
CREATE TABLE partition_network16 (partition_reference VARCHAR(255), computer_reference VARCHAR(255));
INSERT INTO computer16 VALUES ('mine', '10.0.0.1', '255.0.0.0');
"""


def titles(uri):
    with records_looked_at(uri, lambda _: None) as reader:
        return [each.key.title for each in reader.read(lambda records: records.trees.every())]


def content(path):
    return {each.name: sha256(each.read_bytes()).hexdigest() for each in Path(path).parent.iterdir()}


def test_a_running_master_is_looked_at(database_uri, clock):
    with opened_storage(database_uri, lambda _: None) as storage:
        master = Master(storage.registry, clock).for_caller()
        master.hosts.describe(description("slappart0"))
        assert titles(database_uri) == []
        master.tenants.request(wanted("web"))
        assert titles(database_uri) == ["web"]
    assert titles(database_uri) == ["web"]


def test_a_stopped_master_s_file_is_left_alone(sqlite_uri):
    with opened_storage(sqlite_uri, lambda _: None):
        pass
    before = content(sqlite_uri)
    assert list(before) == [Path(sqlite_uri).name]
    assert titles(sqlite_uri) == []
    assert content(sqlite_uri) == before


def test_an_existing_proxy_keeps_its_database(sqlite_uri):
    with contextlib.closing(sqlite3.connect(sqlite_uri)) as connection:
        connection.executescript(OLD_TABLES)
    before, said = content(sqlite_uri), []
    with records_looked_at(sqlite_uri, said.append) as reader:
        (computer,) = reader.read(lambda records: records.computers.every())
    assert computer.guid == "mine"
    assert "existing proxy" in said[0]
    assert content(sqlite_uri) == before


@pytest.mark.parametrize(
    "made", ["", "CREATE TABLE addressbook (name text)", "CREATE TABLE software99 (url text)"]
)
def test_what_is_no_masters_is_refused_as_it_is(sqlite_uri, made):
    with contextlib.closing(sqlite3.connect(sqlite_uri)) as connection:
        connection.executescript(made)
    before = content(sqlite_uri)
    with pytest.raises(HostFailure, match=Path(sqlite_uri).name) as failure:
        titles(sqlite_uri)
    assert sqlite_uri in str(failure.value)
    assert content(sqlite_uri) == before


def test_a_newer_masters_database_is_refused(database_uri):
    with opened_storage(database_uri, lambda _: None):
        pass
    url = database_uri if "://" in database_uri else f"sqlite:///{database_uri}"
    with create_engine(url, poolclass=NullPool).begin() as connection:
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '9999'"))
    with pytest.raises(HostFailure, match="9999"):
        titles(database_uri)


def test_an_empty_server_is_left_empty(postgres_uri):
    for _ in range(2):
        with pytest.raises(HostFailure, match="is empty"):
            titles(postgres_uri)


def test_nothing_can_be_written(sqlite_uri, clock):
    with opened_storage(sqlite_uri, lambda _: None):
        pass
    with records_looked_at(sqlite_uri, lambda _: None) as reader, pytest.raises(Exception, match="readonly"):
        reader.read(lambda records: records.settings.remember("name", "value"))
