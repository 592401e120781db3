"""What the node reads and writes in a partition besides the instance's own files."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from slap_domain.model.partition import PartitionPlace, Program
from slap_domain.model.references import InstanceTitle, PartitionId, SoftwareUrl, Timestamp

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from slap_domain.ports.master_for_nodes import PartitionCertificate
    from slap_domain.ports.output_lines import OnLine


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessedStamp:
    """What was last deployed in a partition, and when."""

    timestamp: Timestamp
    date: datetime


class PartitionFiles(Protocol):
    """The node's own files of the partitions, in the places that existing nodes use (node-conventions 3.2).

    Order: none; `place` tells whether there is a partition at all.
    Idempotence: every call may be repeated.
    Raises, every method: `HostFailure` when a file cannot be read or written.
    Safe to call for different partitions at once.
    """

    def place(self, partition: PartitionId) -> PartitionPlace:
        """Return where a partition is and whose it is.

        Raises:
            HostFailure: there is no such directory, or it is root's.
        """
        ...

    def stamp(self, partition: PartitionId) -> ProcessedStamp | None:
        """Return what was last deployed; None when the partition has to be processed."""
        ...

    def write_stamp(self, partition: PartitionId, timestamp: Timestamp | None) -> None:
        """Remember what was deployed; None forgets it."""
        ...

    def periodicity(self, release: SoftwareUrl) -> int | None:
        """Return the seconds after which a release wants its instances processed again; None: no wish."""
        ...

    def programs(self, place: PartitionPlace) -> tuple[Program, ...]:
        """Return the programs of `etc/run` and `etc/service`, each sorted; of two namesakes the service."""
        ...

    def release_partition(self, place: PartitionPlace) -> tuple[str, ...]:
        """Forget the node's own data of a free partition; return what else was left there, sorted."""
        ...

    def legacy_stopped(self) -> tuple[PartitionId, ...]:
        """Return the partitions whose `.requested_state` says stopped, sorted."""
        ...


class PartitionJournal(Protocol):
    """What a deployment leaves behind: requests of children, identity, error texts.

    Idempotence: every call may be repeated.
    Raises, every method: `HostFailure` when a file cannot be read or written.
    """

    def forget_requests(self, place: PartitionPlace) -> None:
        """Forget which children were requested by an earlier deployment."""
        ...

    def requested_children(self, place: PartitionPlace) -> tuple[InstanceTitle, ...] | None:
        """Return which children the deployment requested; None when no transaction was begun."""
        ...

    def write_certificate(self, place: PartitionPlace, certificate: "PartitionCertificate") -> None:
        """Store the identity of the partition where its recipes look for it, readable by it alone."""
        ...

    def write_error(self, place: PartitionPlace, text: str) -> None:
        """Keep the text of a failed deployment beside the partition's files; the empty text forgets it."""
        ...

    def opened_log(self, place: PartitionPlace) -> "AbstractContextManager[OnLine]":
        """Open the partition's own log for one deployment; yields what adds lines to it."""
        ...
