"""Short requests are answered directly: in order, within the limits, and as the way of ASGI would."""

import contextlib
import logging
import re
import socket
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

import httpx
import pytest

from slap_domain.model.master.caller import ANYBODY
from slap_proxy.http_api.answer_bytes import answer_bytes
from slap_proxy.http_api.application import Gate, MasterApplication, Workers
from slap_proxy.http_api.endpoints import Endpoint, EndpointTable
from slap_proxy.http_api.exchange import Answer, text
from slap_proxy.http_api.failures import slap_failure
from slap_proxy.http_api.own_site import OwnSite
from slap_proxy.server import serving
from slap_proxy.settings import Limits
from slap_proxy.wiring import Master

SUPPLY = b"computer_id=c&url=http://example.com/&state=available"
POST = b"POST /supplySupply HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%b" % (len(SUPPLY), SUPPLY)
GET = b"GET /getRunId HTTP/1.1\r\nHost: x\r\n\r\n"


def address(client):
    return client.base_url.host, client.base_url.port


def exchanged(client, sent, enough):
    """Send bytes, and return what comes until there is enough or the connection ends."""
    received = b""
    with socket.create_connection(address(client), timeout=10) as connection:
        connection.sendall(sent)
        while not enough(received):
            piece = connection.recv(65536)
            if not piece:
                break
            received += piece
    return received


def test_pipelined_requests_are_answered_in_order(client):
    count = 8000
    received = exchanged(client, POST + GET * count + POST, lambda told: told.count(b"HTTP/1.1") == count + 2)
    bodies = re.findall(rb"\r\n\r\n(.*?)(?=HTTP/1.1 |\Z)", received, re.DOTALL)
    assert re.findall(rb"HTTP/1.1 (\d+)", received) == [b"200"] * (count + 2)
    assert {len(body) for body in bodies[1:-1]} == {32}
    assert bodies[0].startswith(b"Supplied")


def test_who_sent_what_is_malformed_is_logged(client, caplog):
    with socket.create_connection(address(client), timeout=10) as connection:
        connection.sendall(b"nonsense\r\n\r\n")
        assert connection.recv(65536).startswith(b"HTTP/1.1 400")
        host, port = connection.getsockname()
    assert f"{host}:{port}: Invalid HTTP request received." in caplog.messages


@pytest.mark.parametrize(
    "flood", [b"A: b\r\n" * 40_000, b"A: " + b"b" * 400_000], ids=["many", "one that does not end"]
)
def test_headers_without_end_are_refused(client, flood):
    received = b""
    # Who goes on sending may see the connection end before the answer.
    with contextlib.suppress(ConnectionResetError, BrokenPipeError):
        received = exchanged(client, b"GET /getRunId HTTP/1.1\r\n" + flood, lambda _: False)
    assert received[:13] in (b"", b"HTTP/1.1 400 ")
    assert client.get("/getRunId").status_code == 200


def test_a_body_that_does_not_come_is_waited_for_a_while(settings, serve):
    with serve(replace(settings, limits=Limits(seconds=0.3))) as client:
        received = exchanged(client, POST[:-5], lambda _: False)
    assert received.startswith(b"HTTP/1.1 408 ")
    assert b"connection: close" in received


def test_both_ways_lead_to_the_same_answer(client):
    whole = client.post("/supplySupply", content=SUPPLY)
    parts = client.post("/supplySupply", content=iter([SUPPLY[:9], SUPPLY[9:]]))
    assert (whole.status_code, whole.content) == (parts.status_code, parts.content)
    assert {**whole.headers, "date": ""} == {**parts.headers, "date": ""}
    wrong = client.request("PUT", "/supplySupply", content=SUPPLY)
    assert (wrong.status_code, wrong.headers["allow"]) == (405, "OPTIONS, POST")
    assert client.head("/getRunId").headers["content-length"] == "32"


@pytest.fixture
def careless(settings):
    """A client of a master with handlers that nobody would write."""
    verbs = {"GET": lambda _: 1 / 0}
    table = EndpointTable(
        fixed={
            "later": Endpoint(handlers=verbs, failure=slap_failure),
            "once": Endpoint(handlers=verbs, failure=slap_failure, at_once=True),
            "long": Endpoint(handlers=verbs, failure=slap_failure, long=True),
            "fine": Endpoint(handlers={"GET": lambda _: text("fine")}, failure=slap_failure),
        },
        below={},
    )
    with client_of(table, settings) as client:
        yield client


@contextlib.contextmanager
def client_of(table, settings, alone=None):
    gate = Gate(identify=lambda _: ANYBODY, site=OwnSite(public_url="", names=frozenset(), plain=False))
    with ThreadPoolExecutor(2, thread_name_prefix="worker") as threads:
        workers = Workers(short=threads, long=threads, reads_at_once=True, alone=alone)
        application = MasterApplication(table, None, gate=gate, workers=workers, limits=settings.limits)
        master = Master(application=application, records_place="nowhere")
        with serving(master, settings) as url, httpx.Client(base_url=url, trust_env=False) as client:
            yield client


def test_who_is_alone_is_answered_without_a_worker(settings):
    def at_once(handle, *arguments):
        done = Future()
        done.set_result(handle(*arguments))
        return done

    verbs = {"GET": lambda _: text(threading.current_thread().name)}
    table = EndpointTable(fixed={"who": Endpoint(handlers=verbs, failure=slap_failure)}, below={})
    with client_of(table, settings, at_once) as client:
        assert client.get("/who").text == "slap-proxy"
        with socket.create_connection(address(client), timeout=10) as other:
            other.sendall(b"GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n")
            assert other.recv(65536).startswith(b"HTTP/1.1 404")
            assert client.get("/who").text.startswith("worker")


@pytest.mark.parametrize("path", ["/later", "/once", "/long"])
def test_a_defect_is_logged_and_told_as_one(careless, path, caplog):
    with caplog.at_level(logging.ERROR):
        answer = careless.get(path)
    assert (answer.status_code, answer.text) == (500, "Internal Server Error")
    (record,) = [each for each in caplog.records if "ZeroDivisionError" in (each.exc_text or "")]
    assert record.getMessage() == "a request could not be handled"
    assert careless.get("/fine").status_code == 200


def test_a_header_is_one_line():
    with pytest.raises(ValueError, match="more than one line"):
        answer_bytes(Answer(headers=(("x", "a\r\nb: c"),)), "GET", (), is_last=False)
