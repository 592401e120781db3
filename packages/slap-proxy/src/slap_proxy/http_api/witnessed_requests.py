"""Requests for instances, and what their answers depend on.

Recipes repeat their requests at every pass of a node, and nearly always nothing has changed. An answer is a
function of the request, of the instance, of who requests it and of the root of their tree; the partitions of
these are its witnesses.
"""

from dataclasses import dataclass

from slap_domain.model.instance import InstanceRequest, InstanceState, RequestedInstance
from slap_domain.model.master.occasion import Occasion
from slap_domain.model.place import Place
from slap_domain.ports.registry import Records
from slap_domain.use_cases.master.request_instance import request_instance, standing_answer
from slap_proxy.http_api.remembered_answers import Witnesses, witnesses_of


@dataclass(frozen=True, slots=True, kw_only=True)
class WitnessedInstance:
    """What is told of a requested instance, and the revisions of the partitions that this depends on."""

    told: RequestedInstance
    witnesses: Witnesses


def unchanged(records: Records, occasion: Occasion, request: InstanceRequest) -> WitnessedInstance | None:
    """Return the answer to a request that changes nothing, None when something must change.

    Raises:
        NotAllowed: the caller may not request this.
        InvalidInput: the requester is not known, or a parameter is malformed.
    """
    above = _above(records, occasion, request)
    told = standing_answer(records, occasion, request)
    if told is None or told.computer is None or told.partition is None:
        return None
    return WitnessedInstance(told=told, witnesses=_witnesses(records, told, above))


def requested(records: Records, occasion: Occasion, request: InstanceRequest) -> WitnessedInstance:
    """Make true what was requested; the answer is what an equal request gets next.

    Raises:
        NotAllowed: the caller may not request this.
        InvalidInput: the requester is not known, or a parameter is malformed.
        NoFreePartition: nothing has room for it.
    """
    above = _above(records, occasion, request)
    told = request_instance(records, occasion, request)
    # What was destroyed is answered differently the next time.
    if told.state is InstanceState.DESTROYED:
        return WitnessedInstance(told=told, witnesses=())
    return WitnessedInstance(told=told, witnesses=_witnesses(records, told, above))


def _above(records: Records, occasion: Occasion, request: InstanceRequest) -> Witnesses:
    """Return the witnesses of who requests, and of the root.

    They are looked at before the request is: what others change meanwhile makes them older than the answer,
    which then does not stand; never newer.
    """
    asking = occasion.asking_place(request.requester)
    requester = records.instances.at(asking, only_look=True) if asking is not None else None
    if requester is None:
        return ()
    root = (
        requester if requester.key.is_root else records.instances.find(requester.key.root_key, only_look=True)
    )
    slots = (each.slot for each in (requester, root) if each is not None)
    return tuple(dict.fromkeys((slot.place, slot.revision) for slot in slots if slot is not None))


def _witnesses(records: Records, told: RequestedInstance, above: Witnesses) -> Witnesses:
    if told.computer is None or told.partition is None:
        return ()
    return (*witnesses_of(records, (Place(computer=told.computer, partition=told.partition),)), *above)
