"""The files of destroyed instances: how long they are kept, and their removal."""

import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath

from slap_domain.errors import Cancelled, DeploymentFailed
from slap_domain.model.partition import PartitionPlace
from slap_node import guarded_files
from slap_node.partitions import retention_record
from slap_node.settings import NodeSettings

_KEPT = frozenset({".slapos-resource"})  # written by `node format` alone (compat-notes 6.8)


@dataclass(frozen=True, slots=True, kw_only=True)
class PartitionRemainsOnDisk:
    """Keeps and removes them as existing nodes do (node-conventions section 7).

    Attributes:
        destroy_time: seconds that `sbin/destroy` may take where there is no partition_timeout: one that hangs
            must not keep the report of all others from its end.
    """

    settings: NodeSettings
    destroy_time: float = 3600.0
    caller: Mapping[str, str] = field(default_factory=lambda: dict(os.environ), repr=False)
    cancel: threading.Event = field(default_factory=threading.Event)

    def write_lock_delay(self, place: PartitionPlace, days: str) -> None:
        """Freeze the retention delay of an instance, unless it is frozen already."""
        if guarded_files.read_or_discard(place.path, retention_record.DELAY, limit=64) is None:
            guarded_files.write_text(place.path, retention_record.DELAY, text=days, owner=place.account)

    def lock_delay(self, place: PartitionPlace) -> float:
        """Return the frozen delay in days; 0 when there is none."""
        return retention_record.lock_delay(place)

    def lock_date(self, place: PartitionPlace) -> datetime | None:
        """Return until when the files are kept; None when that is not decided yet."""
        return retention_record.lock_date(place)

    def write_lock_date(self, place: PartitionPlace, date: datetime) -> None:
        """Decide until when the files are kept."""
        guarded_files.write_text(
            place.path, retention_record.DATE, text=str(date.timestamp()), owner=place.account
        )

    def awaited_processes(self, place: PartitionPlace) -> tuple[str, ...]:
        """Return the processes, `group:name`, whose end the wiping has to wait for."""
        text = guarded_files.read_or_discard(place.path, retention_record.WAIT_LIST) or ""
        return tuple(line.strip() for line in text.splitlines() if line.strip())

    def run_destroy_script(self, place: PartitionPlace) -> None:
        """Run `sbin/destroy` of the partition, if there is one, as the partition's user.

        Raises:
            DeploymentFailed: it did not exit with 0, or takes too long.
        """
        script = place.path / "sbin" / "destroy"
        if not Path(script).exists():
            return
        from slap_node.programs.environment import environment_of_runs  # noqa: PLC0415 - costly, and rarely needed
        from slap_node.programs.log_tail import log_tail  # noqa: PLC0415 - costly, and rarely needed
        from slap_node.programs.processes import Command, run  # noqa: PLC0415 - costly, and rarely needed

        command = Command(
            argv=(str(script),),
            directory=place.path,
            environment=environment_of_runs(
                self.caller, home=place.path, passed=self.settings.passed_environment
            ),
            account=place.account,
            timeout=self.settings.partition_timeout or self.destroy_time,
        )
        finished = run(command, cancel=self.cancel)
        if finished.cancelled:
            raise Cancelled
        if not finished.succeeded:
            hint = "see partition_timeout in section [slapos]" if finished.timed_out else ""
            raise DeploymentFailed(f"{script} {finished.ending}", log=log_tail(finished.output), hint=hint)

    def wipe(self, place: PartitionPlace) -> None:
        """Remove all files of the partition, certificates and extra storage included.

        The directory itself and `.slapos-resource` stay.
        """
        repository = self.settings.certificate_repository
        if repository is not None:
            for suffix in ("crt", "key"):
                guarded_files.remove(repository, f"{place.id}.{suffix}")
        guarded_files.remove(place.path, "software_release")
        self._wipe_storage(place)
        for name in guarded_files.entries(place.path):
            if name not in _KEPT:
                guarded_files.remove_tree(place.path, name)

    def _wipe_storage(self, place: PartitionPlace) -> None:
        # `DATA/<name>` are links to `<storage home>/<name>/<partition>`; where they lead is not believed.
        home = self.settings.storage_home
        if not home:
            return
        for name in guarded_files.entries(place.path, "DATA"):
            storage = PurePosixPath(home) / name
            if Path(storage).is_dir() and not Path(storage).is_symlink():
                for entry in guarded_files.entries(storage, place.id):
                    guarded_files.remove_tree(storage, place.id, entry)
