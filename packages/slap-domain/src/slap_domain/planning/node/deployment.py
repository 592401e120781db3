"""What a run does about each partition, decided from what is wanted and what was deployed last."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from enum import StrEnum

from slap_domain.errors import NotFound
from slap_domain.model.computer import AssignedInstance, AssignedPartition
from slap_domain.model.instance import InstanceEvent, InstanceState
from slap_domain.model.references import PartitionId, Timestamp


class PartitionAction(StrEnum):
    """What a run does about a partition."""

    RELEASE = "release"  # it is free: forget what the node knew of it
    VERIFY = "verify"  # it is as it shall be: look for anomalies
    LEAVE = "leave"  # it is as it shall be and does not run
    START = "start"
    STOP = "stop"
    DESTROY = "destroy"


_ACTIONS: Mapping[InstanceState, PartitionAction] = {
    InstanceState.STARTED: PartitionAction.START,
    InstanceState.STOPPED: PartitionAction.STOP,
    InstanceState.DESTROYED: PartitionAction.DESTROY,
}


def up_to_date(
    wanted: Timestamp | None,
    done: Timestamp | None,
    *,
    age: timedelta,
    periodicity: int,
) -> bool:
    """Tell whether a partition needs no processing.

    Args:
        wanted: the master's timestamp; None: always process.
        done: the timestamp that was deployed last; None: none was.
        age: how long ago that was; negative when the clock has jumped back since.
        periodicity: seconds after which it is processed all the same; 0: always, negative: never.
    """
    if wanted is None or done is None or wanted != done or periodicity == 0:
        return False
    # After a clock jumped, in either direction, an age beyond the periodicity means nothing: process.
    return periodicity < 0 or abs(age) <= timedelta(seconds=periodicity)


def partition_action(partition: AssignedPartition, *, current: bool) -> PartitionAction:
    """Decide what to do about a partition.

    Args:
        partition: what the master wants of it.
        current: it is up to date.
    """
    if partition.instance is None:
        return PartitionAction.RELEASE
    if not current:
        return _ACTIONS[partition.instance.state]
    started = partition.instance.state is InstanceState.STARTED
    return PartitionAction.VERIFY if started else PartitionAction.LEAVE


def selected_partitions(
    partitions: Sequence[AssignedPartition], only: Sequence[PartitionId]
) -> tuple[AssignedPartition, ...]:
    """Return the partitions that a run works on, in the master's order; all when none is named.

    Raises:
        NotFound: one that is named does not exist.
    """
    unknown = sorted(set(only) - {partition.id for partition in partitions})
    if unknown:
        raise NotFound(f"this computer has no partition {', '.join(unknown)}")
    return tuple(partition for partition in partitions if not only or partition.id in only)


def changed_since(
    partitions: Sequence[AssignedPartition], seen: Mapping[PartitionId, AssignedInstance | None]
) -> tuple[AssignedPartition, ...]:
    """Return the partitions that changed while a run worked, because an instance requested or published.

    Args:
        partitions: what the master wants now.
        seen: what it wanted when each partition was processed last.
    """
    return tuple(
        partition
        for partition in partitions
        if partition.instance is not None
        and partition.id in seen
        and _differs(partition.instance, seen[partition.id])
    )


def _differs(now: AssignedInstance, before: AssignedInstance | None) -> bool:
    if before is None or now.guid != before.guid:
        return True
    return now.timestamp is not None and now.timestamp != before.timestamp


def is_news(access_status: str | None, event: InstanceEvent, message: str = "") -> bool:
    """Tell whether the master has to be told about a partition that was up to date.

    Args:
        access_status: what it recorded last; None when it does not tell.
        event: what became of the instance.
        message: what goes with an error.
    """
    if access_status is None:
        return True
    if event is InstanceEvent.ERROR:
        return not (access_status.startswith("#error") and message in access_status)
    return not access_status.startswith("#access")
