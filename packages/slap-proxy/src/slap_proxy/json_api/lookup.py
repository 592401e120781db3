"""Finding what the JSON API names, as far as the caller may see it."""

from slap_domain.errors import NotFound
from slap_domain.model.master.instance_tree import Instance, InstanceKey
from slap_domain.model.master.occasion import Occasion
from slap_domain.model.master.records import ReleaseRecord
from slap_domain.model.place import Place
from slap_domain.model.references import ComputerGuid, InstanceTitle
from slap_domain.planning.master.permission import check_known, check_same_tree, check_tenant
from slap_domain.ports.registry import Records
from slap_domain.use_cases.master.assign_computer import known_computer
from slap_domain.use_cases.master.report_instance import allowed_instance
from slap_proxy.json_api.instance_guid import keys_named


def instance_named(records: Records, occasion: Occasion, guid: str) -> Instance:
    """Return the instance of a name.

    Raises:
        NotFound: there is none.
        NotAllowed: the caller may not see it.
    """
    check_known(occasion.caller)
    for key in keys_named(guid):
        instance = records.instances.find(key)
        if instance is not None:
            own = occasion.caller.place
            check_same_tree(occasion.caller, records.instances.at(own) if own is not None else None, instance)
            return instance
    raise NotFound(f"instance_guid {guid[:200]} not handled.")


def child_of(records: Records, occasion: Occasion, key: InstanceKey, requester: Place | None) -> Instance:
    """Return the instance that was just requested by a person or a partition.

    Raises:
        NotFound: it has gone since.
    """
    if requester is not None:
        parent = allowed_instance(records, occasion, requester)
        key = InstanceKey(title=key.title, root=parent.key.tree, shared=key.shared)
    instance = records.instances.find(key)
    if instance is None:
        raise NotFound(f"instance {key.title!r} does not exist")
    return instance


def root_titled(records: Records, occasion: Occasion, title: InstanceTitle) -> Instance:
    """Return the caller's root instance of a title.

    Raises:
        NotFound: there is none, or two: one of them shared.
        NotAllowed: the caller is no tenant.
    """
    check_tenant(occasion.caller)
    roots = [
        root
        for shared in (False, True)
        if (root := records.instances.find(InstanceKey(title=title, shared=shared))) is not None
        and occasion.owner in (None, root.owner)
    ]
    if len(roots) != 1:
        raise NotFound(f"{len(roots)} instance trees are called {title!r}")
    return roots[0]


def releases_of(records: Records, occasion: Occasion, guid: ComputerGuid) -> tuple[ReleaseRecord, ...]:
    """Return the releases supplied to a computer.

    Raises:
        NotFound: the computer is not known.
        NotAllowed: the caller may not see it.
    """
    known_computer(records, occasion, guid)
    return records.releases.of_computer(guid)


def instances_of(records: Records, occasion: Occasion, guid: ComputerGuid) -> tuple[Instance, ...]:
    """Return what runs on a computer, shared instances apart.

    Raises:
        NotFound: the computer is not known.
        NotAllowed: the caller may not see it.
    """
    known_computer(records, occasion, guid)
    return tuple(each for each in records.trees.on_computer(guid) if not each.key.shared)


def shared_by(records: Records, occasion: Occasion, guid: str) -> tuple[Instance, ...]:
    """Return the shared instances that an instance serves.

    Raises:
        NotFound: there is no such instance.
        NotAllowed: the caller may not see it.
    """
    sharer = instance_named(records, occasion, guid)
    return records.trees.shared_at(sharer.slot.place) if sharer.slot is not None else ()
