"""Somebody asks that instances are processed again, although nothing changed."""

from slap_domain.model.master.instance_tree import Instance
from slap_domain.model.master.occasion import Occasion
from slap_domain.model.master.placement import next_timestamp
from slap_domain.model.place import Place
from slap_domain.model.references import ComputerGuid
from slap_domain.ports.registry import Records
from slap_domain.use_cases.master.assign_computer import recorded_computer
from slap_domain.use_cases.master.report_instance import allowed_instance


def bang_instance(records: Records, occasion: Occasion, place: Place) -> None:
    """Give a new timestamp to every instance of the tree that a partition belongs to.

    Raises:
        NotFound: nothing runs there.
        NotAllowed: the caller may not bang it.
    """
    instance = allowed_instance(records, occasion, place)
    root = records.instances.find(instance.key.root_key)
    members = records.trees.members(instance.key.tree)
    _stamp(records, occasion, (root, *members) if root is not None else members)


def bang_computer(records: Records, occasion: Occasion, guid: ComputerGuid) -> None:
    """Give a new timestamp to every instance that runs on a computer.

    Raises:
        NotFound: the computer is not known.
        NotAllowed: the caller may not bang it.
    """
    recorded_computer(records, occasion, guid)
    _stamp(records, occasion, records.trees.on_computer(guid))


def _stamp(records: Records, occasion: Occasion, instances: tuple[Instance, ...]) -> None:
    for instance in instances:
        if instance.slot is not None and not instance.key.shared:
            timestamp = next_timestamp(instance.slot.timestamp, occasion.now)
            records.trees.stamp(instance.slot.place, timestamp)
