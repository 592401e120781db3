"""Network addresses as SlapOS passes them around."""

import ipaddress
from dataclasses import dataclass
from functools import lru_cache

from slap_domain.errors import InvalidInput


@dataclass(frozen=True, slots=True, kw_only=True)
class InterfaceAddress:
    """An address of a partition and the interface that carries it.

    Raises:
        InvalidInput: the address is no IPv4 or IPv6 address.
    """

    interface: str
    address: str

    def __post_init__(self) -> None:
        """Refuse what is no address."""
        check_address(self.address)

    @property
    def is_ipv6(self) -> bool:
        """Tell whether it is an IPv6 address."""
        return ":" in self.address


def check_address(text: str) -> str:
    """Return the text when it is an IPv4 or IPv6 address.

    Raises:
        InvalidInput: it is not.
    """
    if not _is_address(text):
        raise InvalidInput(f"{text[:80]!r} is not an IP address")
    return text


@lru_cache(maxsize=16_384)
def _is_address(text: str) -> bool:
    # A master checks the same addresses with every request.
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkAddress:
    """An address with its netmask, as `node format` describes it.

    Raises:
        InvalidInput: one of them is malformed.
    """

    address: str
    netmask: str

    def __post_init__(self) -> None:
        """Refuse what is no address."""
        check_address(self.address)
        check_address(self.netmask)
