"""What a request makes of an instance: the value to record, and what the requester is told."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from slap_domain.model.instance import InstanceRequest, InstanceState, RequestedInstance, effective_state
from slap_domain.model.master.instance_tree import NO_ROOT, Instance, InstanceKey
from slap_domain.model.master.placement import Slot, stamped_slot
from slap_domain.model.master.recorded_parameters import as_text, as_values
from slap_domain.model.references import DEFAULT_SOFTWARE_TYPE, SoftwareType, Timestamp, same_software_type

# Filters that the node itself obeys: a change of these must reach it.
_NODE_FILTERS = ("retention_delay", "fw_restricted_access", "fw_rejected_sources", "fw_authorized_sources")


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What the master knows when a request comes.

    Attributes:
        owner: the user whose tree it is or will be.
        requester: the instance that asks; None for a person.
        root: the root of the requester's tree; None when there is none.
        known: the instance that is asked for, when it exists.
    """

    owner: str
    requester: Instance | None
    root: Instance | None
    known: Instance | None

    @property
    def root_state(self) -> InstanceState:
        """Return what the root allows its children to be."""
        return self.root.state if self.root is not None else InstanceState.STARTED


def requested_key(request: InstanceRequest, requester: Instance | None) -> InstanceKey:
    """Return the key of what is requested: its title within the requester's tree."""
    root = requester.key.tree if requester is not None else NO_ROOT
    return InstanceKey(title=request.title, root=root, shared=request.shared)


def shall_not_exist(request: InstanceRequest, situation: Situation) -> bool:
    """Tell whether what is requested and does not exist shall stay so: it, or its root, is destroyed."""
    destroyed = InstanceState.DESTROYED
    return request.state is destroyed or (not request.shared and situation.root_state is destroyed)


def created(request: InstanceRequest, situation: Situation, slot: Slot, now: int) -> Instance:
    """Return a new instance in a partition, which hears of it; its root's state applies from the start."""
    new = Instance(
        key=requested_key(request, situation.requester),
        owner=situation.owner,
        release=request.release,
        type=_type(request),
        slot=stamped_slot(slot, now),
    )
    return changed(request, situation, new)


def changed(request: InstanceRequest, situation: Situation, known: Instance) -> Instance:
    """Return a known instance as the request wants it; equal to the known one when nothing changes."""
    asked = request.state or known.asked
    return replace(
        known,
        release=request.release,
        type=_type(request),
        asked=asked,
        state=_bounded(request, situation, asked),
        parameters=_parameters(request),
        filters=as_values(request.filters),
        requester=_requester_number(situation),
    )


def concerns_node(before: Instance, after: Instance) -> bool:
    """Tell whether a change must make the node process the partition again (wire-slap 4.3 rule 7)."""
    return (
        before.slot is None
        or before.slot.timestamp == 0
        or before.state is not after.state
        or before.release != after.release
        or not same_software_type(before.type, after.type)
        or before.parameters != after.parameters
        or any(before.filters.get(name) != after.filters.get(name) for name in _NODE_FILTERS)
    )


def must_move(before: Instance, after: Instance) -> bool:
    """Tell whether a shared instance needs another sharer: has none, or asks for another release or type."""
    return (
        before.slot is None
        or before.release != after.release
        or not same_software_type(before.type, after.type)
    )


def answer(instance: Instance) -> RequestedInstance:
    """Return what the requester is told of a recorded instance."""
    slot = instance.slot
    return RequestedInstance(
        title=instance.key.title,
        release=instance.release,
        type=instance.type,
        state=instance.state,
        guid=slot.place.guid if slot is not None and not instance.key.shared else None,
        computer=slot.place.computer if slot is not None else None,
        partition=slot.place.partition if slot is not None else None,
        parameters=_told_parameters(instance, slot),
        connection=instance.connection,
        addresses=slot.interface_addresses if slot is not None else (),
        shared=instance.key.shared,
    )


def absent_answer(request: InstanceRequest) -> RequestedInstance:
    """Return what is told of an instance that does not exist and shall not: it is destroyed."""
    return RequestedInstance(
        title=request.title,
        release=request.release,
        type=_type(request),
        state=InstanceState.DESTROYED,
        shared=request.shared,
    )


def timestamp_text(slot: Slot) -> Timestamp | None:
    """Return the timestamp as nodes get it; None when there is none, which means: always process."""
    return Timestamp(str(slot.timestamp)) if slot.timestamp else None


def _told_parameters(instance: Instance, slot: Slot | None) -> Mapping[str, object]:
    if instance.key.shared:
        return as_text(instance.parameters)
    if slot is None or not slot.timestamp:
        return instance.parameters
    return {**instance.parameters, "timestamp": str(slot.timestamp)}


def _bounded(request: InstanceRequest, situation: Situation, asked: InstanceState) -> InstanceState:
    if not request.shared:
        return effective_state(root=situation.root_state, asked=asked)
    # The state of a shared instance is not its own: it is there or it is not (wire-slap section 5).
    return asked if asked is InstanceState.DESTROYED else InstanceState.STARTED


def _parameters(request: InstanceRequest) -> Mapping[str, object]:
    return as_values(request.parameters) if request.shared else as_text(request.parameters)


def _type(request: InstanceRequest) -> SoftwareType:
    return request.type or DEFAULT_SOFTWARE_TYPE


def _requester_number(situation: Situation) -> int | None:
    return situation.requester.number if situation.requester is not None else None
