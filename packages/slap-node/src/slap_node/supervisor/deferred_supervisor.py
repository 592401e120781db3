"""A supervisor that is put together when it has to change something: most passes only see that it lives."""

import stat
import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING

from slap_domain.errors import HostFailure
from slap_node.supervisor.layout import FILE_MODE, SupervisorLayout
from slap_node.supervisor.main_configuration import main_text
from slap_node.supervisor.resumption import is_over
from slap_node.supervisor.rpc import SupervisorRpc
from slap_node.supervisor.supervisor_settings import SupervisorSettings

if TYPE_CHECKING:
    from slap_domain.model.partition import PartitionPlace, Program
    from slap_domain.model.references import PartitionId
    from slap_domain.ports.process_supervisor import RunningProgram
    from slap_node.supervisor.adapter import SupervisordSupervisor

_WATCHDOG = "watchdog:watchdog"
_LIVELY = frozenset({"STARTING", "RUNNING"})


class DeferredSupervisor:
    """Runs programs under supervisord; looks by one question whether all is well."""

    def __init__(self, settings: SupervisorSettings) -> None:
        self._settings = settings
        self._layout = SupervisorLayout(instance_root=settings.instance_root)
        self._lock = threading.Lock()
        self._found_well = False
        self._actual: SupervisordSupervisor | None = None

    def actual(self) -> "SupervisordSupervisor":
        """Return what changes things, made once."""
        with self._lock:
            if self._actual is None:
                from slap_node.supervisor.adapter import SupervisordSupervisor  # noqa: PLC0415 - costly

                made = SupervisordSupervisor(self._settings)
                if self._found_well:
                    made.ensure_running()
                self._actual = made
            return self._actual

    def ensure_running(self) -> None:
        """Start the supervisor daemon and its watchdog unless they run.

        Raises:
            HostFailure: it cannot be started, or does not run and may not be started by us.
        """
        with self._lock:
            self._found_well = self._actual is None and (self._found_well or self._is_well())
        if not self._found_well:
            self.actual().ensure_running()

    def has_groups(self, names: Iterable[str]) -> bool:
        """Tell whether the supervisor was told of one of these groups."""
        return any(self._layout.group_file(name).exists() for name in names)

    def deploy(self, place: "PartitionPlace", programs: "tuple[Program, ...]") -> None:
        """Make the partition's group consist of these programs, without starting them."""
        self.actual().deploy(place, programs)

    def start(self, partition: "PartitionId") -> None:
        """Start the programs of the partition that do not run, without waiting for them."""
        self.actual().start(partition)

    def stop(self, partition: "PartitionId") -> None:
        """Stop all programs of the partition and of its extensions, and forget their configuration."""
        self.actual().stop(partition)

    def resume(self, partition: "PartitionId") -> bool:
        """Start the programs of the partition if none of them has run since the daemon was launched."""
        return not self._found_well and self.actual().resume(partition)

    def start_all(self) -> None:
        """Start every program configured on disk."""
        self.actual().start_all()

    def programs(self) -> "tuple[RunningProgram, ...]":
        """Return every program that the supervisor knows."""
        return self.actual().programs()

    def _is_well(self) -> bool:
        """Tell whether there is nothing to do: the files are right and known, daemon and watchdog live.

        All that is to run has run since the daemon was launched.

        Whatever cannot be told is found out, and told, by who mends it.
        """
        layout, watchdog = self._layout, self._settings.watchdog
        if not watchdog or layout.socket != layout.default_socket or not layout.is_prepared():
            return False
        try:
            if (
                stat.S_IMODE(layout.configuration.stat().st_mode) != FILE_MODE
                or layout.configuration.read_text() != main_text(layout, watchdog)
                or any(layout.pending.iterdir())
                or not is_over(layout)
            ):
                return False
            info = SupervisorRpc(layout.socket).call("getProcessInfo", _WATCHDOG)
        except (OSError, ValueError, HostFailure):
            return False
        return isinstance(info, dict) and info.get("statename") in _LIVELY
