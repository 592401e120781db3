"""HTTP/1.1 without encryption and without a proxy: how most nodes speak to a master beside them.

By the socket itself. What speaks TLS takes longer to import than a pass of a node that finds nothing changed
takes for all else (docs/decisions/0015).
"""

import re
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

from slap_http_adapter.client.exchange_failures import (
    BrokenOffError,
    ExchangeError,
    LateAnswerError,
    NotConnectedError,
)
from slap_http_adapter.client.patience import Patience

Incoming = tuple[int, Mapping[str, str], Iterator[bytes]]
"""Status, headers by name in lower case, and the body in parts."""

IDLE_CONNECTIONS = 20
IDLE_SECONDS = 5.0
_Place = tuple[str, int]

_READ_SIZE = 2**18
_HEAD_LIMIT = 2**17
_CHUNK_LINE_LIMIT = 2**12
_FORBIDDEN = re.compile(r"[\r\n\0]")
_STATUS = re.compile(r"HTTP/1\.([01]) ([1-5][0-9]{2})(?: |\Z)")
_HEADER = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*\Z")
_FOLD = re.compile(r"\n[ \t]+")
_LENGTH = re.compile(r"[0-9]{1,18}\Z")
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;.*)?\Z")


class PlainConnections:
    """Connections that are kept while they are idle. Safe to use from several threads."""

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout
        self._lock = threading.Lock()
        self._idle: list[tuple[_Place, float, socket.socket]] = []

    def close(self) -> None:
        """Close every idle connection."""
        with self._lock:
            idle, self._idle = self._idle, []
        for _, _, connection in idle:
            connection.close()

    @contextmanager
    def stream(
        self, verb: str, url: str, headers: Mapping[str, str], body: bytes | None
    ) -> Iterator[Incoming]:
        """Send a request; yield the answer, of which the body is read as it is iterated over.

        Raises:
            ExchangeError: there is no answer.
        """
        request = _written(verb, url, headers, body)
        parts = urlsplit(url)
        place = parts.hostname or "", parts.port or 80
        connection = self._idle_connection(place) or self._opened(place)
        patience = Patience(self._timeout)
        answer = _Answer(connection, patience)
        try:
            connection.settimeout(self._timeout)
            # Who refuses a request may answer before all of it was sent, and close.
            with suppress(BrokenPipeError, ConnectionResetError):
                connection.sendall(request)
            patience.begin()
            head = answer.read_head()
            patience.see_head()
            yield head
        except TimeoutError as error:
            raise patience.late() from error
        except OSError as error:
            raise BrokenOffError(str(error)) from error
        finally:
            self._keep_or_close(place, connection, keep=answer.can_be_followed)

    def _idle_connection(self, place: _Place) -> socket.socket | None:
        """Return a connection on which nothing has come, not even its end."""
        now = time.monotonic()
        with self._lock:
            mine = [entry for entry in self._idle if entry[0] == place]
            self._idle = [entry for entry in self._idle if entry[0] != place]
            found = None
            for entry in reversed(mine):
                if now - entry[1] >= IDLE_SECONDS or not _is_quiet(entry[2]):
                    entry[2].close()
                elif found is None:
                    found = entry[2]
                else:
                    self._idle.append(entry)
        return found

    def _opened(self, place: _Place) -> socket.socket:
        try:
            # As bytes: of a text, Python would look up first what it is in IDNA. typeshed does not know.
            there = place[0].encode("ascii"), place[1]
            connection = socket.create_connection(there, self._timeout)  # type: ignore[arg-type]
        except TimeoutError as error:
            raise LateAnswerError(self._timeout) from error
        except OSError as error:
            raise NotConnectedError(str(error)) from error
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def _keep_or_close(self, place: _Place, connection: socket.socket, *, keep: bool) -> None:
        with self._lock:
            if keep and len(self._idle) < IDLE_CONNECTIONS:
                self._idle.append((place, time.monotonic(), connection))
                return
        connection.close()


def _written(verb: str, url: str, headers: Mapping[str, str], body: bytes | None) -> bytes:
    """Return a request as it goes out.

    Raises:
        ExchangeError: a header would end early, or become two.
    """
    parts = urlsplit(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    fields = {"Host": parts.netloc, **headers}
    if body is not None:
        fields["Content-Length"] = str(len(body))
    lines = [f"{verb} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items())]
    if any(_FORBIDDEN.search(line) for line in lines):
        raise ExchangeError("a header of the request has more than one line")
    try:
        head = "\r\n".join([*lines, "", ""]).encode("ascii")
    except UnicodeEncodeError as error:
        raise ExchangeError("a header of the request is not ASCII") from error
    return head + (body or b"")


def _is_quiet(connection: socket.socket) -> bool:
    """Tell whether the other side has neither closed a connection nor said what nobody asked for."""
    timeout = connection.gettimeout()
    connection.settimeout(0)
    try:
        connection.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        connection.settimeout(timeout)
    return False


class _Answer:
    """One answer, read from a connection.

    Attributes:
        can_be_followed: the whole answer was read, and the connection may be used for another.
    """

    def __init__(self, connection: socket.socket, patience: Patience) -> None:
        self._connection = connection
        self._patience = patience
        self._received = b""
        self._position = 0  # of what has not been taken yet
        self.can_be_followed = False

    def read_head(self) -> Incoming:
        """Return the answer, its body not yet read; what informs before it is left out."""
        while True:
            minor, status, headers = _parsed_head(self._line_block())
            if status >= 200:
                return status, headers, self._body(minor, status, headers)

    def _body(self, minor: str, status: int, headers: Mapping[str, str]) -> Iterator[bytes]:
        lasting = minor == "1" and "close" not in headers.get("connection", "").lower()
        coding = headers.get("transfer-encoding")
        length = headers.get("content-length")
        if status in {204, 304}:
            length, coding = "0", None
        if coding is not None:
            if coding.lower() != "chunked":
                raise BrokenOffError(f"the answer is coded for its transfer as {coding[:80]!r}")
            yield from self._chunks()
        elif length is not None:
            if not _LENGTH.match(length):
                raise BrokenOffError(f"the answer has the length {length[:80]!r}")
            yield from self._exactly(int(length))
        else:
            lasting = False
            yield from self._all()
        self.can_be_followed = lasting and self._position == len(self._received)

    def _all(self) -> Iterator[bytes]:
        while part := self._taken(_READ_SIZE) or self._next(_READ_SIZE):
            yield part

    def _exactly(self, size: int) -> Iterator[bytes]:
        while size:
            part = self._taken(size) or self._more(size)
            size -= len(part)
            yield part

    def _chunks(self) -> Iterator[bytes]:
        while True:
            line = self._until(b"\n", _CHUNK_LINE_LIMIT).rstrip(b"\r\n")
            size = _CHUNK.match(line)
            if size is None:
                raise BrokenOffError("the answer has a chunk without a size")
            if not int(size[1], 16):
                break
            yield from self._exactly(int(size[1], 16))
            if self._until(b"\n", _CHUNK_LINE_LIMIT).strip(b"\r\n"):
                raise BrokenOffError("the answer has a chunk that is longer than its size")
        while self._until(b"\n", _CHUNK_LINE_LIMIT).strip(b"\r\n"):
            pass  # trailers are not looked at

    def _line_block(self) -> list[str]:
        """Return the lines up to an empty one."""
        lines: list[str] = []
        left = _HEAD_LIMIT
        while True:
            line = self._until(b"\n", left)
            left -= len(line)
            text = line.rstrip(b"\r\n").decode("latin-1")
            if text:
                if not lines and not _STATUS.match(text):
                    raise BrokenOffError(f"the answer is no HTTP: {text[:80]!r}")
                lines.append(text)
            elif lines:
                return lines

    def _until(self, end: bytes, limit: int) -> bytes:
        """Return what comes up to an end, with it."""
        while (found := self._received.find(end, self._position)) < 0 and self._waiting < limit:
            self._received = self._taken(self._waiting) + self._more(_READ_SIZE)
            self._position = 0
        size = found - self._position
        if found < 0 or size >= limit:
            raise BrokenOffError("the answer has a line that does not end")
        return self._taken(size + len(end))

    @property
    def _waiting(self) -> int:
        """Return how much has been received and not been taken."""
        return len(self._received) - self._position

    def _taken(self, size: int) -> bytes:
        """Take what has been received already, of it no more than a size."""
        part = self._received[self._position : self._position + size]
        self._position += len(part)
        return part

    def _more(self, size: int) -> bytes:
        part = self._next(min(size, _READ_SIZE))
        if not part:
            raise BrokenOffError("the connection was closed before the answer was complete")
        return part

    def _next(self, size: int) -> bytes:
        """Return what comes next; nothing at the end."""
        self._connection.settimeout(self._patience.left())
        return self._connection.recv(size)


def _parsed_head(lines: list[str]) -> tuple[str, int, dict[str, str]]:
    status = _STATUS.match(lines[0])
    if status is None:
        raise BrokenOffError(f"the answer is no HTTP: {lines[0][:80]!r}")
    headers: dict[str, str] = {}
    for line in _unfolded(lines[1:]):
        header = _HEADER.match(line)
        if header is None:
            raise BrokenOffError("the answer has a header that is none")
        name, value = header[1].lower(), header[2]
        if name == "content-length":  # the same one several times is one (RFC 9112, 6.3)
            value, *others = (length.strip() for length in value.split(","))
            if {value, *others} != {headers.get(name, value)}:
                raise BrokenOffError("the answer has two lengths")
        if name == "transfer-encoding" and name in headers:
            raise BrokenOffError("the answer is coded twice for its transfer")
        headers[name] = value
    return status[1], int(status[2]), headers


def _unfolded(lines: list[str]) -> list[str]:
    """Return headers, each that goes on in further lines as one (RFC 9112, 5.2)."""
    return _FOLD.sub(" ", "\n".join(lines)).split("\n") if lines else []
