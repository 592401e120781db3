"""A partition of a computer: where an instance runs, and who asks when an instance does."""

from dataclasses import dataclass

from slap_domain.model.references import ComputerGuid, InstanceGuid, PartitionId


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A partition of a computer."""

    computer: ComputerGuid
    partition: PartitionId

    def __str__(self) -> str:
        """Return words for messages."""
        return f"{self.partition} of {self.computer}"

    @property
    def guid(self) -> InstanceGuid:
        """Return the name by which the wire knows what runs here (wire-slap 4.3)."""
        return InstanceGuid(f"{self.computer}-{self.partition}")
