"""The only module of the node that makes HTTP requests of its own: to caches, and to register.

The conversation with the master about releases and instances is `slap_http_adapter`'s.
"""

import contextlib
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx

from slap_domain.errors import (
    ConfigurationError,
    InvalidInput,
    NotAllowed,
    NotFound,
    RequestRefused,
    TemporarilyUnavailable,
)
from slap_node.answer_deadline import AnswerDeadline

_TIMEOUT = 60.0
_CONNECT_TIMEOUT = 10.0
_CHUNK = 1024 * 1024
_ANSWER_LIMIT = 8 * 1024 * 1024
_TRIES = 4
# A server that sends less than this is as good as silent.
_PACE_WINDOW = 60.0
_LEAST_BYTES = 60 * 1024
_UNKNOWN_AUTHORITY = (
    "where its certificate comes from an authority of its own, name the file of that: --master-ca-file, "
    "or for a cache shacache-ca-file and shadir-ca-file in section [networkcache]"
)
_REFUSALS: Mapping[int, type[RequestRefused]] = {
    400: InvalidInput,
    401: NotAllowed,
    403: NotAllowed,
    404: NotFound,
    410: NotFound,
}


class TooLarge(TemporarilyUnavailable):
    """More is sent than is accepted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsFiles:
    """Files of the server's authority, and of our own identity; empty: the system's, and none."""

    authority: str = ""
    certificate: str = ""
    key: str = ""


NO_TLS_FILES = TlsFiles()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbound:
    """Makes requests.

    Attributes:
        patience: seconds in which a small document must be here, whole; None: as long as it comes.
        wait: waits some seconds between two tries of a download.
        clock: tells the seconds since some moment.
    """

    tls: TlsFiles = NO_TLS_FILES
    patience: float | None = None
    wait: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic

    def get(self, url: str, headers: Mapping[str, str] | None = None) -> str:
        """Return a small document.

        Raises:
            NotFound, NotAllowed, InvalidInput: as the server says.
            TemporarilyUnavailable: it fails, does not answer, or sends too much.
        """
        with self._asked("GET", url, whole=self.patience, headers=headers) as response:
            return self._read(response, url)

    def send(
        self,
        verb: str,
        url: str,
        *,
        body: bytes | Path = b"",
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> str:
        """Send something and return the answer: a body, a file as it is read, or a form.

        Raises:
            NotFound, NotAllowed, InvalidInput: as the server says.
            TemporarilyUnavailable: it fails, does not answer, or sends too much.
        """
        with contextlib.ExitStack() as stack:
            content = stack.enter_context(body.open("rb")) if isinstance(body, Path) else body
            sent = {"data": form} if form is not None else {"content": content}
            with self._asked(verb, url, headers=headers, **sent) as response:
                return self._read(response, url)

    def download(self, url: str, path: Path, *, limit: int) -> None:
        """Download into a file, going on where it ends; a broken connection is taken up again.

        Args:
            url: where the file is.
            path: a file, maybe with the beginning of it already.
            limit: bytes that are accepted.

        Raises:
            NotFound, NotAllowed, InvalidInput: as the server says.
            TooLarge: it sends more than the limit.
            TemporarilyUnavailable: it fails again and again.
        """
        for number in range(_TRIES):
            try:
                self._download_rest(url, path, limit)
            except _BrokenOffError as error:
                if number == _TRIES - 1:
                    raise TemporarilyUnavailable(str(error)) from error
                self.wait(0.5 * 2**number)
            else:
                return

    def _download_rest(self, url: str, path: Path, limit: int) -> None:
        known = path.stat().st_size if path.exists() else 0
        headers = {"Accept-Encoding": "identity"}
        if known:
            headers["Range"] = f"bytes={known}-"
        with self._asked("GET", url, headers=headers, partial=True) as response:
            if response.status_code == 416:
                return  # there is nothing after what we have
            resumed = response.status_code == 206 and _starts_at(response) == known
            if response.status_code == 206 and not resumed:
                path.unlink()
                raise _BrokenOffError(f"{url} sends another part than asked for")
            with path.open("ab" if resumed else "wb") as file:
                received = known if resumed else 0
                for piece in self._paced(_pieces(response, url), url):
                    received += len(piece)
                    if received > limit:
                        raise TooLarge(f"{url} sends more than {limit} bytes")
                    file.write(piece)

    def _read(self, response: httpx.Response, url: str) -> str:
        received = bytearray()
        for piece in self._paced(response.iter_bytes(), url):
            received += piece
            if len(received) > _ANSWER_LIMIT:
                raise TemporarilyUnavailable(f"{url} sends more than {_ANSWER_LIMIT} bytes")
        return received.decode(errors="replace")

    def _paced(self, pieces: Iterator[bytes], url: str) -> Iterator[bytes]:
        """Pass pieces on as long as they come: each one in time is not enough to come to an end."""
        begin, received = self.clock(), 0
        for piece in pieces:
            received += len(piece)
            if self.clock() - begin > _PACE_WINDOW:
                if received < _LEAST_BYTES:
                    raise TemporarilyUnavailable(f"{url} sends too slowly: {received} bytes in a minute")
                begin, received = self.clock(), 0
            yield piece

    @contextlib.contextmanager
    def _asked(
        self, verb: str, url: str, *, whole: float | None = None, partial: bool = False, **request: object
    ) -> Iterator[httpx.Response]:
        with (
            AnswerDeadline(head=_TIMEOUT, whole=whole) as deadline,
            _translated(url, deadline),
            httpx.Client(timeout=_timeouts(whole), verify=self._context(url)) as client,
            client.stream(
                verb,
                url,
                follow_redirects=verb == "GET",
                extensions={"trace": deadline.watch},
                **request,  # type: ignore[arg-type]
            ) as response,
        ):
            if not response.is_success and not (partial and response.status_code == 416):
                _refuse(response, url)
            yield response
            if deadline.passed is not None:  # an answer of no stated length seems to end there
                raise _too_late(url, deadline.passed)

    def _context(self, url: str) -> ssl.SSLContext | bool:
        if not url.startswith("https:"):
            return True  # nothing to verify, and making a context takes long
        try:
            context = ssl.create_default_context(cafile=self.tls.authority or None)
            if self.tls.certificate:
                context.load_cert_chain(self.tls.certificate, self.tls.key or None)
        except (OSError, ssl.SSLError) as error:
            files = ", ".join(filter(None, (self.tls.authority, self.tls.certificate, self.tls.key)))
            raise ConfigurationError(f"certificates for {url} cannot be used ({files}): {error}") from error
        return context


class _BrokenOffError(Exception):
    """The connection broke; what was received is good."""


def _timeouts(whole: float | None) -> httpx.Timeout:
    longest = _TIMEOUT if whole is None else min(whole, _TIMEOUT)
    return httpx.Timeout(longest, connect=min(longest, _CONNECT_TIMEOUT))


@contextlib.contextmanager
def _translated(url: str, deadline: AnswerDeadline) -> Iterator[None]:
    try:
        yield
    except httpx.InvalidURL as error:
        raise InvalidInput(f"{url[:200]!r} is not a URL") from error
    except httpx.UnsupportedProtocol as error:
        if url.startswith(("http://", "https://")):
            raise InvalidInput(f"{url} redirects to what is neither http nor https") from error
        raise InvalidInput(f"{url[:200]!r} is neither http nor https") from error
    except httpx.ConnectError as error:
        raise _unreachable(url, error) from error
    except httpx.TimeoutException as error:
        raise TemporarilyUnavailable(f"{url} does not answer: {error or 'timed out'}") from error
    except httpx.HTTPError as error:
        if deadline.passed is not None:
            raise _too_late(url, deadline.passed) from error
        raise TemporarilyUnavailable(f"{url} does not answer: {error or type(error).__name__}") from error


def _too_late(url: str, seconds: float) -> TemporarilyUnavailable:
    return TemporarilyUnavailable(
        f"{url} comes to no end with its answer: it was given up after {seconds:g} s"
    )


def _unreachable(url: str, error: httpx.ConnectError) -> TemporarilyUnavailable:
    cause: BaseException | None = error
    why, hint = str(error), ""
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            hint = _UNKNOWN_AUTHORITY
        elif isinstance(cause, ConnectionRefusedError):
            why, hint = "connection refused", "does it run there, and are host and port right?"
        elif isinstance(cause, socket.gaierror):
            why, hint = "its host name does not resolve", "check the name, and the DNS of this machine"
        cause = cause.__cause__ or cause.__context__
    return TemporarilyUnavailable(f"{url} cannot be reached: {why}", hint=hint)


def _pieces(response: httpx.Response, url: str) -> Iterator[bytes]:
    try:
        yield from response.iter_raw()  # in pieces as they come: a buffer would be lost with the connection
    except httpx.TransportError as error:
        raise _BrokenOffError(f"{url} breaks off: {error or type(error).__name__}") from error


def _starts_at(response: httpx.Response) -> int:
    start = response.headers.get("content-range", "").removeprefix("bytes ").partition("-")[0]
    return int(start) if start.isdecimal() else -1


def _refuse(response: httpx.Response, url: str) -> None:
    message = " ".join(next(response.iter_text(2000), "").split())[:300]
    said = f": {message}" if message else ""
    error = _REFUSALS.get(response.status_code)
    if error is not None:
        raise error(f"{url} answers {response.status_code}{said}")
    raise TemporarilyUnavailable(f"{url} answers {response.status_code}{said}")
