"""Make every partition of this computer what the master wants of it."""

import contextlib
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from slap_domain.errors import (
    DeploymentFailed,
    InvalidInput,
    MasterUnreachable,
    NotAllowed,
    NotReady,
    PromiseFailed,
    SlapError,
)
from slap_domain.model.computer import AssignedInstance, AssignedPartition
from slap_domain.model.instance import InstanceEvent, InstanceState
from slap_domain.model.partition import PartitionPlace
from slap_domain.model.promise import PromiseMode
from slap_domain.model.references import PartitionId, SoftwareUrl
from slap_domain.planning.node.deployment import (
    PartitionAction,
    changed_since,
    is_news,
    partition_action,
    selected_partitions,
    up_to_date,
)
from slap_domain.ports.node_hooks import HookedPartition
from slap_domain.ports.progress_listener import Progress, ProgressKind
from slap_domain.use_cases.node.deploy_partition import DeploymentOptions, DeploymentPorts, DeployPartition
from slap_domain.use_cases.node.hooked_work import ended_by


class PartitionResult(StrEnum):
    """What became of a partition."""

    FREE = "free"
    UNCHANGED = "unchanged"
    STARTED = "started"
    STOPPED = "stopped"
    DESTROYED = "destroyed"
    FAILED = "failed"
    PROMISE_FAILED = "promise failed"
    OFFLINE = "offline"  # the master went away before its turn was over


@dataclass(frozen=True, slots=True, kw_only=True)
class PartitionOutcome:
    """What a run did about one partition.

    Attributes:
        title: of its instance; empty when it is free.
        message: why it failed; empty otherwise.
        log: the end of the log of what failed.
    """

    partition: PartitionId
    result: PartitionResult
    title: str = ""
    message: str = ""
    log: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class InstancesOutcome:
    """What a run did about all partitions.

    Attributes:
        offline: why the run did without the master; empty when it did not.
    """

    partitions: tuple[PartitionOutcome, ...] = ()
    offline: str = ""

    def having(self, *results: PartitionResult) -> tuple[PartitionOutcome, ...]:
        """Return the outcomes with one of these results."""
        return tuple(outcome for outcome in self.partitions if outcome.result in results)

    @property
    def exit_status(self) -> int:
        """Return 3 when the run was offline, 1 when a partition failed, 2 when only promises did, else 0."""
        if self.offline:
            return 3
        if self.having(PartitionResult.FAILED):
            return 1
        return 2 if self.having(PartitionResult.PROMISE_FAILED) else 0


_Partitions = tuple[AssignedPartition, ...]

# The whole run goes on without a master that does not answer or refuses the node (node-conventions 3);
# 404 concerns the partition alone.
_MASTER_AWAY = (MasterUnreachable, NotAllowed, InvalidInput)

_DONE = {
    PartitionAction.START: (PartitionResult.STARTED, ProgressKind.DEPLOYED),
    PartitionAction.STOP: (PartitionResult.STOPPED, ProgressKind.STOPPED),
    PartitionAction.DESTROY: (PartitionResult.DESTROYED, ProgressKind.DESTROYED),
}
_BUILT = frozenset({PartitionAction.START, PartitionAction.STOP})
_WORK = frozenset({PartitionResult.STARTED, PartitionResult.FAILED, PartitionResult.PROMISE_FAILED})


class DeployInstances:
    """Makes the partitions of this computer what the master wants (node-conventions section 3)."""

    def __init__(self, ports: DeploymentPorts, options: DeploymentOptions) -> None:
        self._ports = ports
        self._options = options
        self._deployment = DeployPartition(ports, options)
        self._periodicities: dict[SoftwareUrl, int | None] = {}
        self._offline = ""

    def run(self) -> InstancesOutcome:
        """Work on every partition; a failure of one never stops the next.

        Instances that change because of what the run itself did (a child requested, a parameter published)
        are processed in further rounds of the same run.

        Raises:
            NotFound: a partition that was asked for, or the computer, does not exist.
        """
        self._offline = ""
        self._periodicities.clear()
        # Both may take a while, and neither needs the other.
        partitions = self._ports.workers.beside(self._ports.supervisor.ensure_running, self._wanted)
        outcomes = self._rounds(partitions)
        if self._offline:
            return self._go_on_alone(outcomes, self._offline)
        return InstancesOutcome(partitions=outcomes)

    def _wanted(self) -> _Partitions:
        """Return the partitions to work on, as the master wants them; none when it is away."""
        try:
            assignment = self._ports.master.assignment(self._options.node.computer)
        except _MASTER_AWAY as error:
            self._offline = error.message
            return ()
        partitions = selected_partitions(assignment.partitions, self._options.only)
        self._prepare_builder(partitions)
        return partitions

    def _prepare_builder(self, partitions: Sequence[AssignedPartition]) -> None:
        """Let the builder begin when the first instance has to be deployed: mostly it is not the only one.

        To look at all of them here costs passes that find nothing changed more than it saves others.
        """
        for partition in partitions:
            if partition.instance is None:
                continue
            with contextlib.suppress(SlapError):  # told when its turn comes
                current = self._is_current(partition.id, partition.instance)
                if partition_action(partition, current=current) in _BUILT:
                    self._ports.builder.expect(partition.instance.release)
            return

    def _rounds(self, partitions: _Partitions) -> tuple[PartitionOutcome, ...]:
        everything = {partition.id: partition.instance for partition in partitions}
        outcomes: dict[PartitionId, PartitionOutcome] = {}
        rounds_left = self._options.rounds
        while partitions:
            results = self._ports.workers.each(self._one_partition, partitions)
            outcomes |= {outcome.partition: outcome for outcome in results}
            everything |= {partition.id: partition.instance for partition in partitions}
            rounds_left -= 1
            worked = any(outcome.result in _WORK for outcome in results)
            partitions = self._changed_meanwhile(everything) if worked and rounds_left > 0 else ()
        return tuple(outcomes.values())

    def _changed_meanwhile(
        self, seen: Mapping[PartitionId, AssignedInstance | None]
    ) -> tuple[AssignedPartition, ...]:
        if self._offline:
            return ()
        try:
            assignment = self._ports.master.assignment(self._options.node.computer)
        except (*_MASTER_AWAY, NotReady) as error:
            self._offline = error.message
            return ()
        return changed_since(assignment.partitions, seen)

    def _one_partition(self, partition: AssignedPartition) -> PartitionOutcome:
        title = partition.instance.title if partition.instance else ""
        if self._offline:
            return PartitionOutcome(partition=partition.id, result=PartitionResult.OFFLINE, title=title)
        try:
            place = self._ports.files.place(partition.id)
            result = self._with_hooks(HookedPartition(assigned=partition, place=place))
        except _MASTER_AWAY as error:
            return self._master_is_away(partition, error)
        except SlapError as error:
            return self._failed(partition, error)
        except Exception as error:  # noqa: BLE001 - the bulkhead: one partition never stops the next
            return self._failed(
                partition,
                DeploymentFailed(f"{type(error).__name__}: {error}", log=traceback.format_exc()),
            )
        return PartitionOutcome(partition=partition.id, result=result, title=title)

    def _with_hooks(self, partition: HookedPartition) -> PartitionResult:
        instance = partition.assigned.instance
        if instance is None:
            return self._release(partition.place)
        self._ports.journal.forget_requests(partition.place)
        with ended_by(
            lambda: self._ports.hooks.instance_ended(partition),
            lambda message: self._tell(partition.place.id, ProgressKind.WARNING, message),
        ):
            self._ports.hooks.instance_begins(partition)
            return self._process(partition, instance)

    def _process(self, partition: HookedPartition, instance: AssignedInstance) -> PartitionResult:
        action = partition_action(partition.assigned, current=self._is_current(partition.place.id, instance))
        if action is PartitionAction.LEAVE:
            return PartitionResult.UNCHANGED
        if action is PartitionAction.VERIFY:
            if self._options.assured:
                self._assure(partition.place, instance)
            elif not self._resume(partition.place):
                self._verify(partition.place, instance, PromiseMode.ANOMALY)
            return PartitionResult.UNCHANGED
        self._ports.files.write_stamp(partition.place.id, None)
        self._tell(partition.place.id, ProgressKind.DEPLOYING, instance.title)
        try:
            self._deployment.apply(partition, instance, action)
        except PromiseFailed:
            raise
        except SlapError as error:
            if not isinstance(error, _MASTER_AWAY):
                self._ports.journal.write_error(partition.place, _whole(error))
            raise
        result, kind = _DONE[action]
        self._tell(partition.place.id, kind)
        return result

    def _is_current(self, partition: PartitionId, instance: AssignedInstance) -> bool:
        repeated = self._options.forced or self._options.force_stop
        stamp = None if repeated else self._ports.files.stamp(partition)
        if stamp is None:
            return False
        wish = self._periodicity(instance.release)
        return up_to_date(
            instance.timestamp,
            stamp.timestamp,
            age=self._ports.clock.now() - stamp.date,
            periodicity=self._options.maximum_periodicity if wish is None else wish,
        )

    def _periodicity(self, release: SoftwareUrl) -> int | None:
        # Most partitions share a few releases.
        if release not in self._periodicities:
            self._periodicities[release] = self._ports.files.periodicity(release)
        return self._periodicities[release]

    def _resume(self, place: PartitionPlace) -> bool:
        """Start what has not run since the supervisor was launched; tell whether anything had to be started.

        Whether its promises hold by then says nothing: the next pass asks them.
        """
        try:
            resumed = self._ports.supervisor.resume(place.id)
        except DeploymentFailed:
            self._ports.files.write_stamp(place.id, None)  # deployed anew, it may be whole again
            raise
        if resumed:
            self._tell(place.id, ProgressKind.RESUMED)
        return resumed

    def _assure(self, place: PartitionPlace, instance: AssignedInstance) -> None:
        """Make what is up to date run, whoever stopped it, and believe no promise that was asked before."""
        self._deployment.run_programs(place)
        self._tell(place.id, ProgressKind.AWAITING)
        self._verify(place, instance, PromiseMode.TEST)

    def _verify(self, place: PartitionPlace, instance: AssignedInstance, mode: PromiseMode) -> None:
        try:
            self._deployment.check_promises(place, instance, mode)
        except PromiseFailed as error:
            if not is_news(instance.access_status, InstanceEvent.ERROR, error.message):
                raise _AlreadyKnown(error.message, log=error.log) from error
            raise
        if is_news(instance.access_status, InstanceEvent.STARTED):
            self._ports.master.report_instance(self._options.node.computer, place.id, InstanceEvent.STARTED)

    def _release(self, place: PartitionPlace) -> PartitionResult:
        left = self._ports.files.release_partition(place)
        if left:
            self._tell(
                place.id, ProgressKind.WARNING, f"the partition is free but not empty: {', '.join(left)}"
            )
        return PartitionResult.FREE

    def _master_is_away(self, partition: AssignedPartition, error: SlapError) -> PartitionOutcome:
        self._offline = self._offline or error.message
        return PartitionOutcome(
            partition=partition.id,
            result=PartitionResult.OFFLINE,
            title=partition.instance.title if partition.instance else "",
            message=error.message,
        )

    def _failed(self, partition: AssignedPartition, error: SlapError) -> PartitionOutcome:
        self._stop_unwanted(partition)
        promise = isinstance(error, PromiseFailed)
        self._tell(partition.id, ProgressKind.DEPLOYMENT_FAILED, error.message)
        if not isinstance(error, _AlreadyKnown):
            try:
                self._ports.master.report_instance(
                    self._options.node.computer, partition.id, InstanceEvent.ERROR, _whole(error)
                )
            except _MASTER_AWAY as away:
                return self._master_is_away(partition, away)
            except SlapError as untold:
                self._tell(partition.id, ProgressKind.WARNING, f"the master was not told: {untold}")
        return PartitionOutcome(
            partition=partition.id,
            result=PartitionResult.PROMISE_FAILED if promise else PartitionResult.FAILED,
            title=partition.instance.title if partition.instance else "",
            message=error.message,
            log=error.log if isinstance(error, DeploymentFailed) else "",
            hint=error.hint,
        )

    def _stop_unwanted(self, partition: AssignedPartition) -> None:
        """Stop what shall not run, whatever failed before: no instance can refuse that."""
        if partition.instance is None or partition.instance.state is InstanceState.STARTED:
            return
        try:
            self._ports.supervisor.stop(partition.id)
        except SlapError as error:
            self._tell(partition.id, ProgressKind.WARNING, f"its services could not be stopped: {error}")

    def _go_on_alone(self, outcomes: Sequence[PartitionOutcome], reason: str) -> InstancesOutcome:
        """Keep the services running without the master: what was stopped stays so, all else is started.

        Raises:
            HostFailure: supervisor does not do it.
        """
        self._tell("", ProgressKind.WARNING, f"going on without the master: {reason}")
        for partition in self._ports.files.legacy_stopped():
            self._ports.supervisor.stop(partition)
        self._ports.supervisor.start_all()
        return InstancesOutcome(partitions=tuple(outcomes), offline=reason)

    def _tell(self, subject: str, kind: ProgressKind, text: str = "") -> None:
        self._ports.progress.tell(Progress(kind=kind, subject=subject, text=text))


class _AlreadyKnown(PromiseFailed):
    """A promise fails as the master knows already."""


def _whole(error: SlapError) -> str:
    log = error.log if isinstance(error, DeploymentFailed) else ""
    return f"{error.message}\n{log}" if log else error.message
