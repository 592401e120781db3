"""The connection to a master: one pool of connections, verified, limited, repeated where that is safe."""

import ipaddress
import json
import logging
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlencode, urlsplit

from slap_domain.errors import ConfigurationError, MasterUnreachable
from slap_domain.model.instance import Requester
from slap_http_adapter.client.answers import Answer, refusal, succeeded
from slap_http_adapter.client.environment_proxies import proxy_variable, unusable_proxy
from slap_http_adapter.client.http_engine import httpx
from slap_http_adapter.client.links import linked
from slap_http_adapter.client.master_address import MasterAddress
from slap_http_adapter.client.transport_failures import unreachable
from slap_http_adapter.wire.partition_header import HEADER, partition_claim
from slap_http_adapter.wire.values import ANSWER_LIMITS

USER_AGENT = "slap-http-adapter"
_LOG = logging.getLogger(__name__)
_FORM = "application/x-www-form-urlencoded"
_REDIRECTIONS = frozenset({301, 302, 303, 307, 308})
_REDIRECTION_LIMIT = 5
# The master, or a proxy before it, is being restarted: worth another try when the request may be repeated.
_PASSING = frozenset({502, 503})
_HATEOAS_HINT = "set master_rest_url in the configuration"


@dataclass(frozen=True, slots=True, kw_only=True)
class Persistence:
    """How often a request is tried, and how long is waited in between.

    Attributes:
        tries: in all.
        first_pause: seconds before the second try; each further pause is twice as long.
        wait: how to wait some seconds.
    """

    tries: int = 3
    first_pause: float = 0.2
    wait: Callable[[float], None] = time.sleep

    def pauses(self) -> Iterator[float]:
        """Return the pauses between the tries."""
        return (self.first_pause * 2**number for number in range(self.tries - 1))


class Connection:
    """Speaks HTTP to one master. Safe to use from several threads; close it, or use it in a `with`.

    A request that may be repeated is tried again when the connection failed or the master is being
    restarted; any other only when nothing of it can have reached the master. An answer that does not come in
    time is never asked for again.
    """

    def __init__(self, address: MasterAddress, persistence: Persistence | None = None) -> None:
        self.address = address
        self._persistence = persistence or Persistence()
        self._lock = threading.Lock()
        self._clients: dict[tuple[str, bool], httpx.Client] = {}
        self._hateoas_url: str | None = address.hateoas_url or None

    def __enter__(self) -> Self:
        """Return the connection."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """Close every connection of the pool."""
        with self._lock:
            for client in self._clients.values():
                client.close()
            self._clients.clear()

    def get(self, method: str, **query: str) -> Answer:
        """Ask a SLAP method, following redirections.

        Raises:
            MasterUnreachable: there is no answer.
        """
        url = self.address.root + method
        return self.fetch(f"{url}?{urlencode(query)}" if query else url)

    def post(
        self,
        method: str,
        form: Mapping[str, str],
        *,
        requester: Requester | None = None,
        repeatable: bool = True,
    ) -> Answer:
        """Tell a SLAP method something.

        Args:
            method: its name.
            form: the fields, sent in this order.
            requester: the partition that speaks.
            repeatable: telling it twice is the same as telling it once.

        Raises:
            MasterUnreachable: there is no answer.
        """
        headers = {"Content-Type": _FORM}
        if requester is not None:
            headers[HEADER] = partition_claim(requester)
        request = _Request(
            verb="POST",
            url=self.address.root + method,
            headers=headers,
            body=urlencode(form).encode("ascii"),
        )
        return self._tried(request, repeatable=repeatable)

    def call(self, method: str, arguments: Mapping[str, object]) -> Answer:
        """Call a method of the JSON interface that only reads.

        Raises:
            MasterUnreachable: there is no answer.
        """
        request = _Request(
            verb="POST",
            url=self.address.root + method,
            headers={"Content-Type": "application/json"},
            body=json.dumps(arguments).encode("ascii"),
        )
        return self._tried(request, repeatable=True)

    def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> Answer:
        """Get a URL, following redirections.

        Raises:
            MasterUnreachable: there is no answer, or no end of redirections.
        """
        url = linked(self.address.root, url)
        for _ in range(_REDIRECTION_LIMIT):
            answer = self._tried(_Request(verb="GET", url=url, headers=headers or {}), repeatable=True)
            if answer.status not in _REDIRECTIONS or not answer.location:
                return answer
            url = linked(url, answer.location)
        raise MasterUnreachable(f"{url} redirects without end", hint="does master_url lead to a master?")

    def document(self, url: str, *, fresh: bool = False) -> dict[str, object]:
        """Get a JSON object.

        Args:
            url: where it is.
            fresh: ask caches on the way not to answer.

        Raises:
            MasterUnreachable: there is no answer, or it is none.
            SlapError: the answer is no success.
        """
        answer = self.fetch(url, {"Cache-Control": "no-cache"} if fresh else None)
        if not answer.is_success:
            raise refusal(answer)
        try:
            value = json.loads(answer.text)
        except (ValueError, RecursionError) as error:
            raise MasterUnreachable(
                f"{url} answered {'a web page' if answer.is_page else 'what is no JSON'}",
                hint="does master_rest_url lead to the HATEOAS interface of a master?",
            ) from error
        if not isinstance(value, dict):
            raise MasterUnreachable(f"{url} answered no JSON object")
        return value

    def hateoas_url(self) -> str:
        """Return the URL of the HATEOAS interface, asking the master once.

        Raises:
            MasterUnreachable: there is no answer, or the master has no such interface.
            SlapError: the master refuses to tell.
        """
        if self._hateoas_url is None:
            self._hateoas_url = self._discovered_hateoas_url()
        return self._hateoas_url

    def _discovered_hateoas_url(self) -> str:
        answer = self.get("getHateoasUrl")
        if answer.status == 404:
            return self._conventional_hateoas_url()
        url = succeeded(answer).text.strip()
        if not url.startswith(("http://", "https://")):
            raise MasterUnreachable(f"{answer.url} answered no URL", hint=_HATEOAS_HINT)
        return url

    def _conventional_hateoas_url(self) -> str:
        # Proxies have the interface, but until now none told where (wire-slap 4.6).
        url = self.address.root + "hateoas/"
        if not self.fetch(url).is_success:
            raise MasterUnreachable(
                f"the master {self.address.root} has no HATEOAS interface, which this needs",
                hint=_HATEOAS_HINT,
            )
        return url

    def _tried(self, request: "_Request", *, repeatable: bool) -> Answer:
        for pause in self._persistence.pauses():
            try:
                answer = self._once(request)
            except httpx.HTTPError as error:
                if not _worth_repeating(error, repeatable=repeatable):
                    raise self._failure(error, request) from error
            else:
                if not repeatable or answer.status not in _PASSING:
                    return answer
            self._persistence.wait(pause)
        try:
            return self._once(request)
        except httpx.HTTPError as error:
            raise self._failure(error, request) from error

    def _failure(self, error: httpx.HTTPError, request: "_Request") -> MasterUnreachable:
        proxy = "" if _is_local(request.url) else proxy_variable(request.url)
        return unreachable(error, request.shown, self.address.timeout, proxy=proxy)

    def _once(self, request: "_Request") -> Answer:
        client = self._client(request.url)
        began = time.monotonic()
        with client.stream(
            request.verb, request.url, headers=dict(request.headers), content=request.body
        ) as response:
            answer = Answer(
                status=response.status_code,
                url=request.shown,
                body=_limited(response, request.shown),
                content_type=response.headers.get("content-type", ""),
                charset=response.charset_encoding or "utf-8",
                location=response.headers.get("location", ""),
            )
        took = (time.monotonic() - began) * 1000
        _LOG.debug("%s %s answered %d in %.0f ms", request.verb, request.shown, answer.status, took)
        return answer

    def _client(self, url: str) -> httpx.Client:
        scheme, is_local = kind = urlsplit(url).scheme, _is_local(url)
        with self._lock:
            if kind not in self._clients:
                self._clients[kind] = self._new_client(scheme, is_local=is_local)
            return self._clients[kind]

    def _new_client(self, scheme: str, *, is_local: bool) -> httpx.Client:
        context = self._context(scheme)
        try:
            return httpx.Client(
                verify=context,
                timeout=self.address.timeout,
                # A proxy that the environment names for everything cannot reach this machine's own master.
                trust_env=not is_local,
                headers={"User-Agent": USER_AGENT},
            )
        except (ValueError, ImportError, httpx.InvalidURL) as error:
            raise unusable_proxy(error) from error

    def _context(self, scheme: str) -> ssl.SSLContext:
        if scheme != "https":
            # Loading the system's certificates takes longer than a request; this trusts none.
            return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        address = self.address
        try:
            context = ssl.create_default_context(cafile=address.ca_file or None)
            if address.certificate_file:
                context.load_cert_chain(address.certificate_file, address.key_file or None)
        except (OSError, ssl.SSLError) as error:
            files = [name for name in (address.ca_file, address.certificate_file, address.key_file) if name]
            raise ConfigurationError(
                f"the certificate files {', '.join(files)} cannot be used: {error}",
                hint="check master_ca_file, cert_file and key_file",
            ) from error
        return context


@dataclass(frozen=True, slots=True, kw_only=True)
class _Request:
    verb: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None = None

    @property
    def shown(self) -> str:
        """Return the URL as it may be shown: without credentials and query."""
        parts = urlsplit(self.url)
        return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="").geturl()


def _is_local(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _worth_repeating(error: httpx.HTTPError, *, repeatable: bool) -> bool:
    if isinstance(error, httpx.TimeoutException):
        return False
    if isinstance(error, httpx.ConnectError):
        return not _is_final(error)
    return repeatable and isinstance(error, httpx.NetworkError | httpx.RemoteProtocolError)


def _is_final(error: BaseException) -> bool:
    """Tell whether trying again at once cannot help: bad certificates and names stay so."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and not isinstance(cause, ConnectionError):
            return True
        cause = cause.__cause__ or cause.__context__
    return False


def _limited(response: httpx.Response, url: str) -> bytes:
    parts: list[bytes] = []
    size = 0
    for part in response.iter_bytes():
        size += len(part)
        if size > ANSWER_LIMITS.size:
            raise MasterUnreachable(f"{url} answered more than {ANSWER_LIMITS.size} bytes")
        parts.append(part)
    return b"".join(parts)
