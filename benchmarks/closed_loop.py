"""A closed-loop load generator over loopback: each client sends its next request when it has an answer."""

import asyncio
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

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


async def _exchange(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes
) -> tuple[int, bytes, bool]:
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    lowered = head.lower()
    status = int(head[9:12])
    length = 0
    if b"content-length:" in lowered:
        length = int(lowered.split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
    body = await reader.readexactly(length) if length and status != 304 else b""
    return status, body, b"connection: close" in lowered


async def _client(port: int, requests: Iterator[bytes], latencies: list[float], failures: list[int]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**28)
    for request in requests:
        started = time.perf_counter()
        status, _, closed = await _exchange(reader, writer, request)
        latencies.append(time.perf_counter() - started)
        if status >= 400:
            failures.append(status)
        if closed:
            writer.close()
            reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**28)
    writer.close()


async def _round(port: int, requests: list[bytes], clients: int) -> Round:
    latencies: list[float] = []
    failures: list[int] = []
    shared = iter(requests)
    started = time.perf_counter()
    await asyncio.gather(*(_client(port, shared, latencies, failures) for _ in range(clients)))
    return Round(
        answers=len(latencies),
        failures=len(failures),
        seconds=time.perf_counter() - started,
        latencies=tuple(latencies),
    )


def closed_loop(port: int, requests: list[bytes], clients: int) -> Round:
    """Send the requests, taken in turn by so many clients, and measure."""
    return asyncio.run(_round(port, requests, clients))


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
