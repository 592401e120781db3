"""What the node says to the supervisor that runs the programs of its partitions."""

from dataclasses import dataclass
from typing import Protocol

from slap_domain.model.partition import PartitionPlace, Program
from slap_domain.model.references import PartitionId


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningProgram:
    """A program as the supervisor sees it.

    Attributes:
        group: the partition id, or `<partition id>-<suffix>` for programs that managers add.
        state: supervisor's own word: RUNNING, STARTING, STOPPED, EXITED, FATAL, BACKOFF, STOPPING, UNKNOWN.
        pid: 0 when it does not run.
        uptime: seconds since it was started; 0 when it does not run.
        ended: how it ended by itself, as `ended with status 3`; empty when it did not.
    """

    group: str
    name: str
    state: str
    pid: int
    uptime: float = 0.0
    ended: str = ""


class ProcessSupervisor(Protocol):
    """The conversation of a node with its supervisor.

    Order: `ensure_running` before anything else; `deploy` before `start`.
    Idempotence: every call says how things shall be; what is so already is not touched (a running program
    whose configuration is unchanged keeps its pid).
    Raises, every method: `HostFailure`.
    Safe to call for different partitions at once.
    """

    def ensure_running(self) -> None:
        """Start the supervisor daemon and its watchdog unless they run."""
        ...

    def deploy(self, place: PartitionPlace, programs: tuple[Program, ...]) -> None:
        """Make the partition's group consist of these programs, without starting them."""
        ...

    def start(self, partition: PartitionId) -> None:
        """Start the programs of the partition that do not run, without waiting for them."""
        ...

    def stop(self, partition: PartitionId) -> None:
        """Stop all programs of the partition and of its managers' groups, and forget their configuration."""
        ...

    def resume(self, partition: PartitionId) -> bool:
        """Start the programs of a partition if none of them has run since the daemon was launched.

        So they run again after a shutdown or a reboot, and what was stopped by hand since stays so.

        Returns:
            whether they had to be started.

        Raises:
            DeploymentFailed: a program cannot be started.
        """
        ...

    def start_all(self) -> None:
        """Start every program configured on disk: what a node does when its master is away."""
        ...

    def programs(self) -> tuple[RunningProgram, ...]:
        """Return every program that the supervisor knows."""
        ...
