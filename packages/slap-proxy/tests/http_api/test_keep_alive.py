"""A connection is kept while its client asks again in time; one timer looks after all its requests."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import uvicorn
from uvicorn.server import ServerState

from slap_domain.model.master.caller import ANYBODY
from slap_proxy.http_api.application import Gate, MasterApplication, Workers
from slap_proxy.http_api.connection import HEADER_SECONDS, MasterConnection
from slap_proxy.http_api.endpoints import Endpoint, EndpointTable
from slap_proxy.http_api.exchange import text
from slap_proxy.http_api.failures import slap_failure
from slap_proxy.http_api.own_site import OwnSite
from slap_proxy.settings import Limits

GET = b"GET /fine HTTP/1.1\r\nHost: x\r\n\r\n"
KEPT = 5


class Timer:
    def __init__(self, due, act):
        self.due, self.act = due, act

    def cancel(self):
        self.due = float("inf")


class Loop:
    """A loop whose time passes when it is told."""

    def __init__(self):
        self.now, self.timers = 100.0, []

    def time(self):
        return self.now

    def call_later(self, seconds, act):
        self.timers.append(Timer(self.now + seconds, act))
        return self.timers[-1]

    def pass_time(self, seconds):
        end = self.now + seconds
        while due := [each for each in self.timers if each.due <= end]:
            first = min(due, key=lambda each: each.due)
            self.timers.remove(first)
            self.now = first.due
            first.act()
        self.now = end

    @property
    def waiting(self):
        return [each for each in self.timers if each.due != float("inf")]


class Transport:
    def __init__(self):
        self.answers, self.closed = 0, False

    def get_extra_info(self, name):
        return ("127.0.0.1", 1) if name in {"sockname", "peername"} else None

    def write(self, data):
        self.answers += data.startswith(b"HTTP/1.1 200")

    def is_closing(self):
        return self.closed

    def close(self):
        self.closed = True


@pytest.fixture
def connection():
    fine = Endpoint(handlers={"GET": lambda _: text("fine")}, failure=slap_failure, at_once=True)
    gate = Gate(identify=lambda _: ANYBODY, site=OwnSite(public_url="", names=frozenset(), plain=False))
    with ThreadPoolExecutor(1) as threads:
        application = MasterApplication(
            EndpointTable(fixed={"fine": fine}, below={}),
            None,
            gate=gate,
            workers=Workers(short=threads, long=threads, reads_at_once=True),
            limits=Limits(),
        )
        config = uvicorn.Config(
            application, interface="asgi3", log_config=None, proxy_headers=False, timeout_keep_alive=KEPT
        )
        config.load()
        made = MasterConnection(config, ServerState(), {}, _loop=Loop())
        made.connection_made(Transport())
        yield made


def test_who_asks_in_time_is_kept(connection):
    for count in range(1, 9):
        connection.data_received(GET)
        assert connection.transport.answers == count
        assert len(connection.loop.waiting) == 1
        connection.loop.pass_time(KEPT - 1)
    assert not connection.transport.closed


def test_who_asks_nothing_at_all_is_let_go(connection):
    connection.loop.pass_time(KEPT - 0.1)
    assert not connection.transport.closed
    connection.loop.pass_time(0.2)
    assert connection.transport.closed


def test_who_asks_nothing_more_is_let_go(connection):
    connection.data_received(GET)
    connection.loop.pass_time(KEPT - 1)
    connection.data_received(GET)
    connection.loop.pass_time(KEPT - 0.1)
    assert not connection.transport.closed
    connection.loop.pass_time(0.2)
    assert connection.transport.closed


def test_a_request_that_has_begun_has_its_own_time(connection):
    connection.data_received(GET)
    connection.loop.pass_time(KEPT - 1)
    connection.data_received(GET[:9])
    connection.loop.pass_time(HEADER_SECONDS - 1)
    assert not connection.transport.closed
    connection.data_received(GET[9:])
    connection.loop.pass_time(KEPT - 1)
    assert not connection.transport.closed
    connection.loop.pass_time(2)
    assert connection.transport.closed


def test_a_connection_that_ended_leaves_no_timer(connection):
    connection.data_received(GET)
    connection.connection_lost(None)
    assert connection.loop.waiting == []


def test_a_request_that_was_not_read_yet_when_it_stops_is_answered(connection):
    connection.data_received(GET)
    connection.shutdown()
    assert not connection.transport.closed
    connection.data_received(GET)
    assert connection.transport.answers == 2
    assert connection.transport.closed


def test_who_asks_nothing_when_it_stops_is_let_go_soon(connection):
    connection.data_received(GET)
    connection.shutdown()
    connection.loop.pass_time(0.2)
    assert connection.transport.closed
