"""The decision after each pass over the partitions: is the service there, is it worth waiting, or not."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from slap_domain.use_cases.node.deploy_instances import PartitionOutcome, PartitionResult

# A failed deployment may wait for a child, or for a service that another pass starts; three times the same
# failure is none of these.
_SAME_FAILURES = 3
_GOOD = frozenset(
    {
        *(PartitionResult.STARTED, PartitionResult.STOPPED, PartitionResult.UNCHANGED),
        *(PartitionResult.DESTROYED, PartitionResult.FREE),
    }
)


class Verdict(Enum):
    """What to do after a pass."""

    SETTLED = "settled"
    AGAIN = "again"
    HOPELESS = "hopeless"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """What one pass did about the partitions of a service's tree.

    Attributes:
        time: seconds on a monotonic clock when it ended.
    """

    time: float
    outcomes: tuple[PartitionOutcome, ...]

    @property
    def troubles(self) -> tuple[PartitionOutcome, ...]:
        """Return the outcomes that are not good."""
        return tuple(outcome for outcome in self.outcomes if outcome.result not in _GOOD)

    def same_trouble(self, other: "Pass") -> bool:
        """Tell whether another pass ended in the same trouble."""
        return _essence(self) == _essence(other)


def verdict(passes: Sequence[Pass], *, patience: float) -> Verdict:
    """Decide what to do after the last of some passes.

    Args:
        passes: the oldest first, at least one.
        patience: seconds that promises may take to hold, counted from the last change.
    """
    last = passes[-1]
    if not last.troubles:
        return Verdict.SETTLED if last.outcomes else Verdict.AGAIN
    unchanged = _unchanged(passes)
    if any(outcome.result is PartitionResult.FAILED for outcome in last.troubles):
        return Verdict.HOPELESS if len(unchanged) >= _SAME_FAILURES else Verdict.AGAIN
    waited = last.time - unchanged[0].time
    return Verdict.HOPELESS if waited >= patience else Verdict.AGAIN


def _unchanged(passes: Sequence[Pass]) -> list[Pass]:
    """Return the last passes that ended in the same trouble, the oldest first."""
    same: list[Pass] = []
    for one in reversed(passes):
        if not one.same_trouble(passes[-1]):
            break
        same.insert(0, one)
    return same


def _essence(one: Pass) -> list[tuple[str, PartitionResult]]:
    # Messages hold times and counts: a promise that fails differently each time fails all the same.
    return [(outcome.partition, outcome.result) for outcome in one.troubles]
