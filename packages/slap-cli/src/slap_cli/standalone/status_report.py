"""What `slapos standalone status` and `run` print of services."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from slap_cli.standalone.ended_programs import how_it_ended, is_supervised, is_up, services_of
from slap_cli.standalone.ports import UNSUPERVISED, Request, System
from slap_cli.standalone.progress_display import ProgressDisplay
from slap_cli.standalone.record import Record
from slap_cli.tenant.parameters import for_display
from slap_cli.tenant.service_status import service_status
from slap_cli.terminal import Terminal
from slap_domain.errors import NotFound
from slap_domain.model.computer import AssignedInstance
from slap_domain.model.instance import InstanceState
from slap_domain.model.references import PartitionId, instance_title
from slap_domain.ports.process_supervisor import RunningProgram

_STOPPED = "stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceReport:
    """A service, as shown to people.

    Attributes:
        state: started, stopped, or in error.
        why: what is wrong, a line for each thing; empty when nothing is.
    """

    name: str
    release: str
    state: str
    connection: Mapping[str, object] = field(default_factory=dict)
    why: tuple[str, ...] = ()

    @property
    def runs(self) -> bool:
        """Tell whether it does what it should."""
        return self.state == InstanceState.STARTED

    def lines(self) -> list[str]:
        """Return what is printed of it."""
        shown = [f"{self.name}: {self.state}", *(f"  {line}" for line in self.why)]
        if self.connection:
            shown.append("connection parameters:")
            shown.extend(_shown(key, self.connection[key]) for key in sorted(self.connection))
        return shown


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemReport:
    """A standalone system, as shown to people.

    Attributes:
        master_url: empty when the master does not run.
        kept: whether somebody looks after it, so that a service that ends is started again.
    """

    directory: str
    master_url: str
    services: tuple[ServiceReport, ...]
    programs: tuple[RunningProgram, ...] = ()
    kept: bool = False

    @property
    def all_run(self) -> bool:
        """Tell whether every service runs."""
        return bool(self.services) and all(service.runs for service in self.services)

    def lines(self) -> list[str]:
        """Return what is printed of it."""
        shown = [f"directory: {self.directory}", f"master: {self.master_url or _STOPPED}"]
        if self.master_url and not self.kept:
            shown.append("nobody looks after it: `slapos standalone run` changes that")
        for service in self.services:
            shown.extend(service.lines())
        if self.programs:
            shown.append("programs:")
            shown.extend(f"  {one.group}:{one.name}  {one.state}" for one in self.programs)
        return shown

    def document(self) -> dict[str, object]:
        """Return it for programs that read JSON."""
        return {
            "directory": self.directory,
            "master": self.master_url or None,
            "looked-after": self.kept,
            "services": [
                {
                    "name": service.name,
                    "release": service.release,
                    "state": service.state,
                    "why": list(service.why),
                    "connection-parameters": dict(service.connection),
                }
                for service in self.services
            ],
            "programs": [
                {"group": one.group, "name": one.name, "state": one.state, "pid": one.pid}
                for one in self.programs
            ],
        }


def system_report(system: System, record: Record, directory: str, *, kept: bool) -> SystemReport:
    """Find out what runs; nothing is started for it.

    Args:
        system: may run or not.
        record: of what was asked for.
        directory: where.
        kept: whether somebody looks after it.

    Raises:
        SlapError: the master runs but does not answer.
    """
    up = system.master_process.is_running()
    programs = system.node.programs()
    return SystemReport(
        directory=directory,
        master_url=record.master_url() if up else "",
        services=tuple(
            service_report(system, name, wanted.release, programs)
            if up
            else ServiceReport(name=name, release=wanted.release, state=_STOPPED, why=_left(programs))
            for name, wanted in sorted(record.services.items())
        ),
        programs=programs,
        kept=kept,
    )


def service_report(
    system: System, name: str, release: str, programs: Sequence[RunningProgram]
) -> ServiceReport:
    """Return what the master knows of a service, and what its programs do.

    Raises:
        SlapError: the master does not answer.
    """
    try:
        service = system.master().describe_service(instance_title(name))
    except NotFound:
        return ServiceReport(name=name, release=release, state=str(InstanceState.DESTROYED))
    why: tuple[str, ...] = ()
    red = False
    if service.state is InstanceState.STARTED:
        red = service_status(service.news) == "red"
        why = _wrong(programs, system.node.assignment().tree(name))
    return ServiceReport(
        name=name,
        release=release,
        state="in error" if red or why else str(service.state),
        connection=for_display(service.connection, unwrap=True),
        why=why,
    )


def say_service(system: System, request: Request, display: ProgressDisplay, terminal: Terminal) -> None:
    """Print the service that came up, at once: who reads it shall not wait for the end of the command.

    Raises:
        SlapError: the master does not answer.
    """
    display.rest()
    for line in service_report(system, request.name, request.release, system.node.programs()).lines():
        terminal.say(line)
    terminal.out.flush()


def _wrong(
    programs: Sequence[RunningProgram], tree: Mapping[PartitionId, AssignedInstance]
) -> tuple[str, ...]:
    """Say which programs of a service do not run, or that nothing supervises them."""
    started = {partition for partition, instance in tree.items() if instance.state is InstanceState.STARTED}
    if started and not is_supervised(programs):
        return ("its supervisor does not run; `slapos standalone run` starts it again", *_left(programs))
    return tuple(
        f"{program.group}: {how_it_ended(program)}"
        for program in services_of(programs)
        if program.group in started and not is_up(program)
    )


def _left(programs: Sequence[RunningProgram]) -> tuple[str, ...]:
    if not any(program.state == UNSUPERVISED for program in programs):
        return ()
    return ("programs of a supervisor that was killed still run; `slapos standalone stop` ends them",)


def _shown(key: str, value: object) -> str:
    first, *others = str(value).split("\n")
    return "\n".join([f"  {key}: {first}", *(f"    {line}" for line in others)])
