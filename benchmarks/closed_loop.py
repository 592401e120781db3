"""A closed-loop load generator over loopback: each client sends its next request when it has an answer."""

import asyncio
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

import uvloop

_PIECE = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What one round measured; times in seconds."""

    answers: int
    failures: int
    seconds: float
    latencies: tuple[float, ...]

    @property
    def rate(self) -> float:
        """Return answers per second."""
        return self.answers / self.seconds if self.seconds else 0.0

    def percentile(self, part: float) -> float:
        """Return the latency that this part of the answers did not exceed."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(part * len(ordered)))] if ordered else 0.0


def post(path: str, fields: dict[str, str], headers: dict[str, str] | None = None) -> bytes:
    """Return the bytes of a form request."""
    body = urlencode(fields).encode()
    more = "".join(f"{name}: {value}\r\n" for name, value in (headers or {}).items())
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: keep-alive\r\n{more}"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def get(path: str, headers: dict[str, str] | None = None) -> bytes:
    """Return the bytes of a GET request."""
    more = "".join(f"{name}: {value}\r\n" for name, value in (headers or {}).items())
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: keep-alive\r\n{more}\r\n".encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    status: int
    is_last: bool


def _whole(received: bytearray) -> _Answer | None:
    """Return the answer that was received, None while some of it is missing."""
    end = received.find(b"\r\n\r\n")
    if end < 0:
        return None
    head = bytes(received[:end]).lower() + b"\r\n"
    status, start, length = int(head[9:12]), end + 4, 0
    if b"content-length:" in head and status != 304:
        length = int(head.split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
    if len(received) < start + length:
        return None
    return _Answer(status=status, is_last=b"connection: close" in head)


class _Client(asyncio.Protocol):
    """Sends requests over one connection, each when the last one is answered.

    No streams: they would take as long as a quick master does, and it is the masters that are measured.
    """

    def __init__(self, requests: Iterator[bytes], answered: Callable[[_Answer, float], None]) -> None:
        self._requests = requests
        self._answered = answered
        self._received = bytearray()
        self._started = 0.0
        self._waits = False
        self._all_sent = False

    async def run(self, port: int) -> None:
        """Send all requests, over a new connection whenever the last one was closed."""
        loop = asyncio.get_running_loop()
        while not self._all_sent:
            self._ended: asyncio.Future[None] = loop.create_future()
            await loop.create_connection(lambda: self, "127.0.0.1", port)
            await self._ended

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Send the first request."""
        self._transport = transport
        self._send()

    def _send(self) -> None:
        request = next(self._requests, None)
        if request is None:
            self._all_sent = True
            self._transport.close()
            return
        self._waits = True
        self._started = time.perf_counter()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        """Take what arrived; when that is all, send the next request."""
        self._received += data
        answer = _whole(self._received)
        if answer is None:
            return
        self._answered(answer, time.perf_counter() - self._started)
        self._received.clear()
        self._waits = False
        if answer.is_last:
            self._transport.close()
        else:
            self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        """Go on over another connection, unless an answer is missing."""
        if self._waits:
            self._ended.set_exception(exc or EOFError("the connection was closed before the answer"))
        else:
            self._ended.set_result(None)


async def _round(port: int, requests: list[bytes], clients: int) -> Round:
    latencies: list[float] = []
    failures: list[int] = []
    shared = iter(requests)

    def answered(answer: _Answer, seconds: float) -> None:
        latencies.append(seconds)
        if answer.status >= 400:
            failures.append(answer.status)

    started = time.perf_counter()
    await asyncio.gather(*(_Client(shared, answered).run(port) for _ in range(clients)))
    return Round(
        answers=len(latencies),
        failures=len(failures),
        seconds=time.perf_counter() - started,
        latencies=tuple(latencies),
    )


def closed_loop(port: int, requests: list[bytes], clients: int) -> Round:
    """Send the requests, taken in turn by so many clients, and measure."""
    return uvloop.run(_round(port, requests, clients))


def once(port: int, request: bytes) -> tuple[int, bytes]:
    """Send one request; return status and body.

    A large body is received into its place, so that hardly any of the time is our own.
    """
    with socket.create_connection(("127.0.0.1", port)) as link:
        link.sendall(request)
        head, received = _head(link)
        lowered = head.lower()
        length = 0
        if b"content-length:" in lowered:
            length = int(lowered.split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
        status = int(head[9:12])
        body = bytearray(0 if status == 304 else length)
        at = len(received)
        body[:at] = received
        with memoryview(body) as view:
            while at < len(body):
                at += _received(link.recv_into(view[at:]))
    return status, bytes(body)


def _head(link: socket.socket) -> tuple[bytes, bytes]:
    """Return the head of an answer, and what came of its body with it."""
    received = bytearray()
    while b"\r\n\r\n" not in received:
        some = link.recv(_PIECE)
        _received(len(some))
        received += some
    head, _, rest = bytes(received).partition(b"\r\n\r\n")
    return head, rest


def _received(count: int) -> int:
    if not count:
        raise EOFError("the connection was closed in the middle of an answer")
    return count
