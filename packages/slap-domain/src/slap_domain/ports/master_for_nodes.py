"""What a node says to its master while it makes true what was asked."""

from dataclasses import dataclass, field
from typing import Protocol

from slap_domain.model.addresses import InterfaceAddress
from slap_domain.model.computer import ComputerAssignment
from slap_domain.model.instance import InstanceEvent
from slap_domain.model.references import ComputerGuid, InstanceTitle, PartitionId, SoftwareUrl
from slap_domain.model.software_release import SoftwareEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class PartitionCertificate:
    """The identity of a partition; both texts are empty where the master gives none.

    The key is secret: it is left out of the representation and stored 0400.
    """

    certificate: str
    key: str = field(repr=False)


class MasterForNodes(Protocol):
    """The conversation of a node with its master about releases and instances.

    Order: `assignment` first; a release is reported building, then available or in error.
    Idempotence: every report may be repeated; the last one counts.
    Raises, every method: `NotFound`, `NotAllowed`, `MasterUnreachable`.
    """

    def assignment(self, computer: ComputerGuid) -> ComputerAssignment:
        """Return everything the master wants of a computer."""
        ...

    def report_software(
        self, computer: ComputerGuid, release: SoftwareUrl, event: SoftwareEvent, log: str = ""
    ) -> None:
        """Say how far a release has come; `log` goes with an error."""
        ...

    def report_instance(
        self, computer: ComputerGuid, partition: PartitionId, event: InstanceEvent, log: str = ""
    ) -> None:
        """Say what became of an instance; `log` goes with an error.

        A master may refuse to free a destroyed root that still has children; it then answers normally
        (wire-slap section 6) and the partition stays in the next assignment.
        """
        ...

    def report_children(
        self, computer: ComputerGuid, partition: PartitionId, titles: tuple[InstanceTitle, ...]
    ) -> None:
        """Say which instances a partition requested during its last deployment.

        Raises:
            NotFound: the master does not keep this; not a failure of the deployment.
        """
        ...

    def partition_certificate(self, computer: ComputerGuid, partition: PartitionId) -> PartitionCertificate:
        """Return the identity of a partition."""
        ...

    def tree_addresses(self, computer: ComputerGuid, partition: PartitionId) -> tuple[InterfaceAddress, ...]:
        """Return the addresses of all partitions of the instance tree that a partition belongs to."""
        ...
