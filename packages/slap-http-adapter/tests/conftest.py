"""Makes the support modules of these tests importable, and gives a master to talk to."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from scripted_master import ScriptedMaster, scripted_master

if TYPE_CHECKING:
    from slap_http_adapter.client.connection import Connection


@pytest.fixture
def master() -> Iterator[ScriptedMaster]:
    with scripted_master() as running:
        yield running


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
def connection(master: ScriptedMaster, pauses: list[float]) -> Iterator["Connection"]:
    # Not above: what a conftest imports is imported before coverage is measured.
    from slap_http_adapter.client.connection import Connection, Persistence  # noqa: PLC0415
    from slap_http_adapter.client.master_address import MasterAddress  # noqa: PLC0415

    address = MasterAddress(url=master.url, timeout=5)
    with Connection(address, Persistence(wait=pauses.append)) as opened:
        yield opened
