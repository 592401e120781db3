"""TIO documents in XML: journals, and the consumption reports of partitions."""

from decimal import Decimal

from lxml import etree

from slap_domain.errors import InvalidInput
from slap_domain.model.consumption.tio import Arrow, Consumption, Journal, Movement, Transaction, amount
from slap_http_adapter.tio_schema import checked_document


def read_journal(data: bytes | str) -> Journal:
    """Read a journal that is valid against the schema.

    Raises:
        InvalidInput: it is not; or a number is infinite or out of bounds. The message names the element.
    """
    root = checked_document(data, "journal")
    return Journal(transactions=tuple(_transaction(element) for element in root))


def write_journal(journal: Journal) -> str:
    """Return the XML of a journal, valid against the schema."""
    root = etree.Element("journal")
    for transaction in journal.transactions:
        _write_transaction(root, transaction)
    return _text_of(root)


def read_consumption(data: bytes | str) -> Consumption:
    """Read the report of a partition.

    Raises:
        InvalidInput: it is not valid; the message names the element.
    """
    root = checked_document(data, "consumption")
    return Consumption(movements=tuple(_movement(element) for element in root))


def write_consumption(consumption: Consumption) -> str:
    """Return the XML of a partition's report."""
    root = etree.Element("consumption")
    for movement in consumption.movements:
        _write_movement(root, movement)
    return _text_of(root)


def _transaction(element: etree._Element) -> Transaction:
    return Transaction(
        type=_attribute(element, "type"),
        title=_optional(element, "title"),
        start_date=_text(element, "start_date"),
        stop_date=_text(element, "stop_date"),
        reference=_text(element, "reference"),
        currency=_text(element, "currency"),
        payment_mode=_text(element, "payment_mode"),
        categories=_texts(element, "category"),
        arrows=tuple(_arrow(child) for child in element.iterchildren("arrow")),
        movements=tuple(_movement(child) for child in element.iterchildren("movement")),
    )


def _arrow(element: etree._Element) -> Arrow:
    return Arrow(
        type=_attribute(element, "type"),
        source=_optional(element, "source"),
        destination=_optional(element, "destination"),
    )


def _movement(element: etree._Element) -> Movement:
    return Movement(
        resource=_text(element, "resource"),
        title=_optional(element, "title"),
        reference=_optional(element, "reference"),
        quantity=_amount(element, "quantity"),
        price=_amount(element, "price"),
        vat=_text(element, "VAT"),
        categories=_texts(element, "category"),
    )


def _amount(element: etree._Element, name: str) -> Decimal:
    try:
        return amount(_text(element, name), name)
    except InvalidInput as error:
        # Only now: to find the number of an element, those before it are counted.
        raise InvalidInput(f"{element.getroottree().getpath(element)}/{error}") from error


def _attribute(element: etree._Element, name: str) -> str:
    return element.get(name) or ""


def _optional(element: etree._Element, name: str) -> str | None:
    child = element.find(name)
    return None if child is None else child.text or ""


def _text(element: etree._Element, name: str) -> str:
    return _optional(element, name) or ""


def _texts(element: etree._Element, name: str) -> tuple[str, ...]:
    return tuple(child.text or "" for child in element.iterchildren(name))


def _write_transaction(parent: etree._Element, transaction: Transaction) -> None:
    element = etree.SubElement(parent, "transaction", type=transaction.type)
    _write(element, "title", transaction.title)
    _write(element, "start_date", transaction.start_date)
    _write(element, "stop_date", transaction.stop_date)
    _write(element, "reference", transaction.reference)
    _write(element, "currency", transaction.currency)
    _write(element, "payment_mode", transaction.payment_mode)
    for category in transaction.categories:
        _write(element, "category", category)
    for arrow in transaction.arrows:
        child = etree.SubElement(element, "arrow", type=arrow.type)
        _write(child, "source", arrow.source)
        _write(child, "destination", arrow.destination)
    for movement in transaction.movements:
        _write_movement(element, movement)


def _write_movement(parent: etree._Element, movement: Movement) -> None:
    element = etree.SubElement(parent, "movement")
    _write(element, "resource", movement.resource)
    _write(element, "title", movement.title)
    _write(element, "reference", movement.reference)
    _write(element, "quantity", str(movement.quantity))
    _write(element, "price", str(movement.price))
    _write(element, "VAT", movement.vat)
    for category in movement.categories:
        _write(element, "category", category)


def _write(parent: etree._Element, name: str, text: str | None) -> None:
    if text is not None:
        etree.SubElement(parent, name).text = text


def _text_of(root: etree._Element) -> str:
    # Laid out by elements alone: the text of a leaf is kept to the letter.
    etree.indent(root)
    return etree.tostring(root, encoding="unicode") + "\n"
