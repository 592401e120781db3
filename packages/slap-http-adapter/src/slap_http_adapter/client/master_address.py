"""Where a master is and with which credentials it is spoken to."""

import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

from slap_domain.errors import InvalidInput


@dataclass(frozen=True, slots=True, kw_only=True)
class MasterAddress:
    """Where a master is and with which credentials it is spoken to.

    Attributes:
        url: of the SLAP interface; a path prefix is kept, a trailing slash does not matter.
        hateoas_url: of the HATEOAS interface; empty to ask the master for it.
        certificate_file: and `key_file`, paths of the client certificate; empty for none. They are presented
            to https masters only.
        ca_file: path of the certificates by which the master is verified; empty for the system's.
        timeout: seconds to wait for a connection, and for each part of an answer; ten times that for all.

    Raises:
        InvalidInput: the URL is none, or the timeout is not positive.
    """

    url: str
    hateoas_url: str = ""
    certificate_file: str = ""
    key_file: str = ""
    ca_file: str = ""
    timeout: float = 60.0

    def __post_init__(self) -> None:
        """Refuse what cannot be connected to."""
        checked_url(self.url)
        if self.hateoas_url:
            checked_url(self.hateoas_url)
        if self.timeout <= 0:
            raise InvalidInput(f"timeout {self.timeout} is not positive")

    @property
    def root(self) -> str:
        """Return the URL that method names are appended to."""
        return checked_url(self.url).rstrip("/") + "/"


def checked_url(text: str) -> str:
    """Return a URL of a master, with brackets around a bare IPv6 address.

    Raises:
        InvalidInput: it is no http or https URL.
    """
    try:
        parts = urlsplit(text.strip())
        host = _bracketed(parts.netloc)
        # Reading the port is what refuses one that is none.
        if parts.scheme not in {"http", "https"} or not host or urlsplit(f"//{host}").port == 0:
            raise InvalidInput(
                f"{text[:200]!r} is no URL of a master", hint="write http://host:port/ or https://host:port/"
            )
    except ValueError as error:
        raise InvalidInput(f"{text[:200]!r} is no URL of a master: {error}") from error
    return urlunsplit((parts.scheme, host, parts.path, parts.query, ""))


def _bracketed(host: str) -> str:
    if _is_ipv6(host):
        return f"[{host}]"
    # The last number of `2001:db8::1:5000` can only have been meant as a port when the rest is an address
    # and the whole is none.
    address, _, port = host.rpartition(":")
    return f"[{address}]:{port}" if port.isdigit() and _is_ipv6(address) else host


def _is_ipv6(text: str) -> bool:
    try:
        return ipaddress.ip_address(text).version == 6
    except ValueError:
        return False
