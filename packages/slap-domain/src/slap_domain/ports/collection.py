"""What `node collect` asks of the machine, and where it keeps what it was told."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Protocol

from slap_domain.model.consumption.figures import DayAverages, Owner, PartitionFigures, Snapshot
from slap_domain.model.references import ComputerGuid

if TYPE_CHECKING:
    from slap_domain.model.consumption.tio import Journal


class Gauges(Protocol):
    """Measures this machine."""

    def owners(self) -> tuple[Owner, ...]:
        """Return the partitions of this machine and who runs their processes.

        Raises:
            HostFailure: they cannot be listed.
        """
        ...

    def measure(self, owners: tuple[Owner, ...], cpu_times: Mapping[str, tuple[datetime, float]]) -> Snapshot:
        """Measure everything but disk usage of partitions, in one pass over the processes.

        Args:
            owners: whose processes count.
            cpu_times: when each process was last measured and the seconds it had used by then.

        Raises:
            HostFailure: the figures of the computer cannot be had.
        """
        ...

    def disk_usage(self, owner: Owner) -> int:
        """Return the KiB that the folders of a partition take.

        Raises:
            HostFailure: they cannot be looked at.
        """
        ...


class FigureStore(Protocol):
    """Keeps figures by day.

    Raises, every method: `HostFailure`.
    """

    def cpu_times(self, day: date) -> Mapping[str, tuple[datetime, float]]:
        """Return the last moment of a day at which processes were measured, and the seconds each had used."""
        ...

    def folder_moments(self) -> Mapping[str, datetime]:
        """Return when the disk usage of each owner was last measured."""
        ...

    def disk_usage(self) -> Mapping[str, int]:
        """Return the KiB that each owner's folders took when last measured; small ones are not known."""
        ...

    def keep(self, snapshot: Snapshot, folders: Mapping[str, int], measured: tuple[str, ...]) -> None:
        """Keep what was measured: all of it, or nothing.

        Args:
            snapshot: what was measured.
            folders: KiB by owner.
            measured: whose folders were looked at, those too small to be kept included.
        """
        ...

    def averages(self, day: date) -> DayAverages:
        """Return what was used on a day."""
        ...

    def unreported_days(self, before: date) -> tuple[date, ...]:
        """Return the days before one that hold figures not marked as reported, oldest first."""
        ...

    def mark_reported(self, day: date) -> None:
        """Mark all figures of a day as reported."""
        ...

    def forget(self, before: date) -> None:
        """Delete reported figures of the days before one; what was measured of heating is kept."""
        ...


class CollectionOutputs(Protocol):
    """The files in which figures are told to others.

    Idempotence: each may be repeated; a file is replaced whole.
    Raises, every method: `HostFailure`.
    """

    def write_today(self, day: date) -> None:
        """Write the figures of the day so far as CSV."""
        ...

    def dump_day(self, day: date) -> None:
        """Pack all figures of a past day into one archive."""
        ...

    def write_partition(self, owner: Owner, figures: PartitionFigures) -> None:
        """Write what a partition uses where its monitoring finds it, besides what it used before."""
        ...

    def reported_days(self) -> frozenset[date]:
        """Return the days whose consumption was reported."""
        ...

    def report_day(self, computer: ComputerGuid, day: date, journal: "Journal") -> None:
        """Keep the journal of a day, and hand it to `node report`, which sends it."""
        ...
