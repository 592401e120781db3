"""`slapos.tio`, as authors of releases use it."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from slapos.tio import (
    Arrow,
    Consumption,
    InvalidInput,
    Journal,
    Movement,
    period_transaction,
    read_consumption,
    read_journal,
    write_consumption,
    write_journal,
)


def test_a_journal_takes_five_lines():
    day = datetime(2026, 1, 1, tzinfo=UTC)
    cpu = Movement(resource="service_module/cpu_load_percent", quantity="12.5", reference="slappart0")
    use = Arrow(type="Administration", destination="COMP-1")
    used = period_transaction(reference="day-1", start=day, stop=day, movements=(cpu,), arrow=use)
    text = write_journal(Journal(transactions=(used,)))

    [transaction] = read_journal(text).transactions
    assert transaction.start_date == "2026-01-01T00:00:00+00:00"
    assert transaction.movements[0].quantity == Decimal("12.5")


def test_the_report_of_a_partition_is_written_and_read():
    consumption = Consumption(movements=(Movement(resource="r", quantity=1),))
    assert read_consumption(write_consumption(consumption)) == consumption


def test_what_is_wrong_is_named():
    with pytest.raises(InvalidInput, match="movement/quantity"):
        Movement(resource="r", quantity="much")
