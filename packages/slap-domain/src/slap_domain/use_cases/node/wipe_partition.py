"""Wipe the partition of a destroyed instance, unless something keeps its files."""

from dataclasses import dataclass
from pathlib import PurePosixPath

from slap_domain.errors import MasterUnreachable, NotFound
from slap_domain.model.instance import InstanceEvent
from slap_domain.model.partition import PartitionPlace
from slap_domain.model.references import ComputerGuid, PartitionId
from slap_domain.planning.node.cleanup import awaited, retention
from slap_domain.ports.clock import Clock
from slap_domain.ports.master_for_nodes import MasterForNodes
from slap_domain.ports.node_hooks import HookedPartition, NodeHooks
from slap_domain.ports.partition_files import PartitionJournal
from slap_domain.ports.partition_remains import PartitionRemains
from slap_domain.ports.process_supervisor import ProcessSupervisor
from slap_domain.ports.progress_listener import Progress, ProgressKind, ProgressListener


@dataclass(frozen=True, slots=True, kw_only=True)
class WipingPorts:
    """Whom the wiping of partitions talks to."""

    master: MasterForNodes
    journal: PartitionJournal
    remains: PartitionRemains
    supervisor: ProcessSupervisor
    hooks: NodeHooks
    clock: Clock
    progress: ProgressListener


class WipePartition:
    """Removes what a destroyed instance left (node-conventions section 7)."""

    def __init__(
        self, ports: WipingPorts, computer: ComputerGuid, certificate_repository: PurePosixPath | None
    ) -> None:
        self._ports = ports
        self._computer = computer
        self._repository = certificate_repository

    def wipe_unless_kept(self, hooked: HookedPartition) -> str:
        """Wipe a partition and tell the master; return what keeps its files, if anything does.

        Raises:
            DeploymentFailed: the script of the partition that runs before fails.
            HostFailure: something of it cannot be deleted, or its programs do not end.
            MasterUnreachable, NotFound, NotAllowed: the master gives no certificate.
        """
        place = hooked.place
        self._ports.supervisor.stop(place.id)
        if self._repository is not None:
            certificate = self._ports.master.partition_certificate(self._computer, place.id)
            self._ports.journal.write_certificate(place, certificate)
        self._report_leniently(place.id, InstanceEvent.STOPPED)
        self._ports.hooks.report(hooked)
        waiting = self._what_keeps(place)
        if waiting:
            return waiting
        self._ports.remains.run_destroy_script(place)
        self._ports.remains.wipe(place)
        self._ports.supervisor.stop(place.id)
        self._report_leniently(place.id, InstanceEvent.DESTROYED)
        return ""

    def _what_keeps(self, place: PartitionPlace) -> str:
        states = {
            f"{program.group}:{program.name}": program.state for program in self._ports.supervisor.programs()
        }
        running = awaited(self._ports.remains.awaited_processes(place), states)
        if running:
            return f"its files are kept until {', '.join(running)} ends"
        decision = retention(
            delay=self._ports.remains.lock_delay(place),
            decided=self._ports.remains.lock_date(place),
            now=self._ports.clock.now(),
        )
        if decision.until is not None:
            self._ports.remains.write_lock_date(place, decision.until)
        if not decision.locked:
            return ""
        until = decision.until or self._ports.remains.lock_date(place)
        return f"its files are kept until {until:%Y-%m-%d %H:%M:%S %Z}"

    def _report_leniently(self, partition: PartitionId, event: InstanceEvent) -> None:
        try:
            self._ports.master.report_instance(self._computer, partition, event)
        except (NotFound, MasterUnreachable) as error:
            text = f"the master did not take note: {error}"
            self._ports.progress.tell(Progress(kind=ProgressKind.WARNING, subject=partition, text=text))
