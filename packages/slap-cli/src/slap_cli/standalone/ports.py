"""What the standalone commands ask of a node and of a master's process."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from slap_domain.model.computer import ComputerAssignment
from slap_domain.model.references import PartitionId, SoftwareUrl
from slap_domain.ports.master_for_tenants import MasterForTenants
from slap_domain.ports.process_supervisor import RunningProgram
from slap_domain.use_cases.node.deploy_instances import InstancesOutcome
from slap_domain.use_cases.node.install_software import SoftwareOutcome

UNSUPERVISED = "UNSUPERVISED"
"""The state of a program whose supervisor was killed."""


class StandaloneNode(Protocol):
    """The documented steps of a node, on the configuration of the place.

    Order: `format` first. Idempotence: every step may be repeated; what is so already is left alone.
    Raises, every method: `SlapError`.
    """

    def format(self) -> None:
        """Make the partitions and describe the computer to the master."""
        ...

    def assignment(self) -> ComputerAssignment:
        """Return what the master wants of the computer."""
        ...

    def install_software(self, release: SoftwareUrl, *, again: bool = False) -> SoftwareOutcome:
        """Build one release that is supplied, unless it is built.

        Args:
            release: its URL or path.
            again: build it also when it is built; its instances are then deployed again by the next pass.
        """
        ...

    def deploy(self, *, assured: bool = False) -> InstancesOutcome:
        """Make one pass over the partitions.

        Args:
            assured: start also what does not run of what is up to date, and ask all promises.
        """
        ...

    def report(self) -> None:
        """Free the partitions of destroyed instances."""
        ...

    def programs(self) -> tuple[RunningProgram, ...]:
        """Return what the supervisor runs; when it does not run, what one that was killed has left."""
        ...

    def output(self, program: RunningProgram) -> str:
        """Return the end of what a program of a partition printed."""
        ...

    def has_promises(self, partition: PartitionId) -> bool:
        """Tell whether any promise speaks for a partition."""
        ...

    def stop(self) -> None:
        """Stop all programs and the supervisor; nothing happens when it does not run."""
        ...


class MasterProcess(Protocol):
    """The process of the master.

    Idempotence: both calls say how things shall be. Raises: `HostFailure`.
    """

    def is_running(self) -> bool:
        """Tell whether the master of this place runs."""
        ...

    def start(self) -> None:
        """Start it unless it runs, and return when it answers."""
        ...

    def stop(self) -> None:
        """Stop it if it runs, and return when it has ended."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """The service that `standalone run` is asked for.

    Attributes:
        parameters: None: those of the last time.
        has_changed: the files of the release are others than it was built from.
    """

    name: str
    release: str
    type: str = ""
    parameters: Mapping[str, str] | None = None
    has_changed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """A standalone system, as the commands work with it.

    Attributes:
        master: gives the conversation of a tenant with the running master.
        say: is told each step, in words for people.
        pause: waits for a number of seconds.
        monotonic: tells the time in seconds.
    """

    node: StandaloneNode
    master_process: MasterProcess
    master: Callable[[], MasterForTenants]
    say: Callable[[str], None]
    pause: Callable[[float], None]
    monotonic: Callable[[], float]
