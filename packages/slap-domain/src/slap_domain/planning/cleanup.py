"""When the files of a destroyed instance may be wiped, and what keeps them until then."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

_ALIVE = frozenset({"RUNNING", "STARTING"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """Whether the files of a destroyed instance are kept, and until when.

    Attributes:
        until: the date that is decided now and has to be written down; None: nothing to write.
        locked: the files are kept for now.
    """

    locked: bool
    until: datetime | None = None


def retention(*, delay: float, decided: datetime | None, now: datetime) -> Retention:
    """Decide whether the files of a destroyed instance are still kept.

    Args:
        delay: days for which they are kept, counted from the first time this is asked.
        decided: the date decided at that first time; None: this is the first time.
        now: the present.
    """
    if decided is not None:
        return Retention(locked=now < decided)
    if delay <= 0:
        return Retention(locked=False)
    return Retention(locked=True, until=now + timedelta(days=delay))


def awaited(names: Collection[str], states: Mapping[str, str]) -> tuple[str, ...]:
    """Return those of the named processes that still run, sorted.

    Args:
        names: processes, as `group:name`.
        states: supervisor's word for the state of every process it knows, by the same names.
    """
    return tuple(sorted(name for name in set(names) if states.get(name) in _ALIVE))
