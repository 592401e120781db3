"""An instance: the states that can be asked of it, and what a tenant asks and gets."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from slap_domain.errors import InvalidInput
from slap_domain.model.addresses import InterfaceAddress
from slap_domain.model.place import Place
from slap_domain.model.references import (
    DEFAULT_SOFTWARE_TYPE,
    ComputerGuid,
    InstanceGuid,
    InstanceTitle,
    PartitionId,
    SoftwareType,
    SoftwareUrl,
    instance_title,
    software_url,
)

_NOTHING: Mapping[str, object] = MappingProxyType({})


class InstanceState(StrEnum):
    """What the master wants of an instance."""

    STARTED = "started"
    STOPPED = "stopped"
    DESTROYED = "destroyed"


class ReportedState(StrEnum):
    """What a node last said of an instance."""

    UNKNOWN = "unknown"
    STARTED = "started"
    STOPPED = "stopped"
    ERROR = "error"
    DESTROYED = "destroyed"


class InstanceEvent(StrEnum):
    """What a node reports of an instance."""

    STARTED = "started"
    STOPPED = "stopped"
    ERROR = "error"
    DESTROYED = "destroyed"


def instance_state(text: str) -> InstanceState:
    """Read the state of a request.

    Raises:
        InvalidInput: it is not started, stopped or destroyed.
    """
    try:
        return InstanceState(text)
    except ValueError:
        raise InvalidInput(
            f"instance state {text[:80]!r} is unknown", hint="use started, stopped or destroyed"
        ) from None


# An instance runs at most as much as its tree's root does (wire-slap 4.3 rule 4).
_EFFECTIVE: Mapping[tuple[InstanceState, InstanceState], InstanceState] = {
    (InstanceState.STARTED, asked): asked for asked in InstanceState
} | {
    (root, asked): root
    for root in (InstanceState.STOPPED, InstanceState.DESTROYED)
    for asked in InstanceState
}


def effective_state(*, root: InstanceState, asked: InstanceState) -> InstanceState:
    """Return what a child is really asked to be, given the state asked of its tree's root."""
    return _EFFECTIVE[root, asked]


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceRequest:
    """What a person, or a parent instance, asks of a master.

    Attributes:
        title: the name chosen by the requester; with the tree's root, it is the key of the instance.
        state: None leaves a known instance as it is and starts a new one.
        filters: the SLA: computer_guid, instance_guid, project_guid, network_guid, retention_delay, …
        requester: None for a root instance.
        handed_on_by: run ids of the masters that it came through, the first one first.
    """

    title: InstanceTitle
    release: SoftwareUrl
    type: SoftwareType = DEFAULT_SOFTWARE_TYPE
    parameters: Mapping[str, object] = field(default_factory=lambda: _NOTHING)
    filters: Mapping[str, object] = field(default_factory=lambda: _NOTHING)
    state: InstanceState | None = None
    shared: bool = False
    requester: Place | None = None
    handed_on_by: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a title or URL that no master would take."""
        instance_title(self.title)
        software_url(self.release)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestedInstance:
    """A master's answer to a request.

    Attributes:
        computer, partition: where it runs; for a shared instance, its sharer. Both None when the instance
            does not exist (destruction of what is not there) or is allocated nowhere yet.
        parameters: as stored, a timestamp among them.
        connection: what the instance has published so far.
        forwarded_to: URL of another master that answered in place of the one asked; empty otherwise.
    """

    title: InstanceTitle
    release: SoftwareUrl
    type: SoftwareType
    state: InstanceState
    guid: InstanceGuid | None = None
    computer: ComputerGuid | None = None
    partition: PartitionId | None = None
    parameters: Mapping[str, object] = field(default_factory=lambda: _NOTHING)
    connection: Mapping[str, object] = field(default_factory=lambda: _NOTHING)
    addresses: tuple[InterfaceAddress, ...] = ()
    shared: bool = False
    forwarded_to: str = ""
