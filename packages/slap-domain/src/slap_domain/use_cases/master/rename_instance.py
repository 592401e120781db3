"""Somebody gives an instance another title."""

from dataclasses import replace

from slap_domain.errors import Conflict, NotFound
from slap_domain.model.master.instance_tree import Instance
from slap_domain.model.master.occasion import Occasion
from slap_domain.model.place import Place
from slap_domain.model.references import InstanceTitle
from slap_domain.ports.registry import Records
from slap_domain.use_cases.master.report_instance import allowed_instance


def rename_instance(
    records: Records, occasion: Occasion, place: Place, title: InstanceTitle, shared_reference: str
) -> None:
    """Rename the instance of a partition, or a shared instance it serves; a root's tree follows it.

    No timestamp changes: nothing has to be deployed again.

    Raises:
        NotFound: there is no such instance.
        NotAllowed: the caller may not rename it.
        Conflict: its tree has another instance of that title.
    """
    instance = allowed_instance(records, occasion, place, only_look=bool(shared_reference))
    if shared_reference:
        instance = _shared(records, place, shared_reference)
    key = replace(instance.key, title=title)
    if key == instance.key:
        return
    if records.instances.find(key) is not None:
        raise Conflict(f"there is already an instance called {title!r}")
    carries_tree = instance.key.is_root and not instance.key.shared
    members = records.trees.members(instance.key.title) if carries_tree else ()
    if members and records.trees.members(title):
        raise Conflict(f"there are still instances of a tree called {title!r}")
    records.instances.save(replace(instance, key=key))
    for member in members:
        records.instances.save(replace(member, key=replace(member.key, root=title)))


def _shared(records: Records, place: Place, reference: str) -> Instance:
    shared = records.instances.referred_to(reference)
    if shared is None or shared.slot is None or shared.slot.place != place:
        raise NotFound(f"{place} serves no shared instance {reference!r}")
    return shared
