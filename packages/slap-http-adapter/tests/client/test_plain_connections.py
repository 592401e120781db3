"""HTTP over a bare socket: every form an answer may come in, and when a connection is used again."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from slap_http_adapter.client import plain_connections
from slap_http_adapter.client.exchange_failures import (
    BrokenOffError,
    ExchangeError,
    LateAnswerError,
    NotConnectedError,
)
from slap_http_adapter.client.plain_connections import PlainConnections


class Server:
    """Accepts connections one after the other and says on each, request by request, what it was given."""

    def __init__(self, *conversations: tuple[bytes, ...]) -> None:
        self.requests: list[bytes] = []
        self._conversations = conversations
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}/a?b=c"
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def end(self) -> None:
        self._thread.join()
        self._listening.close()

    def _serve(self) -> None:
        for answers in self._conversations:
            accepted, _ = self._listening.accept()
            with accepted:
                for answer in answers:
                    self.requests.append(accepted.recv(10_000))
                    for part in answer.split(b"|"):
                        accepted.sendall(part)
                        time.sleep(0.002 if b"|" in answer else 0)


@contextmanager
def serving(*conversations: tuple[bytes, ...]) -> Iterator[Server]:
    server = Server(*conversations)
    try:
        yield server
    finally:
        server.end()


@pytest.fixture
def connections():
    made = PlainConnections(timeout=5)
    yield made
    made.close()


def asked(connections: PlainConnections, url: str, body: bytes | None = None) -> tuple[int, bytes]:
    verb = "GET" if body is None else "POST"
    with connections.stream(verb, url, {"X-Y": "z"}, body) as (status, _, parts):
        return status, b"".join(parts)


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def test_a_request_says_where_it_goes_and_how_long_it_is(connections):
    with serving((OK, OK)) as server:
        asked(connections, server.url)
        asked(connections, server.url, b"form")
    host = server.url.split("/")[2].encode()
    assert server.requests == [
        b"GET /a?b=c HTTP/1.1\r\nHost: " + host + b"\r\nX-Y: z\r\n\r\n",
        b"POST /a?b=c HTTP/1.1\r\nHost: " + host + b"\r\nX-Y: z\r\nContent-Length: 4\r\n\r\nform",
    ]


@pytest.mark.parametrize(
    ("answer", "status", "body"),
    [
        (OK, 200, b"ok"),
        (b"HTTP/1.1 200 OK\r\nContent-Length:10\r\n\r\n01234|56789", 200, b"0123456789"),
        (b"HTTP/1.1 2|00 OK\r\nContent-Le|ngth: 2\r\n\r|\nok", 200, b"ok"),
        (b"HTTP/1.1 200 OK\r\nX: a\r\n\t b\r\nContent-Length:\r\n  2\r\n\r\nok", 200, b"ok"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\nContent-Length: 2\r\n\r\nok", 200, b"ok"),
        (b"HTTP/1.1 200 OK\r\n\r\nuntil |the end", 200, b"until the end"),
        (b"HTTP/1.0 200\nContent-Length: 2\n\nok", 200, b"ok"),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + OK, 200, b"ok"),
        (b"HTTP/1.1 204 Nothing\r\n\r\n", 204, b""),
        (b"HTTP/1.1 304 Same\r\nContent-Length: 7\r\n\r\n", 304, b""),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 200, b""),
        (
            CHUNKED + b"2;x=y\r\nab\r\n|A \r\n0123|456789\r\n0\r\nTrailer: t\r\n\r\n",
            200,
            b"ab0123456789",
        ),
    ],
)
def test_an_answer_is_read_whatever_its_form(connections, answer, status, body):
    with serving((answer,)) as server:
        assert asked(connections, server.url) == (status, body)


@pytest.mark.parametrize(
    ("answer", "trouble"),
    [
        (b"", "closed before"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nok", "closed before"),
        (b"HTTP/1.1 200 OK\r\nContent-Le", "closed before"),
        (b"SSH-2.0-x\r\n", "is no HTTP"),
        (b"HTTP/1.1 099 x\r\n\r\n", "is no HTTP"),
        (b"HTTP/1.1 200 OK\r\nno header\r\n\r\n", "header that is none"),
        (b"HTTP/1.1 200 OK\r\n folded: x\r\n\r\n", "header that is none"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "the length '-1'"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nok", "two lengths"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2, 3\r\n\r\nok", "two lengths"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2,\r\n\r\nok", "two lengths"),
        (b"HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\nok", "the length ''"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", "coded for its transfer"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\n\r\nok", "coded for its transfer"),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "coded twice",
        ),
        (CHUNKED + b"x\r\n", "chunk without a size"),
        (CHUNKED + b"1\r\nabc\r\n", "longer than its size"),
        (CHUNKED + b"5\r\nab", "closed before"),
    ],
)
def test_what_is_no_whole_answer_is_told(connections, answer, trouble):
    with serving((answer,)) as server, pytest.raises(BrokenOffError, match=trouble):
        asked(connections, server.url)


def test_a_header_that_goes_on_in_further_lines_is_one(connections):
    answer = b"HTTP/1.1 200 OK\r\nX: a\r\n\t b\r\n c\r\nContent-Length: 2\r\n\r\nok"
    with serving((answer,)) as server, connections.stream("GET", server.url, {}, None) as (_, headers, _):
        assert headers["x"] == "a b c"


def test_a_head_without_end_is_cut(connections, monkeypatch):
    monkeypatch.setattr(plain_connections, "_HEAD_LIMIT", 1000)
    with serving((b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 200,)) as server, pytest.raises(BrokenOffError):
        asked(connections, server.url)


def test_an_answer_that_does_not_come_is_late():
    impatient = PlainConnections(timeout=0.05)
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(LateAnswerError):
        asked(impatient, f"http://127.0.0.1:{silent.getsockname()[1]}/")


def test_nothing_was_sent_when_nobody_listens(connections):
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    with pytest.raises(NotConnectedError) as caught:
        asked(connections, f"http://127.0.0.1:{port}/")
    assert isinstance(caught.value.__cause__, ConnectionRefusedError)


@pytest.mark.parametrize("value", ["a\r\nB: c", "a\nb", "\0", "é"])
def test_a_header_cannot_become_two(connections, value):
    with (
        pytest.raises(ExchangeError, match="a header of the request"),
        connections.stream("GET", "http://127.0.0.1:9/", {"X": value}, None),
    ):
        pass


@pytest.mark.parametrize(
    "last",
    [
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
        OK + b"more than was announced",
    ],
)
def test_a_connection_that_is_at_its_end_is_not_used_again(connections, last):
    with serving((last,), (OK,)) as server:
        assert asked(connections, server.url) == asked(connections, server.url) == (200, b"ok")


def test_a_connection_that_was_closed_meanwhile_is_replaced(connections):
    with serving((OK,), (OK,)) as server:
        asked(connections, server.url)
        time.sleep(0.05)  # its server closes it after the first answer
        assert asked(connections, server.url) == (200, b"ok")


def test_an_answer_that_nobody_read_ends_its_connection(connections):
    with serving((OK,), (OK,)) as server:
        with connections.stream("GET", server.url, {}, None) as (status, _, _):
            assert status == 200
        assert asked(connections, server.url) == (200, b"ok")
