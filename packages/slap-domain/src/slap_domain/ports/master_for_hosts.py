"""What a machine says to its master about itself."""

from typing import Protocol

from slap_domain.model.computer import ComputerDescription
from slap_domain.model.references import ComputerGuid, PartitionId


class MasterForHosts(Protocol):
    """The conversation of a machine with its master about itself.

    Idempotence: `describe` may be repeated; a bang asks for a new processing each time; usage is accounted
    each time it is sent.
    Raises, every method: `NotFound`, `NotAllowed`, `InvalidInput`, `MasterUnreachable`.
    """

    def describe(self, computer: ComputerDescription, *, document: str = "") -> None:
        """Send the description of a formatted computer.

        Args:
            computer: the parts a master needs.
            document: the complete marshalled dictionary of `node format` (node-conventions section 11) to
                send in place of one made from `computer`; empty to make it.

        Raises:
            Conflict: it would drop a busy partition.
        """
        ...

    def bang_computer(self, computer: ComputerGuid, message: str) -> None:
        """Ask that every instance of the computer is processed again."""
        ...

    def bang_instance(self, computer: ComputerGuid, partition: PartitionId, message: str) -> None:
        """Ask that every instance of the partition's tree is processed again."""
        ...

    def report_usage(self, computer: ComputerGuid, journal: str) -> None:
        """Send consumption as a TIO journal (XML text)."""
        ...
