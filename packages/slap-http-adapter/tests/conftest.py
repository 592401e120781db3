"""Makes the support modules of these tests importable, and gives a master to talk to."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from scripted_master import ScriptedMaster, scripted_master

from slap_http_adapter.client.connection import Connection, Persistence
from slap_http_adapter.client.master_address import MasterAddress


@pytest.fixture
def master() -> Iterator[ScriptedMaster]:
    with scripted_master() as running:
        yield running


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
def connection(master: ScriptedMaster, pauses: list[float]) -> Iterator[Connection]:
    address = MasterAddress(url=master.url, timeout=5)
    with Connection(address, Persistence(wait=pauses.append)) as opened:
        yield opened
