"""Requests to servers that send on and on."""

import http.server
import itertools
import threading

import pytest

from slap_domain.errors import InvalidInput, TemporarilyUnavailable
from slap_node.outbound import Outbound

PIECES = 5


class Dripping(http.server.BaseHTTPRequestHandler):
    """Sends its answer in small pieces, each by itself."""

    def do_GET(self):
        if self.path == "/away":
            self.send_response(302)
            self.send_header("Location", "file:///etc/passwd")
            self.end_headers()
            return
        if self.path == "/head":
            self.wfile.write(b"HTTP/1.1 200 OK\r\n")
            self.drip(b"X-Drop: 1\r\n")
            return
        self.send_response(200)
        self.end_headers()
        if self.path == "/endless":
            self.drip(b"drop")
        for _ in range(PIECES):
            self.wfile.write(b"drop")
            self.server.ended.wait(0.05)

    def drip(self, drop):
        while not self.server.ended.wait(0.02):
            self.wfile.write(drop)

    def do_POST(self):
        self.do_GET()

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    def handle_error(self, request, client_address):
        """Clients of these tests break off on purpose."""


@pytest.fixture
def url():
    with Server(("127.0.0.1", 0), Dripping) as server:
        server.ended = threading.Event()
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.ended.set()
        server.shutdown()
        thread.join()


def test_what_comes_in_pieces_is_received(url):
    assert Outbound().get(url) == "drop" * PIECES


def test_a_redirect_away_from_the_web_is_refused(url):
    with pytest.raises(InvalidInput, match="/away redirects to what is neither http nor https"):
        Outbound().get(f"{url}away")


@pytest.mark.parametrize("verb", ["get", "send", "download"])
def test_a_server_that_drips_is_given_up(url, tmp_path, verb):
    minutes = itertools.count(0, 61.0)
    outbound = Outbound(clock=lambda: next(minutes))
    requests = {
        "get": lambda: outbound.get(url),
        "send": lambda: outbound.send("POST", url),
        "download": lambda: outbound.download(url, tmp_path / "file", limit=1000),
    }
    with pytest.raises(TemporarilyUnavailable, match=r"sends too slowly: \d+ bytes in a minute"):
        requests[verb]()


@pytest.mark.parametrize("path", ["head", "endless"])
def test_a_small_document_is_waited_for_so_long_and_no_longer(url, path):
    with pytest.raises(TemporarilyUnavailable, match=r"no end with its answer: it was given up after 0\.2 s"):
        Outbound(patience=0.2).get(f"{url}{path}")


def test_a_document_that_is_here_in_time_is_not_given_up(url):
    assert Outbound(patience=30.0).get(url) == "drop" * PIECES
    timers = [thread for thread in threading.enumerate() if isinstance(thread, threading.Timer)]
    assert all(timer.finished.is_set() for timer in timers)
