"""Send what instances used to the master, then wipe the partitions of those that are destroyed."""

import traceback
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import PurePosixPath

from slap_domain.errors import (
    DeploymentFailed,
    SlapError,
)
from slap_domain.model.computer import AssignedPartition
from slap_domain.model.consumption.tio import merged_journal
from slap_domain.model.instance import InstanceEvent, InstanceState
from slap_domain.model.references import ComputerGuid, PartitionId
from slap_domain.ports.clock import Clock
from slap_domain.ports.master_for_hosts import MasterForHosts
from slap_domain.ports.master_for_nodes import MasterForNodes
from slap_domain.ports.node_hooks import HookedPartition, NodeHooks
from slap_domain.ports.partition_files import PartitionFiles, PartitionJournal
from slap_domain.ports.partition_remains import PartitionRemains
from slap_domain.ports.process_supervisor import ProcessSupervisor
from slap_domain.ports.progress_listener import Progress, ProgressKind, ProgressListener
from slap_domain.ports.usage_reports import StoredConsumption, UsageReports
from slap_domain.ports.workers import Workers
from slap_domain.use_cases.node.wipe_partition import WipePartition, WipingPorts


class ReportResult(StrEnum):
    """What became of a partition."""

    REPORTED = "reported"
    KEPT = "kept"  # it is destroyed, but its files are not to be wiped yet
    WIPED = "wiped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class PartitionReport:
    """What a run did about one partition.

    Attributes:
        message: why it failed, or what keeps its files; of a wiped one, why its usage was not measured.
        log: the end of what the script that failed has printed.
    """

    partition: PartitionId
    result: ReportResult
    message: str = ""
    log: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsumptionOutcome:
    """What a run did.

    Attributes:
        sent: how many reports the master got.
        unsent: why it did not get others; empty when it got all.
    """

    partitions: tuple[PartitionReport, ...] = ()
    sent: int = 0
    unsent: str = ""

    @property
    def exit_status(self) -> int:
        """Return 0, or 1 when anything failed."""
        failed = any(
            report.result is ReportResult.FAILED or (report.result is ReportResult.WIPED and report.message)
            for report in self.partitions
        )
        return 1 if failed or self.unsent else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsumptionPorts:
    """Whom the use case talks to."""

    master: MasterForNodes
    hosts: MasterForHosts
    files: PartitionFiles
    journal: PartitionJournal
    remains: PartitionRemains
    reports: UsageReports
    supervisor: ProcessSupervisor
    hooks: NodeHooks
    workers: Workers
    clock: Clock
    progress: ProgressListener


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sending:
    """How the sending of reports went."""

    sent: int = 0
    failure: str = ""


@dataclass(slots=True)
class _Measured:
    """A busy partition after its scripts have run.

    Attributes:
        is_read: what there is to send is known, whatever else failed.
    """

    hooked: HookedPartition | None
    assigned: AssignedPartition
    stored: tuple[StoredConsumption, ...] = ()
    is_read: bool = False
    failure: SlapError | None = field(default=None)


class ReportConsumption:
    """Reports usage, and then removes what destroyed instances left (node-conventions section 7)."""

    def __init__(
        self,
        ports: ConsumptionPorts,
        computer: ComputerGuid,
        certificate_repository: PurePosixPath | None = None,
    ) -> None:
        self._ports = ports
        self._computer = computer
        self._wiping = WipePartition(
            WipingPorts(
                master=ports.master,
                journal=ports.journal,
                remains=ports.remains,
                supervisor=ports.supervisor,
                hooks=ports.hooks,
                clock=ports.clock,
                progress=ports.progress,
            ),
            computer,
            certificate_repository,
        )

    def run(self) -> ConsumptionOutcome:
        """Work on every partition that has an instance; a failure of one never stops the next.

        Nothing is deleted before the master has it.

        Raises:
            MasterUnreachable, NotFound, NotAllowed: the master does not say what it wants.
        """
        assignment = self._ports.master.assignment(self._computer)
        busy = [partition for partition in assignment.partitions if partition.instance is not None]
        measured = self._ports.workers.each(self._measure, busy)
        sending = self._send(measured)
        reports = {
            item.assigned.id: PartitionReport(
                partition=item.assigned.id,
                result=ReportResult.FAILED if item.failure else ReportResult.REPORTED,
                message=item.failure.message if item.failure else "",
                log=_log_of(item.failure),
            )
            for item in measured
        }
        # What is not sent yet would be lost with the files: only then are they wiped.
        destroyed = [] if sending.failure else [item for item in measured if _is_destroyed(item.assigned)]
        for wave in _children_first(destroyed):
            reports |= {report.partition: report for report in self._ports.workers.each(self._wipe, wave)}
        return ConsumptionOutcome(
            partitions=tuple(reports.values()), sent=sending.sent, unsent=sending.failure
        )

    def _measure(self, partition: AssignedPartition) -> _Measured:
        measured = _Measured(hooked=None, assigned=partition)
        try:
            place = self._ports.files.place(partition.id)
            measured.hooked = HookedPartition(assigned=partition, place=place)
            try:
                self._ports.reports.measure(
                    place, lambda line: self._tell(partition.id, ProgressKind.OUTPUT, line)
                )
            finally:
                measured.stored = self._ports.reports.consumptions(
                    place, lambda why: self._tell(partition.id, ProgressKind.WARNING, why)
                )
                measured.is_read = True
        except SlapError as error:
            measured.failure = error
        except Exception as error:  # noqa: BLE001 - the bulkhead: one partition never stops the next
            measured.failure = DeploymentFailed(
                f"{type(error).__name__}: {error}", log=traceback.format_exc()
            )
        if measured.failure is not None:
            self._report_failure(partition.id, measured.failure)
        return measured

    def _send(self, measured: Sequence[_Measured]) -> _Sending:
        sent = 0
        try:
            for report in self._ports.reports.journals(
                self._computer, lambda why: self._tell("", ProgressKind.WARNING, why)
            ):
                self._ports.hosts.report_usage(self._computer, report.journal)
                self._ports.reports.discard((report.key,))
                sent += 1
            sent += self._send_merged(measured)
        except SlapError as error:
            self._tell("", ProgressKind.WARNING, f"consumption was not sent: {error}")
            return _Sending(sent=sent, failure=error.message)
        return _Sending(sent=sent)

    def _send_merged(self, measured: Sequence[_Measured]) -> int:
        stored = {item.assigned.id: item.stored for item in measured if item.stored}
        if not stored:
            return 0
        now = self._ports.clock.now().astimezone()  # the time of the machine, as existing nodes tell it
        dates = [report.date.astimezone() for reports in stored.values() for report in reports]
        journal = merged_journal(
            self._computer,
            {partition: [report.consumption for report in reports] for partition, reports in stored.items()},
            start=min(*dates, now),
            stop=now,
        )
        self._ports.hosts.report_usage(self._computer, self._ports.reports.text(journal))
        for reports in stored.values():
            self._ports.reports.discard(tuple(report.key for report in reports))
        return 1

    def _wipe(self, measured: _Measured) -> PartitionReport:
        partition, log = measured.assigned.id, _log_of(measured.failure)
        message = measured.failure.message if measured.failure else ""
        if measured.hooked is None or not measured.is_read:
            return PartitionReport(partition=partition, result=ReportResult.FAILED, message=message, log=log)
        try:
            kept = self._wiping.wipe_unless_kept(measured.hooked)
        except SlapError as error:
            return self._failed(partition, error)
        except Exception as error:  # noqa: BLE001 - the bulkhead: one partition never stops the next
            text = f"{type(error).__name__}: {error}"
            return self._failed(partition, DeploymentFailed(text, log=traceback.format_exc()))
        if kept:
            if message:  # else it is all that the outcome tells
                self._tell(partition, ProgressKind.WARNING, kept)
            result = ReportResult.FAILED if message else ReportResult.KEPT
            return PartitionReport(partition=partition, result=result, message=message or kept, log=log)
        self._tell(partition, ProgressKind.DESTROYED)
        return PartitionReport(partition=partition, result=ReportResult.WIPED, message=message, log=log)

    def _failed(self, partition: PartitionId, error: SlapError) -> PartitionReport:
        self._report_failure(partition, error)
        return PartitionReport(
            partition=partition, result=ReportResult.FAILED, message=error.message, log=_log_of(error)
        )

    def _report_failure(self, partition: PartitionId, error: SlapError) -> None:
        self._tell(partition, ProgressKind.DEPLOYMENT_FAILED, error.message)
        log = _log_of(error)
        try:
            self._ports.master.report_instance(
                self._computer, partition, InstanceEvent.ERROR, f"{error.message}\n{log}".strip()
            )
        except SlapError as untold:
            self._tell(partition, ProgressKind.WARNING, f"the master was not told: {untold}")

    def _tell(self, subject: str, kind: ProgressKind, text: str = "") -> None:
        self._ports.progress.tell(Progress(kind=kind, subject=subject, text=text))


def _log_of(error: SlapError | None) -> str:
    return error.log if isinstance(error, DeploymentFailed) else ""


def _is_destroyed(partition: AssignedPartition) -> bool:
    return partition.instance is not None and partition.instance.state is InstanceState.DESTROYED


def _children_first(destroyed: Sequence[_Measured]) -> tuple[list[_Measured], list[_Measured]]:
    """Split into children and roots: a master frees a root only once its children are gone."""
    children: list[_Measured] = []
    roots: list[_Measured] = []
    for item in destroyed:
        instance = item.assigned.instance
        is_root = instance is None or instance.title == instance.root_title
        (roots if is_root else children).append(item)
    return children, roots
