"""Databases to test the storage on: a file of SQLite, and a private PostgreSQL server."""

import importlib.util
import itertools
import os
import sys
from pathlib import Path

import pytest

from slap_domain.testing.manual_clock import ManualClock
from slap_domain.use_cases.master import Master
from slap_proxy.storage.opening import opened_storage

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
def database_uri(request):
    return request.getfixturevalue("sqlite_uri" if request.param == "sqlite" else "postgres_uri")


@pytest.fixture
def registry(database_uri):
    with opened_storage(database_uri, lambda _: None) as storage:
        yield storage.registry


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def master(registry, clock):
    return Master(registry, clock)
