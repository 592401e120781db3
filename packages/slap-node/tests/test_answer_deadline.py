"""How long the beginning of an answer is waited for, whoever asks for what."""

import socket
import threading

import pytest

from slap_node.answer_deadline import AnswerDeadline


class Connection:
    def __init__(self, end):
        self.end = end

    def get_extra_info(self, what):
        return self.end if what == "socket" else None


@pytest.fixture
def ends():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.settimeout(10.0)
        yield ours, theirs


def test_headers_that_do_not_end_are_given_up(ends):
    ours, theirs = ends
    with AnswerDeadline(head=0.05) as deadline:
        deadline.watch("connection.connect_tcp.complete", {"return_value": Connection(ours)})
        deadline.watch("http11.receive_response_headers.started", {})
        theirs.send(b"HTTP/1.1 200 OK")
        received = b"".join(iter(lambda: ours.recv(100), b""))
    assert (received, deadline.passed) == (b"HTTP/1.1 200 OK", 0.05)


def test_once_the_headers_are_here_the_rest_may_take_long(ends):
    with AnswerDeadline(head=60.0) as deadline:
        deadline.watch("connection.connect_tcp.complete", {"return_value": Connection(ends[0])})
        deadline.watch("http11.receive_response_headers.started", {})
        deadline.watch("http11.receive_response_headers.complete", {})
        assert all(
            timer.finished.is_set() for timer in threading.enumerate() if isinstance(timer, threading.Timer)
        )
    assert deadline.passed is None


def test_a_connection_that_comes_too_late_is_broken_off(ends):
    with AnswerDeadline(head=60.0, whole=0.01) as deadline:
        while deadline.passed is None:
            threading.Event().wait(0.005)
        deadline.watch("connection.start_tls.complete", {"return_value": Connection(ends[0])})
    assert ends[0].recv(1) == b""
