"""Run the promises of this computer's started instances, and nothing else."""

import traceback
from dataclasses import dataclass

from slap_domain.errors import SlapError
from slap_domain.model.computer import AssignedInstance
from slap_domain.model.instance import InstanceState
from slap_domain.model.promise import PromiseMode, PromiseVerdict
from slap_domain.model.references import PartitionId
from slap_domain.planning.node.deployment import selected_partitions
from slap_domain.ports.master_for_nodes import MasterForNodes
from slap_domain.ports.partition_files import PartitionFiles
from slap_domain.ports.promise_checker import PromiseChecker, ThisNode
from slap_domain.ports.workers import Workers


@dataclass(frozen=True, slots=True, kw_only=True)
class PartitionVerdicts:
    """What the promises of one partition say.

    Attributes:
        trouble: why they could not be run at all; empty when they could.
    """

    partition: PartitionId
    verdicts: tuple[PromiseVerdict, ...] = ()
    trouble: str = ""

    @property
    def failures(self) -> tuple[PromiseVerdict, ...]:
        """Return the verdicts that failed."""
        return tuple(verdict for verdict in self.verdicts if verdict.failed)


@dataclass(frozen=True, slots=True, kw_only=True)
class PromisesOutcome:
    """What the promises of all partitions say."""

    partitions: tuple[PartitionVerdicts, ...] = ()

    @property
    def exit_status(self) -> int:
        """Return 0, or 2 when a promise failed or could not be run."""
        return 2 if any(item.failures or item.trouble for item in self.partitions) else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PromisePorts:
    """Whom the use case talks to."""

    master: MasterForNodes
    files: PartitionFiles
    promises: PromiseChecker
    workers: Workers


@dataclass(frozen=True, slots=True, kw_only=True)
class _Started:
    """A started instance and where it runs."""

    partition: PartitionId
    instance: AssignedInstance


class CheckPromises:
    """Asks every promise, forced and in test mode; the master is not told (node-conventions section 4).

    Args:
        ports: whom it talks to.
        node: whose promises they are.
        only: the partitions to ask; none: all.
    """

    def __init__(self, ports: PromisePorts, node: ThisNode, only: tuple[PartitionId, ...] = ()) -> None:
        self._ports = ports
        self._node = node
        self._only = only

    def run(self) -> PromisesOutcome:
        """Ask the promises of every started instance.

        Raises:
            NotFound: a partition that was asked for, or the computer, does not exist.
            MasterUnreachable, NotAllowed: the master does not say what runs here.
        """
        assignment = self._ports.master.assignment(self._node.computer)
        started = [
            _Started(partition=partition.id, instance=partition.instance)
            for partition in selected_partitions(assignment.partitions, self._only)
            if partition.instance is not None and partition.instance.state is InstanceState.STARTED
        ]
        return PromisesOutcome(partitions=self._ports.workers.each(self._one_partition, started))

    def _one_partition(self, started: _Started) -> PartitionVerdicts:
        try:
            place = self._ports.files.place(started.partition)
            round_ = self._node.promise_round(place, started.instance.release, PromiseMode.TEST)
            verdicts = self._ports.promises.check(round_).verdicts
        except SlapError as error:
            return PartitionVerdicts(partition=started.partition, trouble=error.message)
        except Exception:  # noqa: BLE001 - the bulkhead: one partition never stops the next
            return PartitionVerdicts(partition=started.partition, trouble=traceback.format_exc())
        return PartitionVerdicts(partition=started.partition, verdicts=verdicts)
