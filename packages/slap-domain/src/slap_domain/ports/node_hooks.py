"""What the node says to its managers: plug-ins that add to what is done for releases and partitions."""

from dataclasses import dataclass
from typing import Protocol

from slap_domain.model.computer import AssignedPartition
from slap_domain.model.partition import PartitionPlace
from slap_domain.model.software_release import SuppliedRelease


@dataclass(frozen=True, slots=True, kw_only=True)
class HookedPartition:
    """A partition as hooks see it.

    Attributes:
        assigned: what the master wants there.
        place: where it is.
    """

    assigned: AssignedPartition
    place: PartitionPlace


class NodeHooks(Protocol):
    """Is called around the work on each release and each partition (node-conventions section 10).

    Order: a `…_begins` before the work, the matching `…_ended` after it, also when the work failed or was
    skipped.
    Raises, every method: `DeploymentFailed` or `HostFailure`; the release or partition then counts as failed.
    Safe to call for different releases and partitions at once.
    """

    def software_begins(self, release: SuppliedRelease) -> None:
        """A release is about to be looked at."""
        ...

    def software_ended(self, release: SuppliedRelease) -> None:
        """The work on a release is over."""
        ...

    def instance_begins(self, partition: HookedPartition) -> None:
        """A partition is about to be looked at."""
        ...

    def instance_ended(self, partition: HookedPartition) -> None:
        """The work on a partition is over."""
        ...

    def report(self, partition: HookedPartition) -> None:
        """A destroyed partition is about to be wiped."""
        ...


class PartitionFirewall(Protocol):
    """Guards the addresses of partitions (node-conventions section 8).

    Idempotence: both calls say how things shall be.
    Raises, every method: `HostFailure`, `MasterUnreachable`.
    """

    def apply(self, partition: HookedPartition) -> None:
        """Make the rules of a partition what its instance asks for."""
        ...

    def remove(self, partition: HookedPartition) -> None:
        """Remove the rules of a partition."""
        ...
