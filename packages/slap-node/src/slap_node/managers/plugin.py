"""What a manager is and what it is given: a plug-in found by an entry point of group `slap_node.managers`."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Protocol

from slap_domain.model.partition import PartitionPlace
from slap_domain.model.references import PartitionId
from slap_domain.ports.clock import Clock
from slap_node.managers.no_hooks import NoHooks
from slap_node.programs import processes
from slap_node.programs.machine_programs import Runner, output_of
from slap_node.supervisor.rendering import ProgramText
from slap_node.system_clock import SystemClock

_NOTHING: Mapping[str, str] = MappingProxyType({})


class ExtensionPrograms(Protocol):
    """Runs the programs of partitions, and those that managers add to them."""

    def deploy_extension(self, place: PartitionPlace, suffix: str, programs: tuple[ProgramText, ...]) -> None:
        """Make the group `<partition id>-<suffix>` consist of these programs, and start them."""
        ...

    def deploy_groups(self, place: PartitionPlace, groups: Mapping[str, tuple[ProgramText, ...]]) -> None:
        """Make each of these groups of a partition consist of these programs, without starting them."""
        ...

    def start(self, partition: PartitionId) -> None:
        """Start the partition's own programs that do not run."""
        ...

    def stop(self, partition: PartitionId) -> None:
        """Stop all programs of the partition and forget them."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagerContext:
    """What a manager is given when it is made.

    Attributes:
        options: the node's merged options, [slapos] first.
        section: the manager's own section, [manager:<name>].
        firewall: section [firewall]; empty when there is none.
        run: runs a program.
        cancel: once set, the node ends, and no hook may wait any more.
    """

    name: str
    programs: ExtensionPrograms
    firewall: Mapping[str, str] = field(default_factory=lambda: _NOTHING, repr=False)
    options: Mapping[str, str] = field(default_factory=lambda: _NOTHING, repr=False)
    section: Mapping[str, str] = field(default_factory=lambda: _NOTHING, repr=False)
    run: Runner = processes.run
    clock: Clock = field(default_factory=SystemClock)
    cancel: threading.Event = field(default_factory=threading.Event)

    def option(self, key: str, default: str = "") -> str:
        """Return an option of the manager's section, or else of the node's."""
        return (self.section.get(key) or self.options.get(key) or default).strip()

    def output_of(self, *argv: str) -> str:
        """Run a program of the machine and return what it printed.

        Raises:
            HostFailure: it cannot be started, takes too long or fails.
        """
        return output_of(argv, self.run)


class Manager(NoHooks):
    """A manager that adds nothing: each real one overrides the hooks it needs."""

    SUFFIXES: frozenset[str] = frozenset()
    """Suffixes of the supervisor groups that it keeps up."""

    def __init__(self, context: ManagerContext) -> None:
        self.context = context

    def format_begins(self) -> None:
        """The computer is about to be formatted."""

    def format_ended(self) -> None:
        """The computer was formatted."""
