"""What the node says to whatever holds back, and then wipes, the files of destroyed instances."""

from datetime import datetime
from typing import Protocol

from slap_domain.model.partition import PartitionPlace


class PartitionRemains(Protocol):
    """The files of a partition whose instance is destroyed (node-conventions section 7).

    Order: `lock_delay`, `lock_date` and `awaited_processes` decide; `run_destroy_script`, then `wipe`.
    Idempotence: every call may be repeated.
    Raises, every method: `HostFailure`.
    """

    def write_lock_delay(self, place: PartitionPlace, days: str) -> None:
        """Freeze the retention delay of an instance, unless it is frozen already."""
        ...

    def lock_delay(self, place: PartitionPlace) -> float:
        """Return the frozen delay in days; 0 when there is none."""
        ...

    def lock_date(self, place: PartitionPlace) -> datetime | None:
        """Return until when the files are kept; None when that is not decided yet."""
        ...

    def write_lock_date(self, place: PartitionPlace, date: datetime) -> None:
        """Decide until when the files are kept."""
        ...

    def awaited_processes(self, place: PartitionPlace) -> tuple[str, ...]:
        """Return the processes, `group:name`, whose end the wiping has to wait for."""
        ...

    def run_destroy_script(self, place: PartitionPlace) -> None:
        """Run `sbin/destroy` of the partition, if there is one, as the partition's user.

        Raises:
            DeploymentFailed: it did not exit with 0.
        """
        ...

    def wipe(self, place: PartitionPlace) -> None:
        """Remove all files of the partition, certificates and extra storage included.

        The directory itself and `.slapos-resource` stay.
        """
        ...
