"""A software release: what is asked of it, how far a computer has come with it, and where it lives."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from slap_domain.errors import Conflict, InvalidInput
from slap_domain.model.references import SoftwareUrl


class SoftwareState(StrEnum):
    """What the master wants of a release on a computer."""

    AVAILABLE = "available"
    DESTROYED = "destroyed"


class BuildState(StrEnum):
    """How far a computer has come with a release, as it last reported."""

    UNKNOWN = "unknown"
    BUILDING = "building"
    AVAILABLE = "available"
    ERROR = "error"
    DESTROYED = "destroyed"


class SoftwareEvent(StrEnum):
    """What a node reports of a release."""

    BUILDING = "building"
    AVAILABLE = "available"
    ERROR = "error"
    DESTROYED = "destroyed"


# A node may be restored, or rebuild what was available: every report is believed, except that what was
# destroyed and forgotten comes back only by building it again.
_AFTER: Mapping[SoftwareEvent, BuildState] = {
    SoftwareEvent.BUILDING: BuildState.BUILDING,
    SoftwareEvent.AVAILABLE: BuildState.AVAILABLE,
    SoftwareEvent.ERROR: BuildState.ERROR,
    SoftwareEvent.DESTROYED: BuildState.DESTROYED,
}
BUILD_TRANSITIONS: Mapping[tuple[BuildState, SoftwareEvent], BuildState] = {
    (state, event): after
    for state in BuildState
    for event, after in _AFTER.items()
    if not (state is BuildState.DESTROYED and event is SoftwareEvent.AVAILABLE)
}


def after_report(state: BuildState, event: SoftwareEvent) -> BuildState:
    """Return the state of a build after a report.

    Raises:
        Conflict: the report cannot follow that state.
    """
    try:
        return BUILD_TRANSITIONS[state, event]
    except KeyError:
        raise Conflict(f"a release that is {state} cannot become {event}") from None


def software_state(text: str) -> SoftwareState:
    """Read the state of a supply.

    Raises:
        InvalidInput: it is neither available nor destroyed.
    """
    try:
        return SoftwareState(text)
    except ValueError:
        raise InvalidInput(
            f"software state {text[:80]!r} is unknown", hint="use available or destroyed"
        ) from None


def release_directory_name(url: SoftwareUrl) -> str:
    """Return the name of a release's directory below the software root: the MD5 of its URL, in hex."""
    return hashlib.md5(url.encode(), usedforsecurity=False).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class SuppliedRelease:
    """A release that a computer is asked to have, or to get rid of."""

    url: SoftwareUrl
    state: SoftwareState = SoftwareState.AVAILABLE
