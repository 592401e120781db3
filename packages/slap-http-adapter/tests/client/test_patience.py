"""Masters that answer in drops, each in time and never to an end, by every way out of the machine."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from slap_domain.errors import MasterUnreachable
from slap_http_adapter.client.connection import Connection, Persistence
from slap_http_adapter.client.exchange_failures import LateAnswerError
from slap_http_adapter.client.master_address import MasterAddress
from slap_http_adapter.client.patience import Patience

_HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"


@contextmanager
def dripping(beginning: bytes) -> Iterator[str]:
    """Say something, and then a drop at a time until the other side has enough."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def drip() -> None:
            accepted, _ = listening.accept()
            with accepted:
                accepted.settimeout(0.01)
                accepted.sendall(beginning)
                try:
                    while accepted.send(b"x"):
                        _pause(accepted)
                except OSError:
                    return

        thread = threading.Thread(target=drip)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
        thread.join()


def _pause(accepted: socket.socket) -> None:
    try:
        accepted.recv(10_000)
    except TimeoutError:
        return


@pytest.fixture(params=["plain", "by a proxy"])
def way(request, monkeypatch):
    """Return what a master at a URL is called by this way out."""

    def called(url: str) -> str:
        if request.param == "plain":
            return url
        monkeypatch.setenv("http_proxy", url)
        return "http://master.invalid/"

    return called


@pytest.mark.parametrize(
    ("beginning", "seconds"),
    [(b"HTTP/1.1 200 OK\r\nX-Drops: ", r"0\.2"), (_HEAD, "2")],
    ids=["head", "body"],
)
def test_an_answer_in_drops_is_given_up(way, beginning, seconds):
    with dripping(beginning) as url:
        address = MasterAddress(url=way(url), timeout=0.2)
        with (
            Connection(address, Persistence(wait=lambda _: None)) as connection,
            pytest.raises(MasterUnreachable, match=rf"did not answer within {seconds} s"),
        ):
            connection.get("getRunId")


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_each_part_and_the_whole_have_their_time():
    clock = Clock()
    patience = Patience(60.0, clock)
    clock.now += 50
    patience.begin()
    assert patience.left() == 60.0
    clock.now += 40
    assert patience.left() == 20.0
    patience.see_head()
    assert patience.left() == 60.0
    assert patience.late().seconds == 60.0
    clock.now += 550
    assert patience.left() == 10.0
    clock.now += 10
    with pytest.raises(LateAnswerError) as raised:
        patience.left()
    assert raised.value.seconds == 600.0
