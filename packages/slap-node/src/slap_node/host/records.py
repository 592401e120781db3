"""The record of a computer in the marshal dialect, laid out for people."""

from collections.abc import Mapping

from lxml import etree

from slap_domain.errors import InvalidInput
from slap_http_adapter.wire.marshal import dumps, loads_tree


class MarshalRecords:
    """`RecordFormat` in the marshal dialect (node-conventions section 11)."""

    def write(self, document: Mapping[str, object]) -> str:
        """Return the text of a dictionary."""
        root = etree.fromstring(dumps(dict(document)), _parser())
        return etree.tostring(root, pretty_print=True).decode("ascii")

    def read(self, text: str) -> object:
        """Return what a text says."""
        try:
            return loads_tree(text)
        except InvalidInput as error:
            raise InvalidInput(f"the record of the computer is malformed: {error}") from error


def _parser() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
