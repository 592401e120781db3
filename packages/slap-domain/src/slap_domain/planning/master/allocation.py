"""Where a new instance may go: the wishes to try, in order, until one can be granted."""

from slap_domain.errors import NoFreePartition
from slap_domain.model.instance import InstanceRequest
from slap_domain.model.master.placement import Place
from slap_domain.model.master.vacancy import HostWish, SlotWish
from slap_domain.model.references import ComputerGuid, PartitionId


def slot_wishes(
    request: InstanceRequest, configured: ComputerGuid, owner: str | None
) -> tuple[SlotWish, ...]:
    """Return the wishes for a partition, the dearest first.

    Where no computer is named: one that was supplied with the release, else the configured one, else any.
    """
    named = _filter(request, "computer_guid")
    if named:
        return (SlotWish(computer=ComputerGuid(named), owner=owner),)
    return (
        SlotWish(supplied=request.release, owner=owner),
        SlotWish(computer=configured, owner=owner),
        SlotWish(owner=owner),
    )


def host_wishes(
    request: InstanceRequest, configured: ComputerGuid, owner: str | None
) -> tuple[HostWish, ...]:
    """Return the wishes for the host of a shared instance, the dearest first.

    An empty software type is satisfied by any host. `instance_guid` is a partition id, or a computer and a
    partition joined by a dash, and both may hold dashes themselves (wire-slap section 5).
    """
    named = ComputerGuid(_filter(request, "computer_guid"))
    kind = request.type or None
    if guid := _filter(request, "instance_guid"):
        return tuple(
            HostWish(release=request.release, type=kind, place=place, owner=owner)
            for place in _places(guid, named or configured)
            if place.computer == (named or place.computer)
        )
    return tuple(
        HostWish(release=request.release, type=kind, computer=computer, owner=owner)
        for computer in ((named,) if named else (configured, None))
    )


def no_room(request: InstanceRequest) -> NoFreePartition:
    """Return the error for a request that nothing has room for, in the wire's words (wire-slap 4.3, 5)."""
    if request.shared:
        return NoFreePartition(
            f"No partition corresponding to slave request: {request.title}",
            hint="a shared instance needs an instance of the same release and type to host it",
        )
    return NoFreePartition(
        f"No free computer partition found for: {request.title}",
        hint="format the computer with more partitions, or destroy instances that are no longer needed",
    )


def _filter(request: InstanceRequest, name: str) -> str:
    return str(request.filters.get(name) or "")


def _places(guid: str, computer: ComputerGuid) -> tuple[Place, ...]:
    split = tuple(
        Place(computer=ComputerGuid(guid[:index]), partition=PartitionId(guid[index + 1 :]))
        for index, letter in enumerate(guid)
        if letter == "-" and 0 < index < len(guid) - 1
    )
    return (*split, Place(computer=computer, partition=PartitionId(guid)))
