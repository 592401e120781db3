"""What is made of figures: the journal of a day, and which folders are measured next."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from slap_domain.model.consumption.figures import DayAverages, Owner
from slap_domain.model.consumption.tio import Arrow, Journal, Movement, period_transaction
from slap_domain.model.references import ComputerGuid

REPORTED_DAYS = 2
_CPU = "service_module/cpu_load_percent"
_MEMORY = "service_module/memory_used"
_DISK = "service_module/disk_used"
_EMISSION = "service_module/zero_emission_ratio"
# Known only where a heating sensor is calibrated.
_UNKNOWN_RATIO = Decimal(-1)


def day_journal(computer: ComputerGuid, averages: DayAverages) -> Journal | None:
    """Return the journal of a day, None when nothing was measured on it (node-conventions section 14)."""
    if averages.cpu_percent is None or averages.memory_used is None:
        return None
    movements = [
        _movement(_CPU, averages.cpu_percent, computer),
        _movement(_MEMORY, averages.memory_used, computer),
        Movement(resource=_EMISSION, quantity=_UNKNOWN_RATIO, reference=computer),
    ]
    for name, used in sorted(averages.owners.items()):
        movements.append(_movement(_CPU, used.cpu_percent, name))
        movements.append(_movement(_MEMORY, used.memory_mib, name))
        if used.disk_mib is not None:
            movements.append(_movement(_DISK, used.disk_mib, name))
    transaction = period_transaction(
        reference=f"{averages.day.isoformat()}-global",
        start=datetime.combine(averages.day, time(), UTC),
        stop=datetime.combine(averages.day, time(23, 59, 59), UTC),
        movements=tuple(movements),
        arrow=Arrow(type="Destination"),
        title=f"Eco Information for {computer} ",
    )
    return Journal(transactions=(transaction,))


def _movement(resource: str, quantity: float, reference: str) -> Movement:
    rounded = Decimal(str(quantity)).quantize(Decimal("0.0001"))
    return Movement(resource=resource, quantity=rounded, price=Decimal("0.0"), reference=reference)


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
