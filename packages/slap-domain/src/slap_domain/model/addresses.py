"""Network addresses as SlapOS passes them around."""

import ipaddress
import re
from dataclasses import dataclass

from slap_domain.errors import InvalidInput

_OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_GROUP = "[0-9A-Fa-f]{1,4}"
_GROUPS = f"(?:{_GROUP}(?::{_GROUP})*)?"
_PLAIN = re.compile(rf"(?:{_OCTET}\.){{3}}{_OCTET}|(?:{_GROUP}:){{7}}{_GROUP}|{_GROUPS}::{_GROUPS}")
# With more, `::` may stand for no group at all.
_CERTAIN_COLONS = 7


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


def _is_address(text: str) -> bool:
    # The description of a computer holds tens of thousands; hardly any needs more than a look.
    if _PLAIN.fullmatch(text) and text.count(":") <= _CERTAIN_COLONS:
        return True
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
