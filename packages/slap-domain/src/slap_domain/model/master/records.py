"""What a master records besides instances: computers, releases, usage, certificates, tokens."""

from dataclasses import dataclass
from enum import StrEnum

from slap_domain.model.place import Place
from slap_domain.model.references import ComputerGuid, InstanceTitle, SoftwareUrl
from slap_domain.model.software_release import BuildState, SoftwareState


@dataclass(frozen=True, slots=True, kw_only=True)
class ComputerRecord:
    """A computer.

    Attributes:
        title: what its owner calls it.
        owner: the user who registered it; empty: everybody's.
        last_contact: seconds since the epoch; 0 when it has never asked anything.
        revision: grows whenever anything that the computer's assignment shows has changed.
    """

    guid: ComputerGuid
    title: str = ""
    address: str = ""
    netmask: str = ""
    owner: str = ""
    last_contact: int = 0
    revision: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseRecord:
    """A release supplied to a computer.

    Attributes:
        build: how far the computer has come, as it last said, with a message and the time (epoch seconds).
        supplier: the only user who asked for it; empty: several did, or who has the computer.
    """

    computer: ComputerGuid
    url: SoftwareUrl
    state: SoftwareState = SoftwareState.AVAILABLE
    build: BuildState = BuildState.UNKNOWN
    message: str = ""
    reported_at: int = 0
    supplier: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageRecord:
    """A journal of consumption that a computer sent, as it came."""

    computer: ComputerGuid
    received_at: int
    journal: str


class Bearer(StrEnum):
    """What a certificate or a token is for."""

    USER = "user"
    COMPUTER = "computer"
    PARTITION = "partition"


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateRecord:
    """A certificate that the master gave out.

    Attributes:
        serial: of the certificate, in decimal.
        name: the user, the computer or the partition (`<computer>-<partition>`) that it names.
        revoked_at: seconds since the epoch; 0 while it is valid.
    """

    serial: str
    bearer: Bearer
    name: str
    issued_at: int
    expires_at: int
    place: Place | None = None
    revoked_at: int = 0

    def is_valid(self, now: int) -> bool:
        """Tell whether its bearer is believed at a moment."""
        return not self.revoked_at and self.expires_at > now


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRecord:
    """A token that may be used once.

    Attributes:
        digest: SHA-256 of the token in hex; the token itself is never kept.
        owner: the user that what is registered with it belongs to; for a user's token, that user.
    """

    digest: str
    bearer: Bearer
    owner: str
    expires_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ForwardedRequest:
    """An instance that another master runs for this one."""

    title: InstanceTitle
    master_url: str
