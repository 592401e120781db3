"""The journal that is made of the figures of a day."""

from dataclasses import replace
from datetime import UTC, datetime, time
from decimal import Decimal

from slap_domain.model.consumption.figures import DayAverages
from slap_domain.model.consumption.tio import Arrow, Journal, Movement, period_transaction
from slap_domain.model.references import ComputerGuid

_CPU = "service_module/cpu_load_percent"
_MEMORY = "service_module/memory_used"
_DISK = "service_module/disk_used"
_EMISSION = "service_module/zero_emission_ratio"
_NO_PRICE = Decimal("0.0")
# Known only where a heating sensor is calibrated.
_UNKNOWN_RATIO = Decimal(-1)


def day_journal(computer: ComputerGuid, averages: DayAverages) -> Journal:
    """Return the journal of a day (node-conventions section 14).

    Of a day on which nothing was measured it says just that the ratio is not known: no use is not the same.
    """
    movements = []
    if averages.cpu_percent is not None:
        movements.append(_movement(_CPU, averages.cpu_percent, computer, "CPU Load Percent Average"))
    if averages.memory_used is not None:
        movements.append(_movement(_MEMORY, averages.memory_used, computer, "Used Memory"))
    movements.append(
        Movement(
            resource=_EMISSION,
            quantity=_UNKNOWN_RATIO,
            price=_NO_PRICE,
            reference=computer,
            title="Zero Emission Ratio",
        )
    )
    for name, used in sorted(averages.owners.items()):
        movements.append(_movement(_CPU, used.cpu_percent, name, f"CPU Load Percent Average for {name}"))
        movements.append(_movement(_MEMORY, used.memory_mib, name, f"Memory Used Average for {name}"))
        if used.disk_mib is not None:
            title = f"Partition Disk Used Average for {name}"
            movements.append(_movement(_DISK, used.disk_mib, name, title))
    transaction = period_transaction(
        reference=f"{averages.day.isoformat()}-global",
        start=datetime.combine(averages.day, time(), UTC),
        stop=datetime.combine(averages.day, time(23, 59, 59), UTC),
        movements=tuple(movements),
        arrow=Arrow(type="Destination"),
        title=f"Eco Information for {computer} ",
    )
    # As existing nodes write them.
    dated = replace(transaction, start_date=f"{averages.day} 00:00:00", stop_date=f"{averages.day} 23:59:59")
    return Journal(transactions=(dated,))


def _movement(resource: str, quantity: float, reference: str, title: str) -> Movement:
    rounded = Decimal(str(quantity)).quantize(Decimal("0.0001"))
    return Movement(resource=resource, quantity=rounded, price=_NO_PRICE, reference=reference, title=title)
