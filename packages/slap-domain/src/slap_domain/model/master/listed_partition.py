"""A partition in a listing: what its node is told, as far as it is copied from records.

These are tuples, because ten thousand are made for one answer, and dataclasses would take five times as long.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from slap_domain.model.instance import InstanceState, ReportedState
from slap_domain.model.master.instance_tree import Instance
from slap_domain.model.master.placement import Slot
from slap_domain.model.references import InstanceTitle, PartitionId, SoftwareType, SoftwareUrl


class ListedInstance(NamedTuple):
    """The instance of a listed partition; no rule acts upon it."""

    title: InstanceTitle
    root: InstanceTitle
    release: SoftwareUrl
    type: SoftwareType
    state: InstanceState
    parameters: Mapping[str, object]
    connection: Mapping[str, object]
    filters: Mapping[str, object]
    report_state: ReportedState
    report_message: str


class ListedPartition(NamedTuple):
    """A partition in a listing; no rule acts upon it.

    Attributes:
        addresses: interface, address and netmask of each.
        shares: shared instances run here; they are not listed.
    """

    partition: PartitionId
    revision: int
    timestamp: int
    addresses: Sequence[Sequence[str]]
    shares: bool
    instance: ListedInstance | None


def listed_partition(slot: Slot, instance: Instance | None, *, shares: bool) -> ListedPartition:
    """Return a partition as listings have it."""
    return ListedPartition(
        partition=slot.place.partition,
        revision=slot.revision,
        timestamp=slot.timestamp,
        addresses=[[each.interface, each.address, each.netmask] for each in slot.addresses],
        shares=shares,
        instance=_listed_instance(instance) if instance is not None else None,
    )


def _listed_instance(instance: Instance) -> ListedInstance:
    return ListedInstance(
        title=instance.key.title,
        root=instance.key.root,
        release=instance.release,
        type=instance.type,
        state=instance.state,
        parameters=instance.parameters,
        connection=instance.connection,
        filters=instance.filters,
        report_state=instance.report.state,
        report_message=instance.report.message,
    )
