"""The instance XML in which masters store and show parameters (wire-slap section 3)."""

from collections.abc import Mapping
from html import escape

from slap_domain.errors import InvalidInput
from slap_http_adapter.wire.marshal_encoder import refuse_what_xml_cannot_hold

_DECLARATION = "<?xml version='1.0' encoding='utf-8'?>\n"
_SIZE_LIMIT = 16 * 1024 * 1024


def dumps_instance(parameters: Mapping[str, object]) -> str:
    """Write parameters as a document: keys sorted, values as Python writes them in text.

    Raises:
        InvalidInput: a key is no text, or a text holds what XML cannot.
    """
    if not parameters:
        return f"{_DECLARATION}<instance/>\n"
    if not all(isinstance(key, str) for key in parameters):
        raise InvalidInput("a parameter has a name that is no text")
    lines = [_parameter(key, parameters[key]) for key in sorted(parameters)]
    return f"{_DECLARATION}<instance>\n{''.join(lines)}</instance>\n"


def stored_document(parameters: Mapping[str, object]) -> str | None:
    """Write what a master keeps, in which none is an empty text; without parameters there is no document.

    Raises:
        InvalidInput: a key is no text, or a text holds what XML cannot.
    """
    if not parameters:
        return None
    return dumps_instance({key: "" if value is None else value for key, value in parameters.items()})


def _parameter(key: str, value: object) -> str:
    refuse_what_xml_cannot_hold(key)
    name = escape(key, quote=False).replace('"', "&quot;").replace("\n", "&#10;").replace("\t", "&#9;")
    text = str(value)
    refuse_what_xml_cannot_hold(text)
    text = escape(text, quote=False)
    return f'  <parameter id="{name}">{text}</parameter>\n'.replace("\r", "&#13;")


def loads_instance(document: str | bytes | None) -> dict[str, str | None]:
    """Read the parameters of a document; none and an empty one have no parameters.

    A parameter without text is None; one that is repeated is joined with a space.

    Raises:
        InvalidInput: it is malformed, or a repetition is empty.
    """
    if not document or not document.strip():
        return {}
    data = document if isinstance(document, bytes) else _encoded(document)
    if len(data) > _SIZE_LIMIT:
        raise InvalidInput(f"parameters have {len(data)} bytes, the limit is {_SIZE_LIMIT}")
    # Not above: most of what imports this only writes, and lxml takes long to import.
    from slap_http_adapter.wire.marshal_decoder import parsed_xml  # noqa: PLC0415

    found: dict[str, str | None] = {}
    for element in parsed_xml(data, "parameters").findall("parameter"):
        name = element.get("id")
        if name is None:
            raise InvalidInput("a parameter has no id")
        found[name] = _joined(name, found[name], element.text) if name in found else element.text
    return found


def _joined(name: str, before: str | None, text: str | None) -> str:
    if before is None or text is None:
        raise InvalidInput(f"parameter {name[:80]!r} is repeated without a text")
    return f"{before} {text}"


def _encoded(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise InvalidInput("parameters are no valid text") from error
