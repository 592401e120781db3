"""What the node tells whoever watches it work."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class ProgressKind(StrEnum):
    """What happened."""

    BUILDING = "building"  # a release is being built
    BUILT = "built"
    BUILD_FAILED = "build failed"
    REMOVED = "removed"  # a release is gone from this computer
    DEPLOYING = "deploying"  # a partition is being processed
    AWAITING = "awaiting"  # its promises are asked
    DEPLOYED = "deployed"
    RESUMED = "resumed"  # what was deployed already was started
    STOPPED = "stopped"
    DESTROYED = "destroyed"
    UNCHANGED = "unchanged"  # nothing was to be done
    DEPLOYMENT_FAILED = "deployment failed"
    OUTPUT = "output"  # lines printed by a build, a recipe or a script
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Something that happened.

    Attributes:
        subject: the URL of a release, or the id of a partition; empty: the node as a whole.
        text: a line of output or several, or a message; empty when the kind says it all.
        label: a short name that tells the subject from all others of the run; empty: its own.
    """

    kind: ProgressKind
    subject: str = ""
    text: str = ""
    label: str = ""


class ProgressListener(Protocol):
    """Is told what a node does while it does it.

    Order: events of one subject come in the order of what happened; those of different subjects interleave.
    Never raises. Safe to call from several threads at once.
    """

    def tell(self, event: Progress) -> None:
        """Take note of an event."""
        ...
