"""Requests for instances, and what their answers depend on.

Recipes repeat their requests at every pass of a node, and nearly always nothing has changed. An answer is a
function of the request, of the instance, of who requests it and of the root of their tree; the partitions of
these are its witnesses.
"""

from dataclasses import dataclass

from slap_domain.model.instance import InstanceRequest, InstanceState, RequestedInstance
from slap_domain.model.master.occasion import Occasion
from slap_domain.model.place import Place
from slap_domain.planning.master.instance_change import Situation
from slap_domain.ports.registry import Records
from slap_domain.use_cases.master.request_instance import request_in, situation_of, standing_in
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
    situation = situation_of(records, occasion, request)
    told = standing_in(situation, request)
    if told is None or told.computer is None or told.partition is None:
        return None
    return WitnessedInstance(told=told, witnesses=_witnesses(records, told, situation))


def requested(records: Records, occasion: Occasion, request: InstanceRequest) -> WitnessedInstance:
    """Make true what was requested; the answer is what an equal request gets next.

    Raises:
        NotAllowed: the caller may not request this.
        InvalidInput: the requester is not known, or a parameter is malformed.
        NoFreePartition: nothing has room for it.
    """
    situation = situation_of(records, occasion, request)
    told = request_in(situation, records, occasion, request)
    # What was destroyed is answered differently the next time.
    if told.state is InstanceState.DESTROYED:
        return WitnessedInstance(told=told, witnesses=())
    return WitnessedInstance(told=told, witnesses=_witnesses(records, told, situation))


def _witnesses(records: Records, told: RequestedInstance, situation: Situation) -> Witnesses:
    """Return the witnesses of the instance, of who requests it, and of the root.

    The latter two as they were before the request: one that it changed is older than the answer, which then
    does not stand; never newer.
    """
    if told.computer is None or told.partition is None:
        return ()
    above = (each.slot for each in (situation.requester, situation.root) if each is not None)
    return (
        *witnesses_of(records, (Place(computer=told.computer, partition=told.partition),)),
        *dict.fromkeys((slot.place, slot.revision) for slot in above if slot is not None),
    )
