"""Make one partition what the master wants of it, step by step.

Most passes find nothing to do: what only a deployment needs is imported when there is one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from slap_domain.errors import DeploymentFailed, NotFound, PromiseFailed
from slap_domain.model.instance import InstanceEvent
from slap_domain.model.promise import PromiseMode
from slap_domain.planning.node.deployment import PartitionAction
from slap_domain.ports.progress_listener import Progress, ProgressKind

if TYPE_CHECKING:
    from slap_domain.model.computer import AssignedInstance
    from slap_domain.model.partition import PartitionPlace
    from slap_domain.model.references import PartitionId
    from slap_domain.ports.clock import Clock
    from slap_domain.ports.instance_builder import InstanceBuilder
    from slap_domain.ports.master_for_hosts import MasterForHosts
    from slap_domain.ports.master_for_nodes import MasterForNodes
    from slap_domain.ports.node_hooks import HookedPartition, NodeHooks, PartitionFirewall
    from slap_domain.ports.partition_files import PartitionFiles, PartitionJournal
    from slap_domain.ports.partition_remains import PartitionRemains
    from slap_domain.ports.process_supervisor import ProcessSupervisor
    from slap_domain.ports.progress_listener import ProgressListener
    from slap_domain.ports.promise_checker import PromiseChecker, PromiseOutcome, ThisNode
    from slap_domain.ports.workers import Workers


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentPorts:
    """Whom the deployment of instances talks to; `firewall` is None where none is configured."""

    master: MasterForNodes
    hosts: MasterForHosts
    files: PartitionFiles
    journal: PartitionJournal
    remains: PartitionRemains
    builder: InstanceBuilder
    supervisor: ProcessSupervisor
    promises: PromiseChecker
    hooks: NodeHooks
    workers: Workers
    clock: Clock
    progress: ProgressListener
    firewall: PartitionFirewall | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentOptions:
    """What a run is asked to do.

    Attributes:
        maximum_periodicity: seconds after which an unchanged partition is processed again, where its
            release has no wish.
        only: the partitions to work on; none: all.
        forced: process also what is up to date.
        force_stop: stop the services of started instances, also of those that are up to date.
        assured: start what does not run of instances that are up to date, and ask all their promises.
        rounds: how often the master is asked again what has changed through the run's own work.
    """

    node: ThisNode
    maximum_periodicity: int = 86400
    only: tuple[PartitionId, ...] = ()
    forced: bool = False
    force_stop: bool = False
    assured: bool = False
    rounds: int = 10


class DeployPartition:
    """Carries out what was decided for one partition (node-conventions section 3, steps 5 to 9)."""

    def __init__(self, ports: DeploymentPorts, options: DeploymentOptions) -> None:
        self._ports = ports
        self._options = options

    def apply(self, partition: HookedPartition, instance: AssignedInstance, action: PartitionAction) -> None:
        """Make a partition started, stopped or destroyed, and tell the master.

        Raises:
            DeploymentFailed: the instance does not deploy, or a promise fails.
            HostFailure: this machine cannot do it.
            MasterUnreachable, NotFound, NotAllowed: the master does not take part.
        """
        place = partition.place
        self._refresh_certificate(place)
        self._ports.journal.write_error(place, "")
        if action is PartitionAction.DESTROY:
            self._destroy(partition)
        elif action is PartitionAction.STOP:
            self._stop(partition, instance)
        else:
            self._start(partition, instance)
        self._ports.files.write_stamp(place.id, instance.timestamp)

    def run_programs(self, place: PartitionPlace) -> None:
        """Make the programs of a partition run that are deployed in it.

        Raises:
            HostFailure: the supervisor does not take them.
        """
        self._ports.supervisor.deploy(place, self._ports.files.programs(place))
        self._ports.supervisor.start(place.id)

    def check_promises(self, place: PartitionPlace, instance: AssignedInstance, mode: PromiseMode) -> None:
        """Ask the promises of a partition, and pass on a bang.

        Raises:
            PromiseFailed: one does not hold.
        """
        outcome = self.ask_promises(place, instance, mode)
        if outcome.bang:
            self._ports.hosts.bang_instance(self._options.node.computer, place.id, outcome.bang)
        if outcome.failures:
            first = outcome.failures[0]
            raise PromiseFailed(f"Promise '{first.name}' failed with output: {first.message}")

    def ask_promises(
        self, place: PartitionPlace, instance: AssignedInstance, mode: PromiseMode
    ) -> PromiseOutcome:
        """Run the promises of a partition: all of them to test, those that are due to find an anomaly."""
        return self._ports.promises.check(self._options.node.promise_round(place, instance.release, mode))

    def _start(self, partition: HookedPartition, instance: AssignedInstance) -> None:
        from slap_domain.planning.node.supervision import refuse_odd_names  # noqa: PLC0415

        place = partition.place
        try:
            self._install(place, instance)
            if self._options.force_stop:
                self._ports.supervisor.stop(place.id)
            else:
                self.run_programs(place)
            self._apply_firewall(partition)
            # Only now: all that can run does.
            refuse_odd_names(self._ports.files.programs(place))
        except DeploymentFailed:
            # What ran before still runs: its promises leave their results for whoever looks.
            self.ask_promises(place, instance, PromiseMode.TEST)
            raise
        self._tell(place, ProgressKind.AWAITING)
        self.check_promises(place, instance, PromiseMode.TEST)
        self._report(place, InstanceEvent.STARTED)
        self._finish_transaction(place)

    def _stop(self, partition: HookedPartition, instance: AssignedInstance) -> None:
        place = partition.place
        try:
            # Deployed all the same, so that the state reaches the children.
            self._install(place, instance)
            self._apply_firewall(partition)
        finally:
            self._ports.supervisor.stop(place.id)
        self._report_leniently(place, InstanceEvent.STOPPED)
        self._finish_transaction(place)

    def _destroy(self, partition: HookedPartition) -> None:
        self._ports.supervisor.stop(partition.place.id)
        if self._ports.firewall is not None:
            self._ports.firewall.remove(partition)
        self._report_leniently(partition.place, InstanceEvent.STOPPED)

    def _install(self, place: PartitionPlace, instance: AssignedInstance) -> None:
        from slap_domain.ports.instance_builder import InstanceBuild  # noqa: PLC0415

        delay = _retention_delay(instance)
        with self._ports.journal.opened_log(place) as write_line:

            def take(line: str) -> None:
                write_line(line)
                self._tell(place, ProgressKind.OUTPUT, line)

            self._ports.builder.build(InstanceBuild(place=place, instance=instance), take)
        self._ports.remains.write_lock_delay(place, str(delay))

    def _apply_firewall(self, partition: HookedPartition) -> None:
        if self._ports.firewall is not None:
            self._ports.firewall.apply(partition)

    def _refresh_certificate(self, place: PartitionPlace) -> None:
        if self._options.node.certificate_repository is not None:
            certificate = self._ports.master.partition_certificate(self._options.node.computer, place.id)
            self._ports.journal.write_certificate(place, certificate)

    def _finish_transaction(self, place: PartitionPlace) -> None:
        titles = self._ports.journal.requested_children(place)
        if titles is None:
            return
        try:
            self._ports.master.report_children(self._options.node.computer, place.id, titles)
        except NotFound as error:
            self._tell(place, ProgressKind.WARNING, f"the master keeps no list of children: {error}")

    def _report(self, place: PartitionPlace, event: InstanceEvent) -> None:
        self._ports.master.report_instance(self._options.node.computer, place.id, event)

    def _report_leniently(self, place: PartitionPlace, event: InstanceEvent) -> None:
        try:
            self._report(place, event)
        except NotFound as error:
            self._tell(place, ProgressKind.WARNING, f"the master did not take note: {error}")

    def _tell(self, place: PartitionPlace, kind: ProgressKind, text: str = "") -> None:
        self._ports.progress.tell(Progress(kind=kind, subject=place.id, text=text))


def _retention_delay(instance: AssignedInstance) -> float:
    from slap_domain.planning.node.cleanup import retention_days  # noqa: PLC0415

    text = str(instance.filters.get("retention_delay") or 0)
    try:
        return retention_days(text)
    except ValueError:
        raise DeploymentFailed(f"retention_delay {text[:80]!r} is not a number of days") from None
