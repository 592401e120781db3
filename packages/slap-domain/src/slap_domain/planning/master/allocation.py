"""Where a new instance may go: the wishes to try, in order, until one can be granted."""

from slap_domain.errors import NoFreePartition
from slap_domain.model.instance import InstanceRequest
from slap_domain.model.master.occasion import MasterSettings
from slap_domain.model.master.vacancy import SharerWish, SlotWish
from slap_domain.model.place import Place
from slap_domain.model.references import ComputerGuid, PartitionId

# A filter chooses as soon as some computer belongs to something of its kind; until then it is only handed on.
MEMBERSHIP_FILTERS = ("project_guid", "network_guid")


def slot_wishes(
    request: InstanceRequest, settings: MasterSettings, owner: str | None
) -> tuple[SlotWish, ...]:
    """Return the wishes for a partition, the dearest first.

    Where no computer is named: one that was supplied with the release, else the configured one, else any; of
    those that belong to the project and the network that are asked for.
    """
    named, members = _filter(request, "computer_guid"), _members(request, settings)
    if named:
        computer = ComputerGuid(named)
        return (SlotWish(computer=computer, owner=owner),) if _may_be(computer, members) else ()
    supplied, home = request.release, settings.computer
    if members is None:
        return (
            SlotWish(supplied=supplied, owner=owner),
            SlotWish(computer=home, owner=owner),
            SlotWish(owner=owner),
        )
    return (
        *(SlotWish(computer=each, supplied=supplied, owner=owner) for each in members),
        *(SlotWish(computer=each, owner=owner) for each in members),
    )


def sharer_wishes(
    request: InstanceRequest, settings: MasterSettings, owner: str | None
) -> tuple[SharerWish, ...]:
    """Return the wishes for the sharer of a shared instance, the dearest first.

    An empty software type is satisfied by any sharer. `instance_guid` is a partition id, or a computer and a
    partition joined by a dash, and both may hold dashes themselves (wire-slap section 5).
    """
    named, members = ComputerGuid(_filter(request, "computer_guid")), _members(request, settings)
    kind, home = request.type or None, settings.computer
    if guid := _filter(request, "instance_guid"):
        return tuple(
            SharerWish(release=request.release, type=kind, place=place, owner=owner)
            for place in _places(guid, named or home)
            if place.computer == (named or place.computer) and _may_be(place.computer, members)
        )
    anywhere: tuple[ComputerGuid | None, ...] = (home, None) if members is None else members
    return tuple(
        SharerWish(release=request.release, type=kind, computer=computer, owner=owner)
        for computer in ((named,) if named else anywhere)
        if computer is None or _may_be(computer, members)
    )


def _members(request: InstanceRequest, settings: MasterSettings) -> tuple[ComputerGuid, ...] | None:
    """Return the computers that a request leaves, the configured one first; None when it leaves all."""
    known = {name for each in settings.memberships.values() for name in each}
    asked = {
        name: value for name in MEMBERSHIP_FILTERS if name in known and (value := _filter(request, name))
    }
    if not asked:
        return None
    matching = [guid for guid, mine in settings.memberships.items() if asked.items() <= mine.items()]
    return tuple(sorted(matching, key=lambda guid: (guid != settings.computer, guid)))


def _may_be(computer: ComputerGuid, members: tuple[ComputerGuid, ...] | None) -> bool:
    return members is None or computer in members


def no_room(request: InstanceRequest) -> NoFreePartition:
    """Return the error for a request that nothing has room for, in the wire's words (wire-slap 4.3, 5)."""
    if request.shared:
        return NoFreePartition(
            f"No partition corresponding to slave request: {request.title}",
            hint="a shared instance needs an instance of the same release and type to serve it",
        )
    return NoFreePartition(
        f"No free computer partition found for: {request.title}",
        hint="format the computer with more partitions, destroy instances that are no longer needed, or ask "
        "with other filters",
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
