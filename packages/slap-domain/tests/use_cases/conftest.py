"""A node on fakes, with a master in memory."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import PurePosixPath

import pytest

from slap_domain.model.computer import AssignedInstance, ComputerAssignment
from slap_domain.model.instance import InstanceEvent, InstanceRequest, InstanceState
from slap_domain.model.partition import Program
from slap_domain.model.place import Place
from slap_domain.model.references import ComputerGuid, InstanceTitle, PartitionId, SoftwareUrl
from slap_domain.ports.master_for_instances import PublishedConnection
from slap_domain.ports.master_for_nodes import PartitionCertificate
from slap_domain.ports.promise_checker import ThisNode
from slap_domain.testing.in_memory_master import InMemoryMaster
from slap_domain.testing.instance_builder import FakeInstanceBuilder
from slap_domain.testing.node_hooks import FakePartitionFirewall, RecordingHooks
from slap_domain.testing.partition_files import FakePartitionFiles, FakePartitionJournal
from slap_domain.testing.partition_remains import FakePartitionRemains
from slap_domain.testing.process_supervisor import FakeProcessSupervisor
from slap_domain.testing.progress_listener import RecordingProgress
from slap_domain.testing.promise_checker import FakePromiseChecker
from slap_domain.testing.usage_reports import FakeUsageReports
from slap_domain.testing.workers import SequentialWorkers
from slap_domain.use_cases.node.check_promises import CheckPromises, PromisePorts
from slap_domain.use_cases.node.deploy_instances import DeployInstances, InstancesOutcome, PartitionResult
from slap_domain.use_cases.node.deploy_partition import DeploymentOptions, DeploymentPorts
from slap_domain.use_cases.node.report_consumption import ConsumptionPorts, ReportConsumption

COMPUTER = ComputerGuid("COMP-1")
RELEASE = SoftwareUrl("https://example.com/software.cfg")
REPOSITORY = PurePosixPath("/srv/pki")


class WatchedMaster:
    """A master's conversations with nodes and hosts, remembered; `failures` says what a method raises."""

    def __init__(self, master: InMemoryMaster) -> None:
        self._master = master
        self.calls: list[tuple[str, tuple[object, ...]]] = []
        self.failures: dict[str, Exception] = {}
        self.alter: Callable[[AssignedInstance], AssignedInstance] | None = None

    def assignment(self, computer: ComputerGuid) -> ComputerAssignment:
        """Return what the master wants, each instance altered as a test says."""
        found = self.__getattr__("assignment")(computer)
        if self.alter is None:
            return found
        return replace(
            found,
            partitions=tuple(
                replace(part, instance=self.alter(part.instance)) if part.instance else part
                for part in found.partitions
            ),
        )

    def __getattr__(self, name: str) -> Callable[..., object]:
        conversation = self._master.nodes if hasattr(self._master.nodes, name) else self._master.hosts

        def call(computer: ComputerGuid, *arguments: object) -> object:
            self.calls.append((name, arguments))
            key = " ".join((name, *(str(argument) for argument in arguments[:2])))
            for wanted, failure in self.failures.items():
                if key.startswith(wanted):
                    raise failure
            if name == "partition_certificate":
                return PartitionCertificate(certificate=f"certificate of {arguments[0]}", key="key")
            return getattr(conversation, name)(computer, *arguments)

        return call

    def said(self, name: str) -> list[tuple[object, ...]]:
        return [arguments for called, arguments in self.calls if called == name]


class NodeWorld:
    def __init__(self, *, firewall: bool = False) -> None:
        self.master = InMemoryMaster().with_computer(COMPUTER, "slappart0", "slappart1", "slappart2")
        self.conversation = WatchedMaster(self.master)
        self.clock = self.master.clock
        self.files = FakePartitionFiles(self.clock, "slappart0", "slappart1", "slappart2")
        self.journal = FakePartitionJournal()
        self.remains = FakePartitionRemains()
        self.builder = FakeInstanceBuilder()
        self.supervisor = FakeProcessSupervisor()
        self.promises = FakePromiseChecker()
        self.hooks = RecordingHooks()
        self.progress = RecordingProgress()
        self.reports = FakeUsageReports()
        self.firewall = FakePartitionFirewall() if firewall else None

    @staticmethod
    def results(outcome: InstancesOutcome) -> dict[PartitionId, PartitionResult]:
        return {partition.partition: partition.result for partition in outcome.partitions}

    def reported(self, event: InstanceEvent) -> list[object]:
        """Return the partitions of which the master was told an event."""
        return [args[0] for args in self.conversation.said("report_instance") if args[1] is event]

    @staticmethod
    def raising(error: Exception) -> Callable[[], None]:
        """Return an effect of a build that fails."""

        def effect() -> None:
            raise error

        return effect

    def request(self, title: str = "web", state: InstanceState | None = None, **options: object):
        return self.master.tenants.request(
            InstanceRequest(title=InstanceTitle(title), release=RELEASE, state=state, **options)
        )

    def request_child(self, partition: str, title: str, state: InstanceState | None = None):
        return self.request(
            title, state, requester=Place(computer=COMPUTER, partition=PartitionId(partition))
        )

    def publish(self, partition: str, **parameters: object) -> None:
        self.master.instances.publish(
            PublishedConnection(
                computer=COMPUTER, partition=PartitionId(partition), parameters=dict(parameters)
            )
        )

    def give_program(self, partition: str, name: str = "server") -> None:
        command = PurePosixPath("/srv/slapgrid") / partition / "etc/service" / name
        program = Program(name=name, command=command, watched=True)
        self.files.programs_of[PartitionId(partition)] = (program,)

    def deploy(self, *, certificates: bool = False, **options: object):
        ports = DeploymentPorts(
            master=self.conversation,
            hosts=self.conversation,
            files=self.files,
            journal=self.journal,
            remains=self.remains,
            builder=self.builder,
            supervisor=self.supervisor,
            promises=self.promises,
            hooks=self.hooks,
            workers=SequentialWorkers(),
            clock=self.clock,
            progress=self.progress,
            firewall=self.firewall,
        )
        node = self.this_node(certificates=certificates)
        return DeployInstances(ports, DeploymentOptions(node=node, **options)).run()

    def this_node(self, *, certificates: bool = False) -> ThisNode:
        return ThisNode(
            computer=COMPUTER,
            master_url="http://127.0.0.1:5000",
            software_root=PurePosixPath("/opt/slapgrid"),
            certificate_repository=REPOSITORY if certificates else None,
        )

    def check_promises(self, only: tuple[PartitionId, ...] = ()):
        ports = PromisePorts(
            master=self.conversation,
            files=self.files,
            promises=self.promises,
            workers=SequentialWorkers(),
        )
        return CheckPromises(ports, self.this_node(), only).run()

    def report(self, *, certificates: bool = False):
        self.supervisor.ensure_running()
        ports = ConsumptionPorts(
            master=self.conversation,
            hosts=self.conversation,
            files=self.files,
            journal=self.journal,
            remains=self.remains,
            reports=self.reports,
            supervisor=self.supervisor,
            hooks=self.hooks,
            workers=SequentialWorkers(),
            clock=self.clock,
            progress=self.progress,
        )
        return ReportConsumption(ports, COMPUTER, REPOSITORY if certificates else None).run()


@pytest.fixture
def world() -> NodeWorld:
    return NodeWorld()


@pytest.fixture
def guarded_world() -> NodeWorld:
    """A node with a firewall."""
    return NodeWorld(firewall=True)
