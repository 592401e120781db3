"""Make a machine its own master, node and client: configuration, running master, formatted computer."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from slap_domain.errors import Conflict, HostFailure
from slap_domain.model.host.changes import FileChange, WriteDocument
from slap_domain.model.host.registration import LocalSetup
from slap_domain.planning.host.configuration_differences import differences, told, way_on
from slap_domain.planning.host.registration import local_files, local_notes
from slap_domain.ports.process_supervisor import ProcessSupervisor
from slap_domain.ports.registrar import ConfigurationFiles
from slap_domain.use_cases.host.format_computer import FormatOutcome, MasterAnswer

_TRIES = 60
_PAUSE = 1.0
_START_TRIES = 600
_START_PAUSE = 0.1


class Listener(Enum):
    """Who listens where the master of this machine shall: nobody, that master, or another program."""

    NOBODY = "nobody"
    OURS = "ours"
    FOREIGN = "foreign"


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalPorts:
    """Whom the use case talks to.

    Attributes:
        check: makes sure that the computer can be formatted by the configuration that would be written.
        format: formats the computer by the configuration that was written, and tells the master.
        listener: tells who listens at the master's address.
        wait: waits some seconds.
        report: is told what is done.
    """

    files: ConfigurationFiles
    supervisor: ProcessSupervisor
    check: Callable[[], object]
    format: Callable[[], FormatOutcome]
    listener: Callable[[], Listener]
    wait: Callable[[float], None]
    report: Callable[[str], None]


class ConfigureLocal:
    """Configures a machine from scratch to ready. A run that was interrupted is completed by the next one."""

    def __init__(self, ports: LocalPorts) -> None:
        self._ports = ports

    def run(self, setup: LocalSetup) -> FormatOutcome:
        """Configure the machine.

        Raises:
            Conflict: a file exists that says something else, or another program listens where the master
                shall; nothing is changed.
            RequestRefused, HostFailure: the computer cannot be formatted so, and nothing is changed; or the
                master does not start.
        """
        missing = self._missing(setup)
        if self._ports.listener() is Listener.FOREIGN:
            raise _port_taken(setup)
        self._ports.check()
        for note in local_notes(setup):
            self._ports.report(note)
        for change in missing:
            self._ports.report(change.describe())
            self._ports.files.apply(change)
        self._ports.supervisor.ensure_running()
        self._ports.supervisor.start_all()
        self._await_master(setup)
        self._ports.report(f"the master runs under the supervisor, at {setup.master_url}")
        return self._formatted(setup)

    def _missing(self, setup: LocalSetup) -> tuple[FileChange, ...]:
        changes = local_files(setup)
        settled = {
            change.path
            for change in changes
            if isinstance(change, WriteDocument) and self._is_settled(change, setup)
        }
        return tuple(
            change
            for change in changes
            if change.path not in settled and not self._ports.files.is_made(change)
        )

    def _is_settled(self, change: WriteDocument, setup: LocalSetup) -> bool:
        """Tell whether a file is there and says the same, maybe in other words, which are left as they are.

        Raises:
            Conflict: it says something else.
        """
        there = self._ports.files.read(change.path)
        if there is None:
            return False
        found = differences(there, change.text, str(change.path))
        if found is None:
            raise Conflict(
                f"{change.path} exists already, and is no configuration",
                hint="move it away, or choose other directories with the --slapos-… options",
            )
        if found:
            raise Conflict(
                f"{change.path} exists already, and says otherwise: {told(found)}",
                hint=way_on(found, str(change.path), str(setup.configuration)),
            )
        return True

    def _await_master(self, setup: LocalSetup) -> None:
        """Wait until our own master listens: what another one is told is of no use here."""
        for _ in range(_START_TRIES):
            found = self._ports.listener()
            if found is Listener.OURS:
                return
            if found is Listener.FOREIGN:
                raise _port_taken(setup)
            self._ports.wait(_START_PAUSE)
        raise _unanswered(setup)

    def _formatted(self, setup: LocalSetup) -> FormatOutcome:
        for _ in range(_TRIES):
            outcome = self._ports.format()
            if outcome.master is not MasterAnswer.AWAY:
                return outcome
            self._ports.wait(_PAUSE)
        raise _unanswered(setup)


def _port_taken(setup: LocalSetup) -> Conflict:
    return Conflict(
        f"another program listens on {setup.listen_ip} port {setup.listen_port}, where the master shall",
        hint="stop it, or choose another port with --daemon-listen-port",
    )


def _unanswered(setup: LocalSetup) -> HostFailure:
    return HostFailure(
        f"the master does not answer at {setup.master_url}",
        hint=f"see {setup.own_root}/var/slapproxy.log",
    )
