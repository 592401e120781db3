"""Make a machine its own master, node and client: configuration, running master, formatted computer."""

from collections.abc import Callable
from dataclasses import dataclass

from slap_domain.errors import Conflict, HostFailure
from slap_domain.model.format.changes import FileChange, WriteDocument
from slap_domain.model.registration import LocalSetup
from slap_domain.planning.registration import local_files
from slap_domain.ports.process_supervisor import ProcessSupervisor
from slap_domain.ports.registrar import ConfigurationFiles
from slap_domain.use_cases.host.format_computer import FormatOutcome, MasterAnswer

_TRIES = 60
_PAUSE = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalPorts:
    """Whom the use case talks to.

    Attributes:
        format: formats the computer by the configuration that was written, and tells the master.
        wait: waits some seconds.
        report: is told what is done.
    """

    files: ConfigurationFiles
    supervisor: ProcessSupervisor
    format: Callable[[], FormatOutcome]
    wait: Callable[[float], None]
    report: Callable[[str], None]


class ConfigureLocal:
    """Configures a machine from scratch to ready. A run that was interrupted is completed by the next one."""

    def __init__(self, ports: LocalPorts) -> None:
        self._ports = ports

    def run(self, setup: LocalSetup) -> FormatOutcome:
        """Configure the machine.

        Raises:
            Conflict: a file exists that says something else; nothing is changed.
            RequestRefused, HostFailure: the computer cannot be formatted.
        """
        for change in self._missing(setup):
            self._ports.report(change.describe())
            self._ports.files.apply(change)
        self._ports.supervisor.ensure_running()
        self._ports.supervisor.start_all()
        self._ports.report(f"the master runs under the supervisor, at {setup.master_url}")
        return self._formatted(setup)

    def _missing(self, setup: LocalSetup) -> tuple[FileChange, ...]:
        changes = local_files(setup)
        for change in changes:
            if isinstance(change, WriteDocument) and self._says_otherwise(change):
                raise Conflict(
                    f"{change.path} exists already, and says something else",
                    hint="move it away, or choose other directories with the --slapos-… options",
                )
        return tuple(change for change in changes if not self._ports.files.is_made(change))

    def _says_otherwise(self, change: WriteDocument) -> bool:
        return self._ports.files.read(change.path) not in {None, change.text}

    def _formatted(self, setup: LocalSetup) -> FormatOutcome:
        for _ in range(_TRIES):
            outcome = self._ports.format()
            if outcome.master is not MasterAnswer.AWAY:
                return outcome
            self._ports.wait(_PAUSE)
        raise HostFailure(
            f"the master does not answer at {setup.master_url}",
            hint=f"see {setup.own_root}/var/slapproxy.log",
        )
