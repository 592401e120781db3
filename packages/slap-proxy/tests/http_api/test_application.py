"""What a client is told when its request does not arrive, or its change cannot be kept."""

import socket
import sqlite3
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from slap_proxy.server import serving
from slap_proxy.storage.opening import opened_storage
from slap_proxy.storage.schema import make_schema
from slap_proxy.storage.sqlite_registry import SqliteRegistry
from slap_proxy.wiring import assembled_master

SUPPLY = {"computer_id": "c", "url": "u", "state": "available"}


@pytest.fixture
def impatient(settings):
    """A client of a master that does not wait for others who write to its file."""
    with opened_storage(settings.database_uri, lambda _: None):
        pass
    registry = SqliteRegistry(Path(settings.database_uri), make_schema(), busy_seconds=0.05)
    with (
        assembled_master(settings, registry, "memory") as master,
        serving(master, settings) as url,
        httpx.Client(base_url=url, timeout=10, trust_env=False) as client,
    ):
        yield client, registry
    registry.close()


def test_what_could_not_be_kept_may_be_tried_again(impatient, settings):
    client, _ = impatient
    with closing(sqlite3.connect(settings.database_uri, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        refused = client.post("/supplySupply", data=SUPPLY)
        assert (refused.status_code, "locked" in refused.text) == (503, True)
        told = client.post("/slapos.get.v0.hateoas_url", json={})
        assert (told.status_code, told.json()["status"]) == (503, 503)
        other.execute("ROLLBACK")
    assert client.post("/supplySupply", data=SUPPLY).status_code == 200


def test_a_master_that_is_stopping_says_so(impatient):
    client, registry = impatient
    registry.close()
    refused = client.post("/supplySupply", data=SUPPLY)
    assert (refused.status_code, refused.text) == (503, "the master is stopping")


def test_half_a_request_is_no_request(client):
    address = (client.base_url.host, client.base_url.port)
    body = b"computer_id=c&url=u&state=available"
    head = f"POST /supplySupply HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body) + 100}\r\n\r\n"
    with socket.create_connection(address, timeout=10) as connection:
        connection.sendall(head.encode() + body)
        connection.shutdown(socket.SHUT_WR)
        assert b" 200 " not in connection.recv(100)
    shown = client.get("/getFullComputerInformation", params={"computer_id": "c"})
    assert shown.status_code == 404
