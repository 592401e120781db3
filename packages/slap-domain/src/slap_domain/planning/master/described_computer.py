"""What a new description of a computer changes in the master's records of its partitions."""

from dataclasses import dataclass, replace

from slap_domain.errors import Conflict
from slap_domain.model.computer import ComputerDescription, PartitionDescription
from slap_domain.model.master.placement import Slot, SlotAddress, next_timestamp
from slap_domain.model.place import Place
from slap_domain.model.references import PartitionId


@dataclass(frozen=True, slots=True, kw_only=True)
class FormatPlan:
    """Partitions to record, new or changed, and free ones to forget."""

    save: tuple[Slot, ...] = ()
    remove: tuple[PartitionId, ...] = ()


def plan_format(description: ComputerDescription, recorded: tuple[Slot, ...], now: int) -> FormatPlan:
    """Compare a description with the recorded partitions.

    A busy partition whose addresses change gets a new timestamp: its instance must learn of them.

    Raises:
        Conflict: a busy partition is not described any more; the message names it.
    """
    known = {slot.place.partition: slot for slot in recorded}
    described = {partition.id for partition in description.partitions}
    gone = tuple(slot for slot in recorded if slot.place.partition not in described)
    _refuse_busy(description, gone)
    first = max((slot.position for slot in recorded), default=-1) + 1
    new = [partition for partition in description.partitions if partition.id not in known]
    added = tuple(
        Slot(
            place=Place(computer=description.guid, partition=partition.id),
            position=first + index,
            addresses=_addresses(partition),
        )
        for index, partition in enumerate(new)
    )
    moved = tuple(
        _readdressed(known[partition.id], _addresses(partition), now)
        for partition in description.partitions
        if partition.id in known and known[partition.id].addresses != _addresses(partition)
    )
    return FormatPlan(save=moved + added, remove=tuple(slot.place.partition for slot in gone))


def _refuse_busy(description: ComputerDescription, gone: tuple[Slot, ...]) -> None:
    busy = [slot.place.partition for slot in gone if slot.busy]
    if busy:
        names = ", ".join(busy[:20]) + (f" and {len(busy) - 20} more" if len(busy) > 20 else "")
        raise Conflict(
            f"computer {description.guid}: busy partitions cannot be dropped: {names}",
            hint="destroy their instances first, or describe the computer with these partitions",
        )


def _addresses(partition: PartitionDescription) -> tuple[SlotAddress, ...]:
    interface = partition.interface or partition.id
    return tuple(
        SlotAddress(interface=interface, address=each.address, netmask=each.netmask)
        for each in partition.addresses
    )


def _readdressed(slot: Slot, addresses: tuple[SlotAddress, ...], now: int) -> Slot:
    timestamp = next_timestamp(slot.timestamp, now) if slot.busy else slot.timestamp
    return replace(slot, addresses=addresses, timestamp=timestamp)
