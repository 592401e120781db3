"""Ends the wait for a server that answers in drops: each in time, and never to an end."""

import contextlib
import socket
import threading
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Self

_CONNECTED = ("connect_tcp.complete", "start_tls.complete")
_HEAD = "receive_response_headers"


class AnswerDeadline:
    """Breaks a request's connection off when it takes too long: httpx only limits the time between two drops.

    Args:
        head: seconds from the request to the end of the answer's headers.
        whole: seconds for the request and all of its answer; None: any time.

    `watch` is httpx's extension `trace`. What then goes wrong with the connection is told by `passed`.
    """

    def __init__(self, *, head: float, whole: float | None = None) -> None:
        self._head = head
        self._whole = whole
        self._timers: dict[str, threading.Timer] = {}
        self._connection: Any = None  # of httpcore, which names no type for it
        self.passed: float | None = None
        """The seconds that were too many; None while there were not."""

    def __enter__(self) -> Self:
        """Begin to count."""
        if self._whole is not None:
            self._start("whole", self._whole)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop counting."""
        for name in self._timers:
            self._cancel(name)

    def watch(self, event: str, info: Mapping[str, Any]) -> None:
        """Follow the request."""
        if event.endswith(_CONNECTED):
            self._connection = info["return_value"]
            if self.passed is not None:  # the time was up before there was anything to break off
                self._break_off()
        elif event.endswith(f"{_HEAD}.started"):
            self._start("head", self._head)
        elif _HEAD in event:
            self._cancel("head")

    def _start(self, name: str, seconds: float) -> None:
        self._cancel(name)
        timer = self._timers[name] = threading.Timer(seconds, self._pass, (seconds,))
        timer.daemon = True
        timer.start()

    def _cancel(self, name: str) -> None:
        timer = self._timers.get(name)
        if timer is not None:
            timer.cancel()

    def _pass(self, seconds: float) -> None:
        self.passed = seconds
        self._break_off()

    def _break_off(self) -> None:
        if self._connection is None:
            return
        found = self._connection.get_extra_info("socket")
        # The method of the plain socket: that of one with TLS takes from a reader what it reads with.
        shut: Callable[[Any, int], None] = socket.socket.shutdown
        with contextlib.suppress(OSError):  # it is closed already
            shut(found, socket.SHUT_RDWR)
