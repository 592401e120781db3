"""Databases to test the storage on: a file of SQLite, and a private PostgreSQL server."""

import importlib.util
import itertools
import os
import sys
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from slap_domain.testing.manual_clock import ManualClock
from slap_domain.use_cases.master.whole_master import Master
from slap_proxy.storage.opening import opened_storage
from slap_proxy.storage.schema import make_schema

_NAMES = itertools.count()


def _server_module():
    # With importlib's import mode test folders are no packages: a neighbour is loaded by its path.
    path = Path(__file__).with_name("postgres_server.py")
    spec = importlib.util.spec_from_file_location("slap_proxy_tests_postgres_server", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def postgres():
    module = _server_module()
    programs = module.binaries()
    if programs is None:
        if os.environ.get("CI"):
            pytest.fail("PostgreSQL's binaries are missing: install Debian's package postgresql")
        pytest.skip("PostgreSQL's binaries are not installed")
    with module.running_server(programs) as server:
        yield server


@pytest.fixture
def postgres_uri(postgres):
    return postgres.make_database(f"master_{os.getpid()}_{next(_NAMES)}")


@pytest.fixture
def sqlite_uri(tmp_path):
    return str(tmp_path / "proxy.sqlite")


@pytest.fixture(params=["sqlite", "postgresql"])
def engine_name(request):
    return request.param


@pytest.fixture
def database_uri(engine_name, request):
    """Name an empty database that nobody has opened before."""
    return request.getfixturevalue("sqlite_uri" if engine_name == "sqlite" else "postgres_uri")


@pytest.fixture(scope="session")
def shared_postgres(postgres):
    """Give one database for the tests that only need empty tables: making one takes longer than they do."""
    uri = postgres.make_database(f"shared_{os.getpid()}")
    with opened_storage(uri, lambda _: None) as storage:
        yield uri, storage.registry


@pytest.fixture
def records_uri(engine_name, request):
    if engine_name == "sqlite":
        return request.getfixturevalue("sqlite_uri")
    uri, _ = request.getfixturevalue("shared_postgres")
    tables = ", ".join(make_schema().metadata.tables)
    with create_engine(uri, poolclass=NullPool).begin() as connection:
        connection.execute(text(f"TRUNCATE {tables} RESTART IDENTITY"))
    return uri


@pytest.fixture
def registry(engine_name, records_uri, request):
    if engine_name == "postgresql":
        yield request.getfixturevalue("shared_postgres")[1]
        return
    with opened_storage(records_uri, lambda _: None) as storage:
        yield storage.registry


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def master(registry, clock):
    return Master(registry, clock)
