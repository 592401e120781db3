"""What a node is told of its partitions, made from the master's records."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from slap_domain.model.computer import AssignedInstance, AssignedPartition, ComputerAssignment
from slap_domain.model.instance import InstanceState
from slap_domain.model.master.instance_tree import Instance
from slap_domain.model.master.placement import Slot
from slap_domain.model.master.records import ReleaseRecord
from slap_domain.model.master.shared_instance import as_sharer_sees
from slap_domain.model.references import ComputerGuid, PartitionId
from slap_domain.model.software_release import SuppliedRelease
from slap_domain.planning.master.instance_change import timestamp_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Occupancy:
    """A partition, what runs there if anything does, and the shared instances that it serves."""

    slot: Slot
    instance: Instance | None = None
    shared: Sequence[Instance] = ()


def occupancies(slots: Iterable[Slot], instances: Iterable[Instance]) -> Iterator[Occupancy]:
    """Return partitions of one computer, in their order, with those of the instances that run there."""
    sharers: dict[PartitionId, Instance] = {}
    shared: defaultdict[PartitionId, list[Instance]] = defaultdict(list)
    for instance in instances:
        if instance.slot is not None and instance.key.shared:
            shared[instance.slot.place.partition].append(instance)
        elif instance.slot is not None:
            sharers[instance.slot.place.partition] = instance
    for slot in slots:
        name = slot.place.partition
        yield Occupancy(slot=slot, instance=sharers.get(name), shared=shared.get(name, ()))


def assign(
    guid: ComputerGuid,
    slots: tuple[Slot, ...],
    instances: Iterable[Instance],
    releases: Iterable[ReleaseRecord],
) -> ComputerAssignment:
    """Return everything that a computer shall do; its partitions keep their order, free ones included."""
    partitions = tuple(
        assigned_partition(each.slot, each.instance, each.shared) for each in occupancies(slots, instances)
    )
    supplied = tuple(SuppliedRelease(url=release.url, state=release.state) for release in releases)
    return ComputerAssignment(guid=guid, releases=supplied, partitions=partitions)


def assigned_partition(
    slot: Slot, instance: Instance | None, shared: Iterable[Instance]
) -> AssignedPartition:
    """Return a partition as its node sees it; shared instances that are destroyed are not shown."""
    if instance is None:
        return AssignedPartition(id=slot.place.partition)
    return AssignedPartition(
        id=slot.place.partition,
        instance=AssignedInstance(
            guid=slot.place.guid,
            title=instance.key.title,
            root_title=instance.key.tree,
            release=instance.release,
            type=instance.type,
            state=instance.state,
            parameters=instance.parameters,
            information=_information(slot, instance),
            connection=instance.connection,
            addresses=slot.interface_addresses,
            shared_instances=tuple(
                as_sharer_sees(each) for each in shared if each.state is not InstanceState.DESTROYED
            ),
            timestamp=timestamp_text(slot),
            filters=instance.filters,
            access_status=instance.report.access_status or None,
        ),
    )


def _information(slot: Slot, instance: Instance) -> Mapping[str, object]:
    # The wire's own names (wire-slap 4.4); nodes read `full_ip_list`, older ones `full_address_list`.
    return {
        "ip_list": [(each.interface, each.address) for each in slot.addresses],
        "full_ip_list": [],
        "full_address_list": [],
        "slap_software_type": instance.type,
        "instance_title": instance.key.title,
        "root_instance_title": instance.key.tree,
        "slap_computer_id": slot.place.computer,
        "slap_computer_partition_id": slot.place.partition,
        "slap_software_release_url": instance.release,
    }
