"""TIO journals as values."""

import textwrap
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from slap_domain.errors import InvalidInput
from slap_domain.model.consumption import tio
from slap_domain.model.consumption.tio import (
    Arrow,
    Consumption,
    Journal,
    Movement,
    Transaction,
    amount,
    merged_journal,
    period_transaction,
)
from slap_domain.model.references import computer_guid, partition_id

DAY = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12.5", "12.5"),
        (" -3 ", "-3"),
        ("1E-7", "1E-7"),
        ("+.5", "0.5"),
        ("2.", "2"),
        ("1e3", "1E+3"),
        ("0", "0"),
    ],
)
def test_amounts_are_read_as_decimals(text, value):
    assert amount(text, "movement/quantity") == Decimal(value)


@pytest.mark.parametrize(
    "text", ["", "INF", "-INF", "NaN", "1,5", "1_0", "0x1", "٣", "1e", "sNaN", "1e99999"]
)
def test_what_is_no_finite_decimal_is_refused_with_its_place(text):
    with pytest.raises(InvalidInput, match=r"transaction\[2\]/movement/quantity: .* not a finite decimal"):
        amount(text, "transaction[2]/movement/quantity")


@pytest.mark.parametrize("text", ["1e38", "1e-46", "-1E+9999", "1e-9999"])
def test_what_other_readers_would_see_as_infinite_or_zero_is_refused(text):
    with pytest.raises(InvalidInput, match=r"movement/price: a number of that size"):
        amount(text, "movement/price")


def test_digits_without_end_are_refused():
    with pytest.raises(InvalidInput, match="quantity"):
        amount("1" * 101, "quantity")
    with pytest.raises(InvalidInput, match=r"movement/quantity: a number of that size or precision"):
        Movement(resource="r", quantity=Decimal("0." + "1" * 101))


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity"])
def test_a_movement_refuses_what_is_not_finite(value):
    with pytest.raises(InvalidInput, match="movement/price"):
        Movement(resource="r", quantity=Decimal(1), price=Decimal(value))


@pytest.mark.parametrize(
    ("values", "element"),
    [
        ({"resource": "\0"}, "movement/resource"),
        ({"vat": "\ud800"}, "movement/VAT"),
        ({"title": "\x1b"}, "movement/title"),
        ({"reference": "\ufffe"}, "movement/reference"),
        ({"categories": ("fine", "\x01")}, "movement/category"),
        ({"resource": "x" * 100_001}, "movement/resource has 100001 characters"),
    ],
)
def test_a_movement_names_the_element_that_cannot_be_written(values, element):
    with pytest.raises(InvalidInput, match=element):
        Movement(**({"resource": "r", "quantity": Decimal(1)} | values))


def test_an_arrow_names_what_cannot_be_written():
    with pytest.raises(InvalidInput, match="arrow/source"):
        Arrow(type="Administration", source="\0")


def transaction(**values):
    return Transaction(
        **{
            "type": tio.SALE,
            "start_date": "any",
            "stop_date": "text",
            "reference": "r",
            "currency": "",
            "payment_mode": "",
            "arrows": (Arrow(type="a"),),
            "movements": (Movement(resource="r", quantity=Decimal(1)),),
        }
        | values
    )


def test_dates_may_be_any_text():
    assert transaction(start_date="2013-01-01 at 00:00:00").start_date == "2013-01-01 at 00:00:00"


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        ({"arrows": ()}, "transaction 'r' has no arrow"),
        ({"movements": ()}, "transaction 'r' has no movement"),
        ({"currency": "\0"}, "transaction/currency"),
        ({"categories": ("\0",)}, "transaction/category"),
    ],
)
def test_a_transaction_is_whole(values, complaint):
    with pytest.raises(InvalidInput, match=complaint):
        transaction(**values)


def test_a_journal_and_a_consumption_are_not_empty():
    with pytest.raises(InvalidInput, match="journal has no transaction"):
        Journal(transactions=())
    with pytest.raises(InvalidInput, match="consumption has no movement"):
        Consumption(movements=())


def test_new_dates_are_iso():
    new = period_transaction(
        reference="r",
        start=DAY,
        stop=DAY + timedelta(hours=1, microseconds=5),
        movements=(Movement(resource="r", quantity=Decimal(1)),),
        arrow=Arrow(type="a"),
    )
    assert (new.start_date, new.stop_date) == ("2026-01-01T00:00:00+00:00", "2026-01-01T01:00:00+00:00")


def test_a_period_does_not_end_before_it_starts():
    with pytest.raises(InvalidInput, match="before it starts"):
        period_transaction(
            reference="r", start=DAY, stop=DAY - timedelta(1), movements=(), arrow=Arrow(type="a")
        )


def test_a_period_has_a_time_zone_at_both_ends_or_at_none():
    with pytest.raises(InvalidInput, match="only one has a time zone"):
        period_transaction(
            reference="r", start=DAY.replace(tzinfo=None), stop=DAY, movements=(), arrow=Arrow(type="a")
        )


def test_the_five_lines_of_the_documentation_build_a_journal():
    example = textwrap.dedent(tio.__doc__.partition("five lines:\n\n")[2])
    names = dict(vars(tio)) | {"datetime": datetime, "UTC": UTC, "Decimal": Decimal}
    assert len(example.strip().splitlines()) == 5
    exec(example, names)
    assert names["journal"].transactions[0].movements[0].quantity == Decimal("12.5")


def test_reports_of_partitions_are_merged_under_their_names():
    used = Consumption(movements=(Movement(resource="cpu", quantity=Decimal(2), reference="mine"),))
    more = Consumption(movements=(Movement(resource="ram", quantity=Decimal(3)),))

    journal = merged_journal(
        computer_guid("COMP-1"),
        {partition_id("slappart0"): [used, more], partition_id("slappart1"): [used]},
        start=DAY,
        stop=DAY,
    )

    [merged] = journal.transactions
    assert (merged.title, merged.reference, merged.type) == (
        "Resource consumptions",
        "COMP-1",
        "Sale Packing List",
    )
    assert merged.arrows == (Arrow(type="Administration"),)
    assert (merged.start_date, merged.stop_date) == ("2026-01-01 at 00:00:00", "2026-01-01 at 00:00:00")
    assert [(m.resource, m.reference) for m in merged.movements] == [
        ("cpu", "slappart0"),
        ("ram", "slappart0"),
        ("cpu", "slappart1"),
    ]


def test_nothing_reported_is_no_journal():
    with pytest.raises(InvalidInput, match="has no movement"):
        merged_journal(computer_guid("COMP-1"), {}, start=DAY, stop=DAY)


@pytest.mark.parametrize(("given", "kept"), [(1, "1"), ("12.50", "12.50"), (" 1E-7 ", "1E-7"), (-3, "-3")])
def test_whole_numbers_and_texts_are_quantities(given, kept):
    movement = Movement(resource="r", quantity=given, price=given)
    assert (movement.quantity, movement.price) == (Decimal(kept), Decimal(kept))


@pytest.mark.parametrize("given", [1.5, None, True, b"1", [1]])
def test_what_is_no_decimal_number_is_named(given):
    with pytest.raises(InvalidInput, match=r"movement/quantity: .* not a decimal number"):
        Movement(resource="r", quantity=given)
    with pytest.raises(InvalidInput, match=r"movement/price: .* not a decimal number"):
        Movement(resource="r", quantity=1, price=given)


def test_what_is_no_text_is_named():
    with pytest.raises(InvalidInput, match="movement/resource: 7 is a int, not a text"):
        Movement(resource=7, quantity=1)
