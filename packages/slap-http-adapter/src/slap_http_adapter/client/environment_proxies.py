"""The proxies that the environment names: which one a URL is asked through."""

import os
import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

_LOOPBACK = re.compile(r"localhost|::1|127(\.\d{1,3}){3}")


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentProxy:
    """A proxy as the environment names it.

    Attributes:
        variable: the environment variable that does.
        url: what it says; it may hold a password.
    """

    variable: str
    url: str = field(repr=False)


def environment_proxy(url: str) -> EnvironmentProxy | None:
    """Return the proxy that the environment names for a URL; None when it names none.

    What is on this machine is never asked through one: a proxy elsewhere could not reach it.
    """
    parts = urlsplit(url)
    if _LOOPBACK.fullmatch(parts.hostname or ""):
        return None
    if not any(name.lower().endswith("_proxy") for name in os.environ):
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
