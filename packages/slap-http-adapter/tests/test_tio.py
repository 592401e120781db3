"""TIO documents in XML, there and back."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slap_domain.errors import InvalidInput
from slap_domain.model.consumption.tio import Arrow, Consumption, Journal, Movement, Transaction
from slap_http_adapter.tio import read_consumption, read_journal, write_consumption, write_journal

TEXT = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff")
    | st.sampled_from("\t\n\r "),
    max_size=20,
)
MAYBE = st.none() | TEXT
NUMBER = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**37), max_value=10**37, places=8)
MOVEMENT = st.builds(
    Movement,
    resource=TEXT,
    quantity=NUMBER,
    price=NUMBER,
    vat=TEXT,
    title=MAYBE,
    reference=MAYBE,
    categories=st.lists(TEXT, max_size=2).map(tuple),
)
ARROW = st.builds(Arrow, type=TEXT, source=MAYBE, destination=MAYBE)
TRANSACTION = st.builds(
    Transaction,
    type=TEXT,
    title=MAYBE,
    start_date=TEXT,
    stop_date=TEXT,
    reference=TEXT,
    currency=TEXT,
    payment_mode=TEXT,
    categories=st.lists(TEXT, max_size=2).map(tuple),
    arrows=st.lists(ARROW, min_size=1, max_size=2).map(tuple),
    movements=st.lists(MOVEMENT, min_size=1, max_size=2).map(tuple),
)
JOURNAL = st.builds(Journal, transactions=st.lists(TRANSACTION, min_size=1, max_size=2).map(tuple))

VALID = """<?xml version='1.0' encoding='utf-8'?>
<journal><transaction type="Sale Packing List"><title>Resource consumptions</title>
<start_date></start_date><stop_date>2013-01-02 at 03:04:05</stop_date><reference>COMP-1</reference>
<currency/><payment_mode/><category/><arrow type="Administration"/>
<movement><resource>CPU Consumption</resource><title>t</title><reference>slappart0</reference>
<quantity>1.5E+2</quantity><price> 0.0 </price><VAT/></movement></transaction></journal>
"""


@given(JOURNAL)
@settings(max_examples=60, deadline=None)
def test_a_journal_survives_its_xml(journal):
    assert read_journal(write_journal(journal)) == journal


@given(st.builds(Consumption, movements=st.lists(MOVEMENT, min_size=1, max_size=3).map(tuple)))
@settings(max_examples=30, deadline=None)
def test_a_consumption_survives_its_xml(consumption):
    assert read_consumption(write_consumption(consumption)) == consumption


def test_a_journal_of_another_writer_is_read():
    [transaction] = read_journal(VALID).transactions
    [movement] = transaction.movements
    assert transaction.stop_date == "2013-01-02 at 03:04:05"
    assert transaction.start_date == ""
    assert transaction.categories == ("",)
    assert movement.quantity == Decimal(150)
    assert movement.vat == ""
    assert transaction.arrows == (Arrow(type="Administration"),)
    assert read_journal(VALID.encode()) == read_journal(VALID)


def test_what_is_written_does_not_say_none():
    written = write_journal(read_journal(VALID))
    assert "None" not in written
    assert "<VAT/>" in written or "<VAT></VAT>" in written


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("<VAT/>", "", "movement"),
        ("<quantity>1.5E+2</quantity>", "<quantity>much</quantity>", "movement.*quantity"),
        (
            "<movement>",
            "<movement><resource/><quantity>1</quantity><price>0</price><VAT/></movement><movement><sum/>",
            r"movement\[2\]/sum.* resource",
        ),
        ("<quantity>1.5E+2</quantity>", "<quantity>INF</quantity>", "movement/quantity.*INF"),
        ("<quantity>1.5E+2</quantity>", "<quantity>NaN</quantity>", "movement/quantity.*NaN"),
        (' type="Administration"', "", "arrow.*type"),
        ("<currency/>", "", "payment_mode.*currency"),
        ("<arrow type", "<arow type", "arow"),
        ("journal>", "diary>", "diary"),
        ("</journal>", "", "no well-formed XML"),
        ("<journal>", '<!DOCTYPE journal [<!ENTITY e "x">]><journal>', "document type"),
        ("slappart0", "&e;", "no well-formed XML|document type"),
    ],
)
def test_what_is_not_valid_is_refused_with_its_place(old, new, complaint):
    assert old in VALID
    with pytest.raises(InvalidInput, match=complaint):
        read_journal(VALID.replace(old, new))


def test_a_journal_is_no_consumption():
    with pytest.raises(InvalidInput):
        read_consumption(VALID)


def test_a_document_without_end_is_refused():
    with pytest.raises(InvalidInput, match="the limit is"):
        read_journal(b" " * (64 * 1024 * 1024 + 1))
