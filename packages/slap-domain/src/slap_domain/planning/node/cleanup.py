"""When the files of a destroyed instance may be wiped, and what keeps them until then."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import isnan

LONGEST_RETENTION = 36525.0  # days, a century: whoever asks for more, or for ever, gets this
_ALIVE = frozenset({"RUNNING", "STARTING"})
_LAST_SECOND = 253_370_764_800  # 9999-01-01, near the last date there is


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """Whether the files of a destroyed instance are kept, and until when.

    Attributes:
        until: the date that is decided now and has to be written down; None: nothing to write.
        locked: the files are kept for now.
    """

    locked: bool
    until: datetime | None = None


def retention_days(text: str) -> float:
    """Return a retention delay in days, between none and the longest.

    Raises:
        ValueError: it is no number.
    """
    days = float(text)
    if isnan(days):
        raise ValueError(text)
    return min(max(days, 0.0), LONGEST_RETENTION)


def recorded_delay(text: str | None) -> float:
    """Return the days that a partition's files say; 0 where they say nothing that is a number."""
    try:
        return retention_days(text or "0")
    except ValueError:
        return 0.0


def recorded_date(text: str | None) -> datetime | None:
    """Return the date that a partition's files say, in seconds since the epoch; None: none that can be."""
    try:
        seconds = float(text or "nan")
    except ValueError:
        return None
    return datetime.fromtimestamp(seconds, UTC) if 0 < seconds < _LAST_SECOND else None


def retention(*, delay: float, decided: datetime | None, now: datetime) -> Retention:
    """Decide whether the files of a destroyed instance are still kept.

    Args:
        delay: days for which they are kept, counted from the first time this is asked.
        decided: the date decided at that first time; None: this is the first time. One further away than
            anything could have been kept was not decided by a node, and is not believed.
        now: the present.
    """
    if decided is not None and decided <= now + timedelta(days=LONGEST_RETENTION):
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
