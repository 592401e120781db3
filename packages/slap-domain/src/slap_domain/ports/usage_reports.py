"""What the node says to whatever measures and stores the consumption of its partitions."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from slap_domain.model.consumption.tio import Consumption, Journal
from slap_domain.model.partition import PartitionPlace
from slap_domain.model.references import ComputerGuid

if TYPE_CHECKING:
    from slap_domain.ports.output_lines import OnLine


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredConsumption:
    """What a partition used, waiting to be sent.

    Attributes:
        key: names the report to `discard`.
        date: when it was stored.
    """

    key: str
    consumption: Consumption
    date: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredJournal:
    """What the computer as a whole used, waiting to be sent as it is.

    Attributes:
        key: names the report to `discard`.
    """

    key: str
    journal: str


class UsageReports(Protocol):
    """The consumption reports of this computer (node-conventions section 7).

    Order: `measure` a partition, read what is stored, send it, and only then `discard` it.
    Idempotence: reading changes nothing; discarding what is gone is no error.
    Raises, every method: `HostFailure`.
    Safe to call for different partitions at once.
    """

    def measure(self, place: PartitionPlace, on_line: "OnLine") -> None:
        """Run the report scripts of a partition, as its user.

        Raises:
            DeploymentFailed: one of them fails or takes too long.
        """
        ...

    def consumptions(
        self, place: PartitionPlace, on_invalid: Callable[[str], None]
    ) -> tuple[StoredConsumption, ...]:
        """Return the valid reports of a partition; why others are not valid is told to `on_invalid`."""
        ...

    def journals(
        self, computer: ComputerGuid, on_invalid: Callable[[str], None]
    ) -> tuple[StoredJournal, ...]:
        """Return the valid reports of the computer; why others are not valid is told to `on_invalid`."""
        ...

    def text(self, journal: Journal) -> str:
        """Return the document to send for a journal.

        Raises:
            InvalidInput: it would not be valid.
        """
        ...

    def discard(self, keys: tuple[str, ...]) -> None:
        """Remove reports that the master has."""
        ...
