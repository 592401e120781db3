"""TIO journals: who provided how much of what to whom, in transactions of arrows and movements.

The format tells consumption, invoicing and the history of states. Text is kept as it is; quantities and
prices are decimal, never binary floating point. A journal takes five lines:

    day = datetime(2026, 1, 1, tzinfo=UTC)
    cpu = Movement(resource="service_module/cpu_load_percent", quantity=Decimal("12.5"), reference="COMP-1")
    use = Arrow(type="Administration", destination="COMP-1")
    sold = period_transaction(reference="day-1", start=day, stop=day, movements=(cpu,), arrow=use)
    journal = Journal(transactions=(sold,))
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from slap_domain.errors import InvalidInput
from slap_domain.model.references import ComputerGuid, PartitionId

SALE = "Sale Packing List"
_MERGED_DATE = "%Y-%m-%d at %H:%M:%S"
TEXT_LIMIT = 100_000
# What XML cannot carry.
_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,4})?\Z", re.ASCII)
_DIGIT_LIMIT = 100
# What xs:float can hold: beyond it, other readers see INF or zero.
_LARGEST_EXPONENT = 37
_SMALLEST_EXPONENT = -45


def amount(text: str, element: str) -> Decimal:
    """Read a quantity or a price: `12.5`, `-3`, `1E-7`.

    Args:
        text: as written, blanks around it allowed.
        element: where it stands, for the message.

    Raises:
        InvalidInput: it is no number, is infinite, or is beyond what others can read.
    """
    stripped = text.strip(" \t\r\n")
    if len(stripped) > _DIGIT_LIMIT or not _NUMBER.match(stripped):
        raise InvalidInput(f"{element}: {text[:80]!r} is not a finite decimal number")
    return checked_amount(Decimal(stripped), element)


def checked_amount(value: Decimal, element: str) -> Decimal:
    """Return a finite amount that any reader of TIO can hold.

    Raises:
        InvalidInput: it is infinite, no number, or out of bounds.
    """
    if not value.is_finite():
        raise InvalidInput(f"{element}: {value} is not a finite decimal number")
    too_long = len(value.as_tuple().digits) > _DIGIT_LIMIT
    if too_long or (value and not _SMALLEST_EXPONENT <= value.adjusted() <= _LARGEST_EXPONENT):
        raise InvalidInput(f"{element}: a number of that size or precision cannot be written")
    return value


def _amount_of(value: object, element: str) -> Decimal:
    match value:
        case Decimal():
            return checked_amount(value, element)
        case str():
            return amount(value, element)
        case int() if not isinstance(value, bool):
            return checked_amount(Decimal(value), element)
        case _:
            raise InvalidInput(
                f"{element}: {str(value)[:80]} is a {type(value).__name__}, not a decimal number",
                hint="give a Decimal, a whole number, or a text such as '12.5'",
            )


def _checked_text(text: object, element: str) -> None:
    if text is None:
        return
    if not isinstance(text, str):
        raise InvalidInput(f"{element}: {str(text)[:80]} is a {type(text).__name__}, not a text")
    if len(text) > TEXT_LIMIT:
        raise InvalidInput(f"{element} has {len(text)} characters, the limit is {TEXT_LIMIT}")
    if _UNWRITABLE.search(text):
        raise InvalidInput(f"{element} {text[:80]!r} holds a character that XML cannot carry")


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrow:
    """Who provided a service to whom.

    Attributes:
        type: what the two are to each other: `Administration`, `Destination`, …
        source: who provided it, or None.
        destination: who received it, or None.

    Raises:
        InvalidInput: a text cannot be written.
    """

    type: str
    source: str | None = None
    destination: str | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be written."""
        for name, text in (("type", self.type), ("source", self.source), ("destination", self.destination)):
            _checked_text(text, f"arrow/{name}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """How much of a service was exchanged.

    Attributes:
        resource: the kind of service.
        quantity: how much of it; whole numbers and texts such as `12.5` are taken too.
        price: of one unit, in the currency of the transaction; likewise.
        vat: the VAT of the service exchanged.
        reference: of what was used: a partition, a user, a computer; None when not told.

    Raises:
        InvalidInput: a text or a number cannot be written; the message names the element.
    """

    resource: str
    quantity: Decimal
    price: Decimal = Decimal(0)
    vat: str = ""
    title: str | None = None
    reference: str | None = None
    categories: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what cannot be written."""
        _checked_text(self.resource, "movement/resource")
        for name in ("quantity", "price"):
            object.__setattr__(self, name, _amount_of(getattr(self, name), f"movement/{name}"))
        _checked_text(self.vat, "movement/VAT")
        _checked_text(self.title, "movement/title")
        _checked_text(self.reference, "movement/reference")
        for category in self.categories:
            _checked_text(category, "movement/category")


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    """What was exchanged between two dates.

    Attributes:
        start_date: any text; see `period_transaction` and `merged_journal` for what we write.
        stop_date: likewise.
        reference: the absolute reference of the transaction.

    Raises:
        InvalidInput: it has no arrow or no movement, or a text cannot be written.
    """

    type: str
    start_date: str
    stop_date: str
    reference: str
    currency: str
    payment_mode: str
    arrows: tuple[Arrow, ...]
    movements: tuple[Movement, ...]
    title: str | None = None
    categories: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what cannot be written."""
        for name in ("type", "start_date", "stop_date", "reference", "currency", "payment_mode", "title"):
            _checked_text(getattr(self, name), f"transaction/{name}")
        for category in self.categories:
            _checked_text(category, "transaction/category")
        if not self.arrows:
            raise InvalidInput(f"transaction {self.reference[:80]!r} has no arrow")
        if not self.movements:
            raise InvalidInput(f"transaction {self.reference[:80]!r} has no movement")


@dataclass(frozen=True, slots=True, kw_only=True)
class Journal:
    """Transactions, at least one.

    Raises:
        InvalidInput: there is none.
    """

    transactions: tuple[Transaction, ...]

    def __post_init__(self) -> None:
        """Refuse an empty journal."""
        if not self.transactions:
            raise InvalidInput("journal has no transaction")


@dataclass(frozen=True, slots=True, kw_only=True)
class Consumption:
    """What the report of one partition says it used (node-conventions section 7).

    Raises:
        InvalidInput: it says nothing.
    """

    movements: tuple[Movement, ...]

    def __post_init__(self) -> None:
        """Refuse an empty report."""
        if not self.movements:
            raise InvalidInput("consumption has no movement")


def period_transaction(
    *,
    reference: str,
    start: datetime,
    stop: datetime,
    movements: tuple[Movement, ...],
    arrow: Arrow,
    title: str | None = None,
) -> Transaction:
    """Return a new transaction for a period, its dates written in ISO 8601.

    Raises:
        InvalidInput: the period ends before it starts, only one end has a time zone, or something in it
            cannot be written.
    """
    if (start.utcoffset() is None) != (stop.utcoffset() is None):
        raise InvalidInput(
            f"transaction {reference!r} starts at {start} and stops at {stop}: only one has a time zone"
        )
    if stop < start:
        raise InvalidInput(f"transaction {reference!r} stops at {stop}, before it starts at {start}")
    return Transaction(
        type=SALE,
        title=title,
        start_date=start.isoformat(timespec="seconds"),
        stop_date=stop.isoformat(timespec="seconds"),
        reference=reference,
        currency="",
        payment_mode="",
        arrows=(arrow,),
        movements=movements,
    )


def merged_journal(
    computer: ComputerGuid,
    consumptions: Mapping[PartitionId, Iterable[Consumption]],
    *,
    start: datetime,
    stop: datetime,
) -> Journal:
    """Merge the reports of all partitions into the one journal that the master gets.

    Each movement's reference becomes the id of the partition that reported it. Dates are written as existing
    nodes write them, without a time zone.

    Raises:
        InvalidInput: no partition reported anything.
    """
    movements = tuple(
        replace(movement, reference=partition)
        for partition, reports in consumptions.items()
        for report in reports
        for movement in report.movements
    )
    transaction = period_transaction(
        reference=computer,
        start=start,
        stop=stop,
        movements=movements,
        arrow=Arrow(type="Administration"),
        title="Resource consumptions",
    )
    dated = replace(transaction, start_date=f"{start:{_MERGED_DATE}}", stop_date=f"{stop:{_MERGED_DATE}}")
    return Journal(transactions=(dated,))
