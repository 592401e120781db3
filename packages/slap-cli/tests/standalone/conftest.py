"""A standalone system on fakes: a master with its real rules, a node with scripted passes, no process."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import pytest

from slap_cli.standalone.place import COMPUTER
from slap_cli.standalone.ports import System
from slap_domain.errors import HostFailure, SlapError
from slap_domain.model.instance import InstanceEvent
from slap_domain.model.references import ComputerGuid
from slap_domain.ports.process_supervisor import RunningProgram
from slap_domain.testing.in_memory_master import InMemoryMaster
from slap_domain.use_cases.node.deploy_instances import InstancesOutcome, PartitionOutcome, PartitionResult
from slap_domain.use_cases.node.install_software import ReleaseOutcome, ReleaseResult, SoftwareOutcome

GUID = ComputerGuid(COMPUTER)


@dataclass
class FakeNode:
    """A node whose passes end as scripted; past the script, everything works."""

    master: InMemoryMaster
    partitions: int = 2
    passes: list[PartitionResult | InstancesOutcome | SlapError] = field(default_factory=list)
    broken_releases: dict[str, str] = field(default_factory=dict)
    steps: list[str] = field(default_factory=list)
    supervised: tuple[RunningProgram, ...] = (
        RunningProgram(group="watchdog", name="watchdog", state="RUNNING", pid=6),
    )
    promised: bool = True

    def format(self):
        self.steps.append("format")
        self.master.with_computer(COMPUTER, *(f"slappart{index}" for index in range(self.partitions)))

    def assignment(self):
        return self.master.nodes.assignment(GUID)

    def install_software(self, release, *, again=False):
        self.steps.append(f"software {release}{', again' if again else ''}")
        log = self.broken_releases.get(release)
        return SoftwareOutcome(
            releases=(
                ReleaseOutcome(
                    release=release,
                    result=ReleaseResult.BUILT if log is None else ReleaseResult.FAILED,
                    message="" if log is None else "buildout failed",
                    log=log or "",
                ),
            )
        )

    def deploy(self, *, assured=False):
        self.steps.append("instance, assured" if assured else "instance")
        planned = self.passes.pop(0) if self.passes else PartitionResult.STARTED
        if isinstance(planned, SlapError):
            raise planned
        if isinstance(planned, InstancesOutcome):
            return planned
        return InstancesOutcome(partitions=tuple(self._outcomes(planned)))

    def _outcomes(self, result) -> Iterable[PartitionOutcome]:
        for partition in self.assignment().partitions:
            if partition.instance is None:
                continue
            if result is PartitionResult.STARTED:
                self.master.nodes.report_instance(GUID, partition.id, InstanceEvent.STARTED)
            yield PartitionOutcome(
                partition=partition.id,
                result=result,
                title=partition.instance.title,
                message="" if result is PartitionResult.STARTED else f"it {result}",
                log="Error: the story" if result is PartitionResult.FAILED else "",
            )

    def report(self):
        self.steps.append("report")

    def programs(self):
        return self.supervised

    def output(self, program):
        return f"{program.name} says why"

    def has_promises(self, partition):
        return self.promised

    def stop(self):
        self.steps.append("stop")


@dataclass
class FakeMasterProcess:
    """A process of the master, as far as one can tell from outside."""

    running: bool = True
    broken: bool = False

    def is_running(self):
        return self.running

    def start(self):
        if self.broken:
            raise HostFailure("the master does not start")
        self.running = True

    def stop(self):
        self.running = False


@dataclass
class World:
    """A system and what its parts were told."""

    master: InMemoryMaster = field(default_factory=InMemoryMaster)
    said: list[str] = field(default_factory=list)
    node: FakeNode = field(init=False)
    process: FakeMasterProcess = field(default_factory=FakeMasterProcess)

    def __post_init__(self):
        self.node = FakeNode(self.master)

    @property
    def system(self) -> System:
        return System(
            node=self.node,
            master_process=self.process,
            master=lambda: self.master.tenants,
            say=self.said.append,
            pause=self.master.clock.advance,
            monotonic=self.master.clock.monotonic,
        )


@pytest.fixture
def world() -> World:
    return World()
