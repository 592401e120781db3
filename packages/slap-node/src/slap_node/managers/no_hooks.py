"""The hooks of a node without managers."""

from slap_domain.model.software_release import SuppliedRelease
from slap_domain.ports.node_hooks import HookedPartition


class NoHooks:
    """Adds nothing to the work of the node."""

    def software_begins(self, release: SuppliedRelease) -> None:
        """Do nothing."""

    def software_ended(self, release: SuppliedRelease) -> None:
        """Do nothing."""

    def instance_begins(self, partition: HookedPartition) -> None:
        """Do nothing."""

    def instance_ended(self, partition: HookedPartition) -> None:
        """Do nothing."""

    def report(self, partition: HookedPartition) -> None:
        """Do nothing."""
