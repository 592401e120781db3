"""Reads the marshal dialect: an allow-list of elements over an XML parser with everything external off.

Accepted besides what the encoder writes: `<unicode>`, `<long>`, namespaced elements, absent ids,
pretty-printing, CDATA (compat-notes 1.5). Everything else is refused.
"""

import math
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Mapping
from typing import Any

from slap_domain.errors import InvalidInput
from slap_http_adapter.wire.values import WIRE_CLASSES, WIRE_MODULE, Limits, WireObject

_NAMESPACE = "{http://www.erp5.org/namespaces/marshaller}"
_WHOLE_NUMBER = re.compile(r"[+-]?[0-9]{1,4000}\Z")


def parsed_xml(data: bytes, what: str) -> ET.Element:
    """Parse UTF-8 XML that carries no DTD; comments and processing instructions are dropped.

    Raises:
        InvalidInput: it is not well-formed, or declares a document type.
    """
    # Refused before parsing: a DTD could define entities, and no document of ours has one.
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise InvalidInput(f"{what} declares a document type")
    parser = ET.XMLParser(encoding="utf-8")  # noqa: S314 - whatever the document says its encoding is
    try:
        parser.feed(data)
        root: ET.Element = parser.close()
    except ET.ParseError as error:
        raise InvalidInput(f"{what} is not well-formed XML: {error.msg}") from error
    return root


class Decoder:
    """Reads one document; an instance is used once.

    Attributes:
        is_tree: what was read shares no parts, holds no cycles and no objects.
    """

    def __init__(self, limits: Limits) -> None:
        self.is_tree = True
        self._limits = limits
        self._refers = True
        self._known: dict[str, object] = {}
        self._depth = 0

    def document(self, data: bytes) -> object:
        """Return the one value of a document.

        Raises:
            InvalidInput: it is malformed or beyond the limits.
        """
        if len(data) > self._limits.size:
            raise InvalidInput(f"a marshalled document has {len(data)} bytes, limit {self._limits.size}")
        # Counted before the tree is built: each element has one or two tags.
        if data.count(b"<") > 2 * self._limits.elements:
            raise InvalidInput(f"a marshalled document has more than {self._limits.elements} elements")
        # Hardly any document refers to its parts, and then none need be known by its id.
        self._refers = b"<reference" in data or b":reference" in data
        self.is_tree = not self._refers
        root = parsed_xml(data, "a marshalled document")
        if _local(root) != "marshal":
            raise InvalidInput("a marshalled document does not start with <marshal>")
        values = self._children(root)
        if len(values) != 1:
            raise InvalidInput(f"a marshalled document holds {len(values)} values instead of one")
        return values[0]

    def _read(self, element: ET.Element) -> object:
        reader = _READERS.get(element.tag) or _READERS.get(_local(element))
        if reader is None:
            raise InvalidInput(f"element <{_local(element)[:80]}> is not known in a marshalled document")
        return reader(self, element)

    def _children(self, element: ET.Element, values: list[object] | None = None) -> list[object]:
        """Read what an element holds, into a list that may be known already."""
        values = [] if values is None else values
        self._depth += 1
        if self._depth > self._limits.depth:
            raise InvalidInput(f"a marshalled document is nested more than {self._limits.depth} deep")
        _refuse_text(element.text)
        for child in element:
            if child.tail is not None:
                _refuse_text(child.tail)
            # Most elements are strings, and a large document has hundreds of thousands.
            if child.tag == "string" and not len(child):
                values.append(_unescaped(child.text or ""))
            else:
                values.append(self._read(child))
        self._depth -= 1
        return values

    def _remember(self, element: ET.Element, value: object) -> None:
        if not self._refers:
            return
        name = _attribute(element, "id")
        if name is not None:
            self._known[name] = value

    def _read_none(self, element: ET.Element) -> None:
        if _text(element).strip():
            raise InvalidInput("<none> holds text")

    def _read_bool(self, element: ET.Element) -> bool:
        text = _text(element).strip()
        if text not in {"0", "1"}:
            raise InvalidInput(f"<bool> holds {text[:80]!r}")
        return text == "1"

    def _read_int(self, element: ET.Element) -> int:
        text = _text(element).strip()
        if not _WHOLE_NUMBER.match(text):
            raise InvalidInput(f"<int> holds {text[:80]!r}")
        return int(text)

    def _read_float(self, element: ET.Element) -> float:
        return _finite(_text(element).strip())

    def _read_complex(self, element: ET.Element) -> complex:
        parts = _text(element).split()
        if len(parts) != 2:
            raise InvalidInput("<complex> does not hold two numbers")
        return complex(_finite(parts[0]), _finite(parts[1]))

    def _read_string(self, element: ET.Element) -> str:
        return _unescaped(_text(element))

    def _read_tuple(self, element: ET.Element) -> tuple[object, ...]:
        return tuple(self._children(element))

    def _read_list(self, element: ET.Element) -> list[object]:
        values: list[object] = []
        self._remember(element, values)
        return self._children(element, values)

    def _read_set(self, element: ET.Element) -> set[object]:
        values: set[object] = set()
        self._remember(element, values)
        try:
            values.update(self._children(element))
        except TypeError as error:
            raise InvalidInput("a set holds a value that cannot be in a set") from error
        return values

    def _read_dictionary(self, element: ET.Element) -> dict[object, object]:
        values: dict[object, object] = {}
        self._remember(element, values)
        self._fill(values, element)
        return values

    def _fill(self, values: dict[Any, object], element: ET.Element) -> None:
        parts = self._children(element)
        if len(parts) % 2:
            raise InvalidInput("a dictionary has a key without a value")
        try:
            values.update(zip(parts[::2], parts[1::2], strict=True))
        except TypeError as error:
            raise InvalidInput("a dictionary has a key that cannot be one") from error

    def _read_object(self, element: ET.Element) -> WireObject:
        self.is_tree = False
        name = _class_name(element)
        if len(element) != 2 or _local(element[0]) != "tuple":
            raise InvalidInput("an object needs a tuple of arguments and a dictionary")
        arguments, attributes = element
        self._depth += 1
        initargs = self._read_tuple(arguments)
        state = self._state(attributes)
        value = WireObject(class_name=name, initargs=initargs, state=state)
        # Known before its state is filled, which may refer back to it.
        self._remember(element, value)
        if _local(attributes) == "dictionary":
            self._fill(state, attributes)
        if not all(isinstance(key, str) for key in state):
            raise InvalidInput("an attribute of an object has a name that is no text")
        self._depth -= 1
        return value

    def _state(self, element: ET.Element) -> dict[Any, object]:
        if _local(element) == "dictionary":
            state: dict[Any, object] = {}
            self._remember(element, state)
            return state
        known = self._read(element)
        if not isinstance(known, dict):
            raise InvalidInput("the state of an object is no dictionary of attributes")
        return known

    def _read_reference(self, element: ET.Element) -> object:
        name = _attribute(element, "id")
        if name is None or name not in self._known:
            raise InvalidInput(f"reference {(name or '')[:80]!r} leads nowhere")
        return self._known[name]


_READERS: Mapping[object, Callable[[Decoder, ET.Element], object]] = {
    "none": Decoder._read_none,  # noqa: SLF001 - the table of its own methods
    "bool": Decoder._read_bool,  # noqa: SLF001
    "int": Decoder._read_int,  # noqa: SLF001
    "long": Decoder._read_int,  # noqa: SLF001
    "float": Decoder._read_float,  # noqa: SLF001
    "complex": Decoder._read_complex,  # noqa: SLF001
    "string": Decoder._read_string,  # noqa: SLF001
    "unicode": Decoder._read_string,  # noqa: SLF001
    "tuple": Decoder._read_tuple,  # noqa: SLF001
    "list": Decoder._read_list,  # noqa: SLF001
    "set": Decoder._read_set,  # noqa: SLF001
    "dictionary": Decoder._read_dictionary,  # noqa: SLF001
    "object": Decoder._read_object,  # noqa: SLF001
    "reference": Decoder._read_reference,  # noqa: SLF001
}


def _local(element: ET.Element) -> str:
    return str(element.tag).removeprefix(_NAMESPACE)


def _attribute(element: ET.Element, name: str) -> str | None:
    value = element.get(name)
    if value is not None or not element.attrib:
        return value
    named = (text for key, text in element.items() if str(key).rpartition("}")[2] == name)
    return next((str(text) for text in named), None)


def _class_name(element: ET.Element) -> str:
    module, name = _attribute(element, "module"), _attribute(element, "class") or ""
    if module != WIRE_MODULE or name not in WIRE_CLASSES:
        raise InvalidInput(f"class {f'{module}.{name}'[:160]!r} may not travel in a marshalled document")
    return name


def _text(element: ET.Element) -> str:
    if len(element):
        raise InvalidInput(f"element <{_local(element)}> holds elements instead of text")
    return element.text or ""


def _unescaped(text: str) -> str:
    """Undo the second layer of escaping (wire-slap 2.1); the ampersand comes last."""
    if "&" not in text:
        return text
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _refuse_text(text: str | None) -> None:
    if text and not text.isspace():
        raise InvalidInput(f"a marshalled document holds stray text {text.strip()[:80]!r}")


def _finite(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise InvalidInput(f"{text[:80]!r} is not a finite number")
    return value
