"""What a client is told when its request does not arrive, or its change cannot be kept."""

import json
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

SUPPLY = {"computer_id": "c", "url": "https://example.com/u.cfg", "state": "available"}


@pytest.fixture
def impatient(settings):
    """A client of a master that does not wait for others who write to its file."""
    with opened_storage(settings.database_uri, lambda _: None):
        pass
    registry = SqliteRegistry(Path(settings.database_uri), make_schema(), busy_seconds=0.05)
    with (
        assembled_master(settings, registry, "memory", short=registry.executor) as master,
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
        assert int(refused.headers["Retry-After"]) > 0
        told = client.post("/slapos.get.v0.hateoas_url", json={})
        assert (told.status_code, told.json()["status"]) == (503, 503)
        assert int(told.headers["Retry-After"]) > 0
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


GUID = "n%s______0"
BAD = ("\0", "\ud800")
BY_GUID = {
    "get.v0.software_instance": {},
    "put.v0.software_instance_bang": {"message": "m"},
    "put.v0.software_instance_error": {"message": "m"},
    "put.v0.software_instance_title": {"title": "t"},
    "put.v0.software_instance_reported_state": {"reported_state": "started"},
    "put.v0.software_instance_connection_parameter": {"connection_parameter_dict": {}},
    "get.v0.software_instance_certificate": {},
    "allDocs.v0.instance_node_instance_list": {},
}


@pytest.mark.parametrize("method", BY_GUID)
@pytest.mark.parametrize("bad", BAD)
def test_what_no_database_keeps_is_refused_in_json(client, method, bad):
    body = json.dumps({"instance_guid": GUID % bad, **BY_GUID[method]}).encode()
    answer = client.post(f"/slapos.{method}", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, "is no text" in answer.text) == (400, True)


def test_what_no_database_keeps_is_refused_in_names_of_parameters(client):
    body = b'{"title": "t", "software_release_uri": "u", "parameters": {"\\u0000": "x"}}'
    head = {"Content-Type": "application/json"}
    assert client.post("/slapos.post.v0.software_instance", content=body, headers=head).status_code == 400


@pytest.mark.parametrize("number", ["1e400", "-1e400", "Infinity", "NaN"])
def test_numbers_without_end_are_refused(client, number):
    body = f'{{"title": "t", "software_release_uri": "u", "sla_parameters": {{"retention_delay": {number}}}}}'
    head = {"Content-Type": "application/json"}
    answer = client.post("/slapos.post.v0.software_instance", content=body, headers=head)
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "path",
    [
        "/hateoas/services/a%00b",
        "/getComputerPartitionStatus?computer_id=c&computer_partition_id=p&slave_reference=a%00",
        "/getSoftwareReleaseListFromSoftwareProduct?software_product_reference=a%00",
    ],
)
def test_a_nul_in_a_name_is_refused(client, path):
    assert client.get(path).status_code == 400


def test_messages_may_hold_what_programs_say(client, recorded):
    recorded("loadComputerConfigurationFromXML").send(client)
    recorded("requestComputerPartition.root").send(client)
    place = {"computer_id": "local_computer", "computer_partition_id": "slappart0"}
    told = client.post("/softwareInstanceError", data={**place, "error_log": "a\0b"})
    assert told.status_code == 200, told.text
    body = json.dumps({"instance_guid": "my instance______0", "message": "a\0\ud800b"})
    head = {"Content-Type": "application/json"}
    told = client.post("/slapos.put.v0.software_instance_error", content=body, headers=head)
    assert told.status_code == 200, told.text


def test_a_title_of_blanks_is_none(client):
    body = {"title": " \u3000", "software_release_uri": "u"}
    assert client.post("/slapos.post.v0.software_instance", json=body).status_code == 400
