"""The library, connected to a master that knows how to answer it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from library_steps import knowing_master
from scripted_master import ScriptedMaster

if TYPE_CHECKING:
    from slap_http_adapter.client.connection import Connection


@pytest.fixture
def master() -> Iterator[ScriptedMaster]:
    with knowing_master() as running:
        yield running


@pytest.fixture
def connection(master: ScriptedMaster) -> Any:
    # Not above: what a conftest imports is imported before coverage is measured.
    from slapos import slap  # noqa: PLC0415

    opened = slap.slap()
    opened.initializeConnection(master.url)
    return opened


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Repeat requests without waiting."""
    from slap_http_adapter.client.connection import Connection, Persistence  # noqa: PLC0415

    kept: dict[object, Connection] = {}

    def connection(address: Any) -> "Connection":
        return kept.setdefault(address, Connection(address, Persistence(wait=lambda _: None)))

    monkeypatch.setattr("slapos.slap.connection_helper.shared_connection", connection)
    monkeypatch.setattr("slapos.slap.hateoas.shared_connection", connection)
    yield
    for opened in kept.values():
        opened.close()
