"""When what is reported, and which folders are measured next."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta

from slap_domain.model.consumption.figures import Owner

REPORTED_DAYS = 2


def days_to_report(today: date, reported: frozenset[date]) -> tuple[date, ...]:
    """Return the days whose consumption is to be reported now, oldest first: each of the last two once."""
    days = (today - timedelta(days=back) for back in range(REPORTED_DAYS, 0, -1))
    return tuple(day for day in days if day not in reported)


def folders_due(
    owners: Iterable[Owner], measured: Mapping[str, datetime], now: datetime, cycle: timedelta
) -> tuple[Owner, ...]:
    """Return the owners whose disk usage is due, the one measured longest ago first.

    Args:
        owners: everybody.
        measured: when each was last measured, by name; absent: never.
        now: the present.
        cycle: the time after which it is due again.
    """
    never = datetime.min.replace(tzinfo=UTC)
    due = [owner for owner in owners if now - measured.get(owner.name, never) >= cycle]
    return tuple(sorted(due, key=lambda owner: (measured.get(owner.name, never), owner.name)))
