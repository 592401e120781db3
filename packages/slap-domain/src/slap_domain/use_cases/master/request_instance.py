"""A tenant, or a parent instance, requests an instance."""

from dataclasses import replace

from slap_domain.errors import InvalidInput
from slap_domain.model.instance import InstanceRequest, InstanceState, RequestedInstance
from slap_domain.model.master.instance_tree import Instance
from slap_domain.model.master.occasion import Occasion
from slap_domain.model.master.placement import Slot, next_timestamp
from slap_domain.model.master.recorded_parameters import as_values
from slap_domain.model.master.shared_instance import shared_name, unique_reference
from slap_domain.planning.master.acceptance import check_filters, check_release, check_size
from slap_domain.planning.master.allocation import no_room, sharer_wishes, slot_wishes
from slap_domain.planning.master.instance_change import (
    Situation,
    absent_answer,
    answer,
    changed,
    concerns_node,
    created,
    must_move,
    requested_key,
    shall_not_exist,
)
from slap_domain.planning.master.permission import check_owner, check_place, check_tenant
from slap_domain.ports.registry import Records


def standing_answer(
    records: Records, occasion: Occasion, request: InstanceRequest
) -> RequestedInstance | None:
    """Return the answer to a request that changes nothing, or None when something must change.

    Raises:
        NotAllowed: the caller may not request this.
        InvalidInput: the requester is not known, or a parameter is malformed.
    """
    return standing_in(situation_of(records, occasion, request), request)


def standing_in(situation: Situation, request: InstanceRequest) -> RequestedInstance | None:
    """Return the answer to a request that changes nothing in a situation, or None when something must change.

    Raises:
        InvalidInput: a parameter is malformed.
    """
    if situation.known is None:
        return absent_answer(request) if shall_not_exist(request, situation) else None
    unchanged = changed(request, situation, situation.known) == situation.known
    if unchanged and not _must_act(situation.known):
        return answer(situation.known)
    return None


def request_instance(records: Records, occasion: Occasion, request: InstanceRequest) -> RequestedInstance:
    """Make true what was requested and return what the master knows of the instance.

    Raises:
        NotAllowed: the caller may not request this.
        InvalidInput: the requester is not known, no node could fetch the release, or a parameter or filter is
            malformed.
        NoFreePartition: nothing has room for it.
    """
    return request_in(situation_of(records, occasion, request), records, occasion, request)


def request_in(
    situation: Situation, records: Records, occasion: Occasion, request: InstanceRequest
) -> RequestedInstance:
    """Make true what was requested in the situation that the same work has found.

    Raises:
        InvalidInput: no node could fetch the release, or a parameter or filter is malformed.
        NoFreePartition: nothing has room for it.
    """
    if situation.known is None and shall_not_exist(request, situation):
        return absent_answer(request)
    if situation.known is None or situation.known.release != request.release:
        check_release(request.release)
    filters = as_values(request.filters)
    if situation.known is None or situation.known.filters != filters:
        check_filters(filters)
    if request.shared:
        return _request_shared(records, occasion, request, situation)
    if situation.known is None:
        return answer(_allocate(records, occasion, request, situation))
    return answer(_update(records, occasion, request, situation, situation.known))


def asking_instance(records: Records, occasion: Occasion, request: InstanceRequest) -> Instance | None:
    """Return the instance in whose name something is requested; None when a person asks.

    Raises:
        NotAllowed: the caller may not ask in its name.
        InvalidInput: it is not known.
    """
    place = occasion.asking_place(request.requester)
    if place is None:
        return None
    requester = records.instances.at(place)
    check_place(occasion.caller, place, requester)
    if requester is None:
        raise InvalidInput(
            f"No partition matching the authorization header: ({place.computer} / {place.partition})"
        )
    return requester


def situation_of(records: Records, occasion: Occasion, request: InstanceRequest) -> Situation:
    """Return what a request meets: who asks, the root of their tree, and what is there already.

    Raises:
        NotAllowed: the caller may not request this.
        InvalidInput: the requester is not known.
    """
    requester = asking_instance(records, occasion, request)
    key = requested_key(request, requester)
    known = records.instances.find(key)
    if requester is None:
        check_tenant(occasion.caller)
        if known is not None:
            check_owner(occasion.caller, known)
        return Situation(owner=occasion.owner or "", requester=None, root=None, known=known)
    root = _root(records, requester)
    return Situation(owner=requester.owner, requester=requester, root=root, known=known)


def _root(records: Records, requester: Instance) -> Instance | None:
    if requester.key.is_root:
        return requester
    return records.instances.find(requester.key.root_key, only_look=True)


def _must_act(known: Instance) -> bool:
    unstamped = known.slot is None or known.slot.timestamp == 0
    return unstamped or (known.key.shared and known.state is InstanceState.DESTROYED)


def _allocate(
    records: Records, occasion: Occasion, request: InstanceRequest, situation: Situation
) -> Instance:
    owner = situation.owner or None
    for wish in slot_wishes(request, occasion.settings, owner):
        if slot := records.vacancies.free_slot(wish):
            fresh = created(request, situation, slot, occasion.now)
            check_size("parameters", fresh.parameters)
            records.instances.add(fresh)
            return fresh
    raise no_room(request)


def _update(
    records: Records, occasion: Occasion, request: InstanceRequest, situation: Situation, known: Instance
) -> Instance:
    updated = changed(request, situation, known)
    if concerns_node(known, updated):
        updated = updated.stamped(occasion.now)
    if updated != known:
        _check_size(updated, known)
        records.instances.save(updated)
    return updated


def _check_size(updated: Instance, known: Instance) -> None:
    if updated.parameters != known.parameters:
        check_size("parameters", updated.parameters)


def _request_shared(
    records: Records, occasion: Occasion, request: InstanceRequest, situation: Situation
) -> RequestedInstance:
    known = situation.known
    if known is None:
        return answer(_share(records, occasion, request, situation))
    updated = changed(request, situation, known)
    if updated.state is InstanceState.DESTROYED:
        return _unshare(records, occasion, updated)
    if must_move(known, updated):
        updated = _moved(records, occasion, request, updated)
    elif concerns_node(known, updated):
        updated = updated.stamped(occasion.now)
    if updated != known:
        _check_size(updated, known)
        records.instances.save(updated)
    return answer(updated)


def _share(records: Records, occasion: Occasion, request: InstanceRequest, situation: Situation) -> Instance:
    slot = _sharer_slot(records, occasion, request, situation.owner)
    nameless = created(request, situation, slot, occasion.now)
    check_size("parameters", nameless.parameters)
    fresh = replace(nameless, reference=_free_reference(records, nameless))
    records.instances.add(fresh)
    return fresh


def _moved(records: Records, occasion: Occasion, request: InstanceRequest, instance: Instance) -> Instance:
    slot = _sharer_slot(records, occasion, request, instance.owner)
    if instance.slot is not None and slot.place != instance.slot.place:
        left = instance.slot
        records.trees.stamp(left.place, next_timestamp(left.timestamp, occasion.now))
    return replace(instance, slot=slot).stamped(occasion.now)


def _unshare(records: Records, occasion: Occasion, instance: Instance) -> RequestedInstance:
    told = answer(instance)
    if instance.slot is not None:
        records.trees.stamp(instance.slot.place, next_timestamp(instance.slot.timestamp, occasion.now))
    records.instances.remove(instance)
    return told


def _sharer_slot(records: Records, occasion: Occasion, request: InstanceRequest, owner: str) -> Slot:
    for wish in sharer_wishes(request, occasion.settings, owner or None):
        sharer = records.vacancies.sharer(wish)
        if sharer is not None and sharer.slot is not None:
            return sharer.slot
    raise no_room(request)


def _free_reference(records: Records, instance: Instance) -> str:
    taken: frozenset[str] = frozenset()
    reference = shared_name(instance.key)
    while records.instances.referred_to(reference) is not None:
        taken |= {reference}
        reference = unique_reference(instance.key, taken)
    return reference
