"""The XML Schemas of TIO documents, and the check against them."""

import functools
import importlib.resources

from lxml import etree

from slap_domain.errors import InvalidInput

DOCUMENT_LIMIT = 64 * 1024 * 1024
_MESSAGE_LIMIT = 300


def checked_document(data: bytes | str, kind: str) -> etree._Element:
    """Parse a document and check it against its schema.

    Args:
        data: the XML; bytes may declare their encoding.
        kind: `journal` or `consumption`.

    Raises:
        InvalidInput: it is malformed, too large, declares a document type, or is not valid; the message
            names the element, and tells which of several it is.
    """
    root = _parsed(data, kind)
    # Made anew each time, which takes less than a millisecond: threads would share its errors.
    schema = etree.XMLSchema(etree.fromstring(_schema(kind)))
    if not schema.validate(root):
        error = schema.error_log[0]  # type: ignore[index]  # its stubs lack it
        raise InvalidInput(f"{error.path or kind}: {' '.join(error.message.split())[:_MESSAGE_LIMIT]}")
    return root


def _parsed(data: bytes | str, kind: str) -> etree._Element:
    data = data.encode(errors="surrogatepass") if isinstance(data, str) else data
    if len(data) > DOCUMENT_LIMIT:
        raise InvalidInput(f"{kind} has {len(data)} bytes, the limit is {DOCUMENT_LIMIT}")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise InvalidInput(f"{kind} is no well-formed XML: {error}") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise InvalidInput(f"{kind} declares a document type, which is refused")
    return root


@functools.cache
def _schema(kind: str) -> bytes:
    return importlib.resources.files("slap_http_adapter.schemas").joinpath(f"{kind}.xsd").read_bytes()
