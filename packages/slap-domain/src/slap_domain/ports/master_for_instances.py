"""What a recipe, running in a partition, says to the master besides requesting children."""

from dataclasses import dataclass, field
from typing import Protocol

from slap_domain.model.references import ComputerGuid, InstanceTitle, PartitionId


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedConnection:
    """Connection parameters that an instance publishes, for itself or for a shared instance it serves."""

    computer: ComputerGuid
    partition: PartitionId
    parameters: dict[str, object] = field(default_factory=dict)
    shared_reference: str = ""


class MasterForInstances(Protocol):
    """The conversation of a recipe, running in a partition, with the master, besides requesting children.

    Raises, every method: `NotFound`, `NotAllowed`, `MasterUnreachable`.
    """

    def publish(self, connection: PublishedConnection) -> None:
        """Publish connection parameters. Publishing the same ones again changes nothing."""
        ...

    def rename(
        self, computer: ComputerGuid, partition: PartitionId, title: InstanceTitle, shared_reference: str = ""
    ) -> None:
        """Give an instance, or a shared instance it serves, a new title."""
        ...
