"""The proxies that the environment names: which variable does, and what is wrong with what it says."""

from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from slap_domain.errors import ConfigurationError

_HINT = (
    "http_proxy, https_proxy and all_proxy name a proxy as http://host:port; no_proxy lists hosts without one"
)


def proxy_variable(url: str) -> str:
    """Return the environment variable that names the proxy for a URL; empty when none does."""
    parts = urlsplit(url)
    named = getproxies()
    if proxy_bypass(parts.netloc.rpartition("@")[2]):
        return ""
    return next((f"{kind}_proxy" for kind in (parts.scheme, "all") if named.get(kind)), "")


def unusable_proxy(error: Exception) -> ConfigurationError:
    """Return the error that says that the environment names what is no proxy.

    The values are not told: they may hold passwords.

    Args:
        error: what the HTTP library said of them.
    """
    if isinstance(error, ImportError):
        return ConfigurationError(
            "the environment names a SOCKS proxy, for which the Python package socksio is missing",
            hint=f"install it beside slapos: `pip install socksio`; or else {_HINT}",
        )
    return ConfigurationError("the environment names a proxy that is none", hint=_HINT)
