"""A certificate that was just issued."""

from dataclasses import dataclass, field
from typing import Final

AUTHORITY_FILE: Final = "authority.crt"
AUTHORITY_DAYS: Final = 3650
CERTIFICATE_DAYS: Final = 365


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """A certificate that was just issued.

    Attributes:
        certificate, key: PEM texts; the key is a secret.
        serial: in decimal.
        issued_at, expires_at: seconds since the epoch.
    """

    certificate: str
    key: str = field(repr=False)
    serial: str
    issued_at: int
    expires_at: int
