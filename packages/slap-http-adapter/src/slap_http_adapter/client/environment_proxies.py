"""The proxies that the environment names: which one a URL is asked through, and what is wrong with it."""

import os
import re
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

import httpcore

from slap_domain.errors import ConfigurationError

_HINT = (
    "http_proxy, https_proxy and all_proxy name a proxy as http://host:port; no_proxy lists hosts without one"
)
_LOOPBACK = re.compile(r"localhost|::1|127(\.\d{1,3}){3}")
_SOCKS = frozenset({"socks5", "socks5h"})


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentProxy:
    """A proxy as the environment names it.

    Attributes:
        variable: the environment variable that does.
        url: what it says; it may hold a password.
    """

    variable: str
    url: str = field(repr=False)

    def opened(self) -> httpcore.Proxy:
        """Return the proxy as httpcore wants it.

        Raises:
            ConfigurationError: it is none, or of a kind that cannot be used here; its value is not told.
        """
        try:
            parts = urlsplit(self.url)
            if parts.scheme not in {"http", "https", *_SOCKS} or not parts.hostname or parts.port == 0:
                raise ConfigurationError("the environment names a proxy that is none", hint=_HINT)
        except ValueError as error:
            raise ConfigurationError("the environment names a proxy that is none", hint=_HINT) from error
        if parts.scheme in _SOCKS:
            _require_socks()
        credentials = (unquote(parts.username), unquote(parts.password or "")) if parts.username else None
        plain = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
        return httpcore.Proxy(plain, auth=credentials)


def environment_proxy(url: str) -> EnvironmentProxy | None:
    """Return the proxy that the environment names for a URL; None when it names none.

    What is on this machine is never asked through one: a proxy elsewhere could not reach it.
    """
    if not any(name.lower().endswith("_proxy") for name in os.environ):
        return None
    parts = urlsplit(url)
    if _LOOPBACK.fullmatch(parts.hostname or ""):
        return None
    # Costly, and most machines have no proxy.
    from urllib.request import getproxies, proxy_bypass  # noqa: PLC0415

    named = getproxies()
    kind = next((kind for kind in (parts.scheme, "all") if named.get(kind)), "")
    if not kind or proxy_bypass(parts.netloc.rpartition("@")[2]):
        return None
    # Programs take `host:port` for a proxy too.
    proxy = named[kind] if "://" in named[kind] else f"http://{named[kind]}"
    return EnvironmentProxy(variable=f"{kind}_proxy", url=proxy)


def _require_socks() -> None:
    import importlib.util  # noqa: PLC0415 - costly, and hardly any proxy is one of SOCKS

    if importlib.util.find_spec("socksio") is None:
        raise ConfigurationError(
            "the environment names a SOCKS proxy, for which the Python package socksio is missing",
            hint=f"install it beside slapos: `pip install socksio`; or else {_HINT}",
        )
