"""HTTP over TLS, and through the proxies that the environment names, by httpcore."""

import importlib.util
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import unquote, urlsplit

import httpcore

from slap_domain.errors import ConfigurationError
from slap_http_adapter.client.environment_proxies import EnvironmentProxy
from slap_http_adapter.client.exchange_failures import (
    BrokenOffError,
    ExchangeError,
    NotConnectedError,
    ProxyRefusedError,
)
from slap_http_adapter.client.patience import Patience
from slap_http_adapter.client.patient_backend import PatientBackend, Waiting
from slap_http_adapter.client.plain_connections import IDLE_CONNECTIONS, IDLE_SECONDS, Incoming

_HINT = (
    "http_proxy, https_proxy and all_proxy name a proxy as http://host:port; no_proxy lists hosts without one"
)
_SOCKS = frozenset({"socks5", "socks5h"})


class HttpcoreConnections:
    """Connections of one kind, pooled. Safe to use from several threads."""

    def __init__(
        self, timeout: float, context: ssl.SSLContext | None, proxy: EnvironmentProxy | None
    ) -> None:
        """Make it.

        Args:
            timeout: seconds to wait for a connection, and for each part of an answer; ten times that for all.
            context: how https servers are spoken to.
            proxy: through which they are asked.

        Raises:
            ConfigurationError: the proxy is none, or of a kind that cannot be used here.
        """
        self._timeouts = dict.fromkeys(("connect", "read", "write", "pool"), timeout)
        self._waiting = Waiting(timeout)
        self._pool = httpcore.ConnectionPool(
            network_backend=PatientBackend(self._waiting),
            ssl_context=context,
            proxy=None if proxy is None else _opened(proxy),
            max_keepalive_connections=IDLE_CONNECTIONS,
            keepalive_expiry=IDLE_SECONDS,
        )

    def close(self) -> None:
        """Close every connection."""
        self._pool.close()

    @contextmanager
    def stream(
        self, verb: str, url: str, headers: Mapping[str, str], body: bytes | None
    ) -> Iterator[Incoming]:
        """Send a request; yield the answer, of which the body is read as it is iterated over.

        Raises:
            ExchangeError: there is no answer.
        """
        self._waiting.patience.begin()
        with (
            _failures_translated(self._waiting.patience),
            self._pool.stream(
                verb,
                url,
                headers=list(headers.items()),
                content=body,
                extensions={"timeout": self._timeouts},
            ) as response,
        ):
            self._waiting.patience.see_head()
            received = {
                name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers
            }
            yield response.status, received, response.iter_stream()


@contextmanager
def _failures_translated(patience: Patience) -> Iterator[None]:
    try:
        yield
    except httpcore.TimeoutException as error:
        raise patience.late() from error
    except httpcore.ConnectError as error:
        raise NotConnectedError(str(error)) from error
    except (httpcore.NetworkError, httpcore.RemoteProtocolError) as error:
        raise BrokenOffError(str(error)) from error
    except httpcore.ProxyError as error:
        raise ProxyRefusedError(str(error)) from error
    except (httpcore.ProtocolError, httpcore.UnsupportedProtocol) as error:
        raise ExchangeError(str(error)) from error


def _opened(proxy: EnvironmentProxy) -> httpcore.Proxy:
    """Return a proxy as httpcore wants it.

    Raises:
        ConfigurationError: it is none, or of a kind that cannot be used here; its value is not told.
    """
    try:
        parts = urlsplit(proxy.url)
        if parts.scheme not in {"http", "https", *_SOCKS} or not parts.hostname or parts.port == 0:
            raise ConfigurationError("the environment names a proxy that is none", hint=_HINT)
    except ValueError as error:
        raise ConfigurationError("the environment names a proxy that is none", hint=_HINT) from error
    if parts.scheme in _SOCKS:
        _require_socks()
    credentials = (unquote(parts.username), unquote(parts.password or "")) if parts.username else None
    plain = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
    return httpcore.Proxy(plain, auth=credentials)


def _require_socks() -> None:
    if importlib.util.find_spec("socksio") is None:
        raise ConfigurationError(
            "the environment names a SOCKS proxy, for which the Python package socksio is missing",
            hint=f"install it beside slapos: `pip install socksio`; or else {_HINT}",
        )
