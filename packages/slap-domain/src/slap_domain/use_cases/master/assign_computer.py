"""A node asks what its computer, or one of its partitions, shall do."""

from slap_domain.errors import NotFound
from slap_domain.model.addresses import InterfaceAddress
from slap_domain.model.computer import AssignedPartition, ComputerAssignment
from slap_domain.model.master.instance_tree import Instance
from slap_domain.model.master.listed_partition import ListedPartition
from slap_domain.model.master.occasion import Occasion
from slap_domain.model.master.records import ComputerRecord
from slap_domain.model.place import Place
from slap_domain.model.references import ComputerGuid
from slap_domain.planning.master.assignment import Occupancy, assign, assigned_partition
from slap_domain.planning.master.permission import acts_at, check_computer, check_place, check_same_tree
from slap_domain.ports.registry import Records
from slap_domain.use_cases.master.report_instance import allowed_instance, unknown_partition


def known_computer(records: Records, occasion: Occasion, guid: ComputerGuid) -> ComputerRecord:
    """Return a computer that the caller may act for; the configured one is known before it is formatted.

    Raises:
        NotFound: it is not known.
        NotAllowed: the caller may not act for it.
    """
    record = records.computers.find(guid)
    check_computer(occasion.caller, guid, record)
    if record is None and guid == occasion.settings.computer:
        return ComputerRecord(guid=guid, title=guid)
    return _known(record, guid)


def recorded_computer(records: Records, occasion: Occasion, guid: ComputerGuid) -> ComputerRecord:
    """Return a computer that is recorded and that the caller may act for.

    Raises:
        NotFound: it is not known.
        NotAllowed: the caller may not act for it.
    """
    record = records.computers.find(guid)
    check_computer(occasion.caller, guid, record)
    return _known(record, guid)


def _known(record: ComputerRecord | None, guid: ComputerGuid) -> ComputerRecord:
    if record is None:
        raise NotFound(f"computer {guid} is not known", hint="run `slapos node format` on it")
    return record


def assign_computer(records: Records, occasion: Occasion, guid: ComputerGuid) -> ComputerAssignment:
    """Return everything that a computer shall do.

    Raises:
        NotFound: it is not known.
        NotAllowed: the caller may not act for it.
    """
    known_computer(records, occasion, guid)
    return assign(
        guid,
        records.computers.slots(guid),
        records.trees.on_computer(guid),
        records.releases.of_computer(guid),
    )


def assign_partition(records: Records, occasion: Occasion, place: Place) -> AssignedPartition:
    """Return what one partition shall do; a partition may also look at others of its tree.

    Raises:
        NotFound: there is no such partition.
        NotAllowed: the caller may not see it.
    """
    found = occupancy_at(records, occasion, place)
    return assigned_partition(found.slot, found.instance, found.shared)


def occupancy_at(records: Records, occasion: Occasion, place: Place) -> Occupancy:
    """Return one partition as it is recorded, for who may know what it shall do.

    Raises:
        NotFound: there is no such partition.
        NotAllowed: the caller may not see it.
    """
    instance = records.instances.at(place)
    slot = instance.slot if instance is not None else records.vacancies.slot(place)
    _check_sight(records, occasion, place, instance)
    if slot is None:
        raise unknown_partition(place)
    shared = records.trees.shared_at(place) if instance is not None else ()
    return Occupancy(slot=slot, instance=instance, shared=shared)


def listed_at(records: Records, occasion: Occasion, place: Place) -> ListedPartition:
    """Return one partition as listings have it, for who may know what it shall do.

    Raises:
        NotFound: there is no such partition.
        NotAllowed: the caller may not see it.
    """
    if not acts_at(occasion.caller, place):
        _check_sight(records, occasion, place, records.instances.at(place))
    listed = records.listings.partition(place)
    if listed is None:
        raise unknown_partition(place)
    return listed


def tree_addresses(records: Records, occasion: Occasion, place: Place) -> tuple[InterfaceAddress, ...]:
    """Return the addresses of every partition of a partition's tree, the root's first.

    Raises:
        NotFound: nothing runs there.
        NotAllowed: the caller may not act for it.
    """
    instance = allowed_instance(records, occasion, place)
    root = records.instances.find(instance.key.root_key)
    members = (root, *records.trees.members(instance.key.tree))
    return tuple(
        address
        for member in members
        if member is not None and member.slot is not None and not member.key.shared
        for address in member.slot.interface_addresses
    )


def _check_sight(records: Records, occasion: Occasion, place: Place, instance: Instance | None) -> None:
    own = occasion.caller.place
    if own is None or own == place or instance is None:
        check_place(occasion.caller, place, instance)
    else:
        check_same_tree(occasion.caller, records.instances.at(own), instance)
