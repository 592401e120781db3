"""What the master's own links start with, seen from the client."""

import re
from urllib.parse import urlsplit

from slap_domain.errors import InvalidInput
from slap_proxy.http_api.exchange import Call

_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]{1,253})(:[0-9]{1,5})?\Z")
_PREFIX = re.compile(r"(/[A-Za-z0-9._~-]+)*/?\Z")
_SCHEMES = frozenset({"http", "https"})


def base_url(call: Call, public_url: str = "") -> str:
    """Return the absolute URL of the master, without a trailing slash.

    The headers of one reverse proxy in front are honoured: the last value of X-Forwarded-Proto, -Host and
    -Prefix.

    Args:
        call: the request that the links answer.
        public_url: configured by the operator; wins over everything.

    Raises:
        InvalidInput: the request names a host, scheme or prefix that cannot be one.
    """
    if public_url:
        return public_url.rstrip("/")
    scheme = _last(call, b"x-forwarded-proto") or call.scheme
    host = _last(call, b"x-forwarded-host") or call.header(b"host")
    prefix = _last(call, b"x-forwarded-prefix")
    if scheme not in _SCHEMES:
        raise InvalidInput("header X-Forwarded-Proto is neither http nor https")
    if not _HOST.match(host):
        raise InvalidInput("header Host is missing or malformed")
    if not _PREFIX.match(prefix):
        raise InvalidInput("header X-Forwarded-Prefix is malformed")
    return f"{scheme}://{host}{prefix.rstrip('/')}"


def inside(url: str, base: str) -> str:
    """Return the path of a link below the base URL, or of a path that is already relative to the host.

    Raises:
        InvalidInput: the link leads to another host.
    """
    parts = urlsplit(url)
    if (parts.scheme or parts.netloc) and not url.startswith(f"{base}/"):
        raise InvalidInput("relative_url leads to another host")
    return parts.path


def _last(call: Call, name: bytes) -> str:
    return call.header(name).rpartition(",")[2].strip()
