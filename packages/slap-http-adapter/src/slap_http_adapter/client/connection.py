"""The connection to a master: one pool of connections, verified, limited, repeated where that is safe."""

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self
from urllib.parse import urlencode, urlsplit

from slap_domain.errors import ConfigurationError, MasterUnreachable
from slap_domain.model.place import Place
from slap_http_adapter.client.answers import Answer, refusal, succeeded
from slap_http_adapter.client.environment_proxies import environment_proxy
from slap_http_adapter.client.exchange_failures import ExchangeError, UnusableAnswerError
from slap_http_adapter.client.http_engine import HttpEngine
from slap_http_adapter.client.links import linked
from slap_http_adapter.client.master_address import MasterAddress
from slap_http_adapter.client.transport_failures import unreachable, worth_repeating
from slap_http_adapter.wire.partition_header import HEADER, partition_claim
from slap_http_adapter.wire.values import ANSWER_LIMITS

if TYPE_CHECKING:
    import ssl

USER_AGENT = "slap-http-adapter"
_HEADERS = {"User-Agent": USER_AGENT, "Accept": "*/*", "Accept-Encoding": "gzip"}
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
        self._engine = HttpEngine(timeout=address.timeout, context=self._context)
        self._hateoas_url: str | None = address.hateoas_url or None

    def __enter__(self) -> Self:
        """Return the connection."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """Close every connection of the pool."""
        self._engine.close()

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
        requester: Place | None = None,
        headers: Mapping[str, str] | None = None,
        repeatable: bool = True,
    ) -> Answer:
        """Tell a SLAP method something.

        Args:
            method: its name.
            form: the fields, sent in this order.
            requester: the partition that speaks.
            headers: besides those that every form has.
            repeatable: telling it twice is the same as telling it once.

        Raises:
            MasterUnreachable: there is no answer.
        """
        sent = {**(headers or {}), "Content-Type": _FORM}
        if requester is not None:
            sent[HEADER] = partition_claim(requester)
        request = _Request(
            verb="POST",
            url=self.address.root + method,
            headers=sent,
            body=urlencode(form).encode("ascii"),
        )
        return self._tried(request, repeatable=repeatable)

    def call(self, method: str, arguments: Mapping[str, object]) -> Answer:
        """Call a method of the JSON interface that only reads.

        Raises:
            MasterUnreachable: there is no answer.
        """
        import json  # noqa: PLC0415 - nodes never use it

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
        import json  # noqa: PLC0415 - as above

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
            except ExchangeError as error:
                if not worth_repeating(error, repeatable=repeatable):
                    raise self._failure(error, request) from error
            else:
                if not repeatable or answer.status not in _PASSING:
                    return answer
            self._persistence.wait(pause)
        try:
            return self._once(request)
        except ExchangeError as error:
            raise self._failure(error, request) from error

    def _failure(self, error: ExchangeError, request: "_Request") -> MasterUnreachable:
        proxy = environment_proxy(request.url)
        variable = "" if proxy is None else proxy.variable
        return unreachable(error, request.shown, proxy=variable)

    def _once(self, request: "_Request") -> Answer:
        began = time.monotonic()
        try:
            received = self._engine.exchange(
                request.verb, request.url, {**_HEADERS, **request.headers}, request.body, ANSWER_LIMITS.size
            )
        except UnusableAnswerError as error:
            raise MasterUnreachable(f"{request.shown} {error}") from error
        took = (time.monotonic() - began) * 1000
        _LOG.debug("%s %s answered %d in %.0f ms", request.verb, request.shown, received.status, took)
        return Answer(
            status=received.status,
            url=request.shown,
            body=received.body,
            content_type=received.headers.get("content-type", ""),
            charset=received.charset,
            location=received.headers.get("location", ""),
        )

    def _context(self) -> "ssl.SSLContext":
        import ssl  # noqa: PLC0415 - costly, and not every master speaks TLS

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
