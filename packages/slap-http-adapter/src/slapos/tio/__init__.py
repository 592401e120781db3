"""Journals of what was consumed, in the TIO format: made, read and written.

from slapos.tio import Arrow, Journal, Movement, period_transaction, write_journal

cpu = Movement(resource="service_module/cpu_load_percent", quantity="12.5", reference="slappart0")
arrow = Arrow(type="Administration", destination="COMP-1")
day = period_transaction(reference="day-1", start=start, stop=stop, movements=(cpu,), arrow=arrow)
print(write_journal(Journal(transactions=(day,))))
"""

from slap_domain.errors import InvalidInput
from slap_domain.model.consumption.tio import (
    Arrow,
    Consumption,
    Journal,
    Movement,
    Transaction,
    period_transaction,
)
from slap_http_adapter.tio import read_consumption, read_journal, write_consumption, write_journal

__all__ = [
    "Arrow",
    "Consumption",
    "InvalidInput",
    "Journal",
    "Movement",
    "Transaction",
    "period_transaction",
    "read_consumption",
    "read_journal",
    "write_consumption",
    "write_journal",
]
