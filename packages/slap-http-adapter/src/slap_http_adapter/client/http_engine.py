"""Requests of HTTP/1.1 as they go out and answers as they come back, through the machine's proxy.

Every pass of a node and every recipe that requests an instance imports this, so httpcore, ssl and what they
bring are imported only for a master behind TLS or a proxy.
"""

import re
import threading
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urlsplit

from slap_http_adapter.client.environment_proxies import EnvironmentProxy, environment_proxy
from slap_http_adapter.client.exchange_failures import ExchangeError, UnusableAnswerError
from slap_http_adapter.client.plain_connections import PlainConnections

if TYPE_CHECKING:
    import ssl

    from slap_http_adapter.client.httpcore_connections import HttpcoreConnections

_CHARSET = re.compile(r"charset\s*=\s*[\"']?([^\s\"';]+)", re.IGNORECASE)
# What a URL may hold as it is; `%` among it, since what is escaped stays so.
_URL_CHARACTERS = "%/:=&?~+!$,;'@()*[]"
_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """What came back.

    Attributes:
        headers: by name in lower case.
        body: decompressed.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def charset(self) -> str:
        """Return the character set that the body is declared to be in."""
        declared = _CHARSET.search(self.headers.get("content-type", ""))
        return declared[1] if declared else "utf-8"


class HttpEngine:
    """Pools of connections, one for each way out of this machine. Safe to use from several threads."""

    def __init__(self, *, timeout: float, context: Callable[[], "ssl.SSLContext"]) -> None:
        """Make it.

        Args:
            timeout: seconds to wait for a connection, and for each part of an answer; ten times that for all.
            context: called when the first https server is spoken to.
        """
        self._timeout = timeout
        self._context = context
        self._lock = threading.Lock()
        self._ways: dict[tuple[str, EnvironmentProxy | None], PlainConnections | HttpcoreConnections] = {}

    def close(self) -> None:
        """Close every connection."""
        with self._lock:
            for way in self._ways.values():
                way.close()
            self._ways.clear()

    def exchange(
        self, verb: str, url: str, headers: Mapping[str, str], body: bytes | None, limit: int
    ) -> Received:
        """Send a request and return its answer.

        Args:
            verb: the HTTP method.
            url: of http or https; a user and password in it are sent as basic authentication.
            headers: besides those that every request has.
            body: to send; None for none.
            limit: bytes that the body of the answer may have.

        Raises:
            ConfigurationError: the environment names a proxy that cannot be used.
            UnusableAnswerError: the answer has more, or cannot be decompressed.
            ExchangeError: there is no answer.
        """
        sent = {**_authentication(url), **headers}
        with self._way(url).stream(verb, _plain(url), sent, body) as (status, received, parts):
            expanded = _decompressed(parts, received.get("content-encoding", ""), limit)
            return Received(status=status, headers=received, body=_joined(expanded, limit))

    def _way(self, url: str) -> "PlainConnections | HttpcoreConnections":
        scheme, proxy = kind = urlsplit(url).scheme, environment_proxy(url)
        with self._lock:
            if kind not in self._ways:
                self._ways[kind] = self._made(scheme, proxy)
            return self._ways[kind]

    def _made(self, scheme: str, proxy: EnvironmentProxy | None) -> "PlainConnections | HttpcoreConnections":
        if scheme == "http" and proxy is None:
            return PlainConnections(self._timeout)
        from slap_http_adapter.client.httpcore_connections import HttpcoreConnections  # noqa: PLC0415 - as above

        # Loading the system's certificates takes longer than a request.
        context = self._context() if scheme == "https" else None
        return HttpcoreConnections(self._timeout, context, proxy)


def _plain(url: str) -> str:
    """Return a URL in ASCII, without user and password, as it goes out.

    Raises:
        ExchangeError: no host can have its name.
    """
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    if not host.isascii():
        try:
            host = host.encode("idna").decode("ascii")
        except UnicodeError as error:
            raise ExchangeError("no host can have this name") from error
    return parts._replace(
        netloc=host,
        path=quote(parts.path, safe=_URL_CHARACTERS),
        query=quote(parts.query, safe=_URL_CHARACTERS),
        fragment="",
    ).geturl()


def _authentication(url: str) -> dict[str, str]:
    parts = urlsplit(url)
    if parts.username is None:
        return {}
    import base64  # noqa: PLC0415 - hardly any URL has a password

    named = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return {"Authorization": f"Basic {base64.b64encode(named.encode()).decode('ascii')}"}


def _decompressed(parts: Iterable[bytes], coding: str, limit: int) -> Iterator[bytes]:
    if coding.strip().lower() not in {"gzip", "x-gzip", "deflate"}:
        yield from parts
        return
    expander = zlib.decompressobj(_GZIP_OR_ZLIB)
    is_empty = True
    try:
        for part in parts:
            is_empty = False
            # One byte more than is taken: a small part may expand to more than there is memory.
            yield expander.decompress(part, limit + 1)
        yield expander.flush()
    except zlib.error as error:
        raise UnusableAnswerError(f"answered what cannot be decompressed: {error}") from error
    # What came may be whole for HTTP, which knows no length of it when the connection's end is its own.
    if not (expander.eof or is_empty):
        raise UnusableAnswerError("answered what cannot be decompressed: its end is missing")
    if expander.unused_data:
        raise UnusableAnswerError("answered what cannot be decompressed: it goes on after its end")


def _joined(parts: Iterable[bytes], limit: int) -> bytes:
    kept: list[bytes] = []
    size = 0
    for part in parts:
        size += len(part)
        if size > limit:
            raise UnusableAnswerError(f"answered more than {limit} bytes")
        kept.append(part)
    return b"".join(kept)
