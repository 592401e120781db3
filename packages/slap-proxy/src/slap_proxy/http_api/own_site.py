"""Keeping browsers from carrying out what the page of another site wants of the master.

A browser on the machine of an open master, or one that has a client certificate, is believed like any other
caller; and it sends what every page it shows wants to be sent.
"""

import ipaddress
from functools import lru_cache
from urllib.parse import urlsplit

from starlette.types import Scope

from slap_domain.errors import NotAllowed

_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_DEFAULT_PORTS = {"http": 80, "https": 443}
_REMEMBERED = 256
_HINT = "if the master is known by this name, say so with `public_url` or `tls_host_names` in [slapproxy]"


class OwnSite:
    """Tells the requests of the master's own site, and of programs, from those of other sites' pages."""

    def __init__(self, *, public_url: str, names: frozenset[str], plain: bool) -> None:
        """Take by which names the master is known.

        Args:
            public_url: what its links start with; empty when that is not configured.
            names: names of the machine.
            plain: the listener speaks no TLS, by which a browser would find out that a name is another's.
        """
        public = urlsplit(public_url)
        self._public = public.netloc.lower()
        self._names = names | {name for name in (public.hostname,) if name}
        self._check_names = plain
        self._is_ours = lru_cache(_REMEMBERED)(self._ours)

    def admit(self, scope: Scope) -> None:
        """Let a request pass.

        Raises:
            NotAllowed: the page of another site has a browser send it.
        """
        origin, hosts, forwarded = b"", [], []
        for name, value in scope["headers"]:
            if name == b"host":
                hosts.append(value)
            elif name == b"x-forwarded-host":
                forwarded.append(value)
            elif name == b"origin":
                origin = value
        server = scope.get("server")
        if self._check_names and hosts and server:
            self._check(hosts[0], scope["scheme"], server[1])
        if origin and scope["method"] not in _READING:
            self._check_origin(origin.decode("latin-1").lower(), [*hosts, *forwarded])

    def _check(self, host: bytes, scheme: str, port: int | None) -> None:
        # A site whose name its owner lets lead to our address has the browser ask us for what it takes for
        # its own pages; no header but Host tells. Its port is ours then, that of a reverse proxy is not.
        if not self._is_ours(host, scheme, port):
            name = host.decode("latin-1")[:260]
            raise NotAllowed(f"the name {name!r} does not belong to this master", hint=_HINT)

    def _check_origin(self, origin: str, hosts: list[bytes]) -> None:
        known = {host.decode("latin-1").rpartition(",")[2].strip().lower() for host in hosts}
        if self._public:
            known.add(self._public)
        if origin.partition("://")[2] not in known - {""}:
            raise NotAllowed(f"a page of {origin[:260]!r} may not change anything here", hint=_HINT)

    def _ours(self, host: bytes, scheme: str, port: int | None) -> bool:
        try:
            asked = urlsplit(f"//{host.decode('latin-1')}")
            name, asked_port = (asked.hostname or "").rstrip("."), asked.port
        except ValueError:
            return True  # refused where it matters, as malformed
        foreign_port = (asked_port or _DEFAULT_PORTS.get(scheme)) != port
        return foreign_port or name in self._names or not _in_public_dns(name)


def _in_public_dns(name: str) -> bool:
    if "." not in name or name.endswith(".localhost"):
        return False
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return True
    return False
