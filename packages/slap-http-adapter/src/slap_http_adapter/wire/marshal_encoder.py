"""Writes values in the marshal dialect by joining text (wire-slap section 2).

Strings are escaped twice, as every deployed decoder expects (wire-slap 2.1). Ids are given in document
order to lists, dictionaries, sets and objects only, the first being `i2`.
"""

import math
import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from operator import itemgetter
from typing import Any

from slap_domain.errors import InvalidInput
from slap_http_adapter.wire.values import REQUEST_LIMITS, WIRE_MODULE, Fragment, WireObject

_TO_ESCAPE_OR_REFUSE = re.compile("[&<>\r\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_to_escape_or_refuse = _TO_ESCAPE_OR_REFUSE.search
_REFUSED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
# From this size on the reference writes `<long>` (wire-slap section 2).
_LONG = 10**24
_REMEMBERED_KEYS = 1024


class Encoder:
    """Writes one document or fragment; an instance is used once.

    Args:
        prefix: what every id starts with.
    """

    def __init__(self, prefix: str = "i") -> None:
        self._prefix = prefix
        self._out: list[str] = []
        # By identity: the same list twice is a back reference, an equal one is not.
        self._ids: dict[int, str] = {}
        self._depth = 0

    def element(self, value: object) -> str:
        """Return the element that stands for a value.

        Raises:
            InvalidInput: the dialect cannot express it.
        """
        self._write(value)
        return "".join(self._out)

    def _write(self, value: object) -> None:
        kind = type(value)
        if kind is str:
            self._out.append(_text_element(value))  # type: ignore[arg-type]
            return
        writer = _WRITERS.get(kind) or _writer_of_subclass(value)
        writer(self, value)

    def _write_none(self, _: object) -> None:
        self._out.append("<none/>")

    def _write_bool(self, value: bool) -> None:  # noqa: FBT001 - the value to write
        self._out.append("<bool>1</bool>" if value else "<bool>0</bool>")

    def _write_int(self, value: int) -> None:
        tag = "long" if abs(value) >= _LONG else "int"
        try:
            self._out.append(f"<{tag}>{int(value)}</{tag}>")
        except ValueError as error:
            raise InvalidInput("a number has too many digits to be marshalled") from error

    def _write_float(self, value: float) -> None:
        if not math.isfinite(value):
            raise InvalidInput(f"{value!r} cannot be marshalled")
        self._out.append(f"<float>{value!r}</float>")

    def _write_complex(self, value: complex) -> None:
        self._out.append(f"<complex>{value.real!r} {value.imag!r}</complex>")

    def _write_text(self, value: str) -> None:
        self._out.append(_text_element(str(value)))

    def _write_bytes(self, value: bytes) -> None:
        try:
            text = value.decode()
        except UnicodeDecodeError as error:
            raise InvalidInput("bytes that are not UTF-8 cannot be marshalled") from error
        self._out.append(_text_element(text))

    def _write_fragment(self, value: Fragment) -> None:
        self._out.append(value.text)

    def _write_tuple(self, value: tuple[object, ...]) -> None:
        self._write_all("tuple", "", value)

    def _write_list(self, value: list[object]) -> None:
        if not self._refer(value):
            self._write_all("list", self._new_id(value), value)

    def _write_set(self, value: set[object]) -> None:
        if not self._refer(value):
            # The order of a set differs between processes; sorting makes documents reproducible.
            self._write_all("set", self._new_id(value), sorted(value, key=repr))

    def _write_dictionary(self, value: dict[object, object]) -> None:
        if self._refer(value):
            return
        if not value:
            self._write_all("dictionary", self._new_id(value), ())
            return
        self._enter()
        out = self._out
        out.append(f"<dictionary{self._new_id(value)}>")
        for key, item in _sorted_items(value):
            if type(key) is str:
                out.append(_key_element(key))
            else:
                self._write(key)
            if type(item) is str:
                out.append(_text_element(item))
            else:
                self._write(item)
        out.append("</dictionary>")
        self._depth -= 1

    def _write_object(self, value: WireObject) -> None:
        if self._refer(value):
            return
        self._out.append(f'<object{self._new_id(value)} module="{WIRE_MODULE}" class="{value.class_name}">')
        self._write_tuple(value.initargs)
        self._write(value.state)
        self._out.append("</object>")

    def _write_all(self, tag: str, attribute: str, values: Iterable[object]) -> None:
        if not values:
            self._out.append(f"<{tag}{attribute}/>")
            return
        self._enter()
        self._out.append(f"<{tag}{attribute}>")
        for value in values:
            self._write(value)
        self._out.append(f"</{tag}>")
        self._depth -= 1

    def _enter(self) -> None:
        self._depth += 1
        if self._depth > REQUEST_LIMITS.depth:
            raise InvalidInput(f"a value nested more than {REQUEST_LIMITS.depth} deep cannot be marshalled")

    def _refer(self, value: object) -> bool:
        known = self._ids.get(id(value))
        if known is None:
            return False
        self._out.append(f'<reference id="{known}"/>')
        return True

    def _new_id(self, value: object) -> str:
        name = self._ids[id(value)] = f"{self._prefix}{len(self._ids) + 2}"
        return f' id="{name}"'


_Writer = Callable[[Encoder, Any], None]
_WRITERS: Mapping[type, _Writer] = {
    type(None): Encoder._write_none,  # noqa: SLF001 - the table of its own methods
    bool: Encoder._write_bool,  # noqa: SLF001
    int: Encoder._write_int,  # noqa: SLF001
    float: Encoder._write_float,  # noqa: SLF001
    complex: Encoder._write_complex,  # noqa: SLF001
    bytes: Encoder._write_bytes,  # noqa: SLF001
    tuple: Encoder._write_tuple,  # noqa: SLF001
    list: Encoder._write_list,  # noqa: SLF001
    set: Encoder._write_set,  # noqa: SLF001
    dict: Encoder._write_dictionary,  # noqa: SLF001
    WireObject: Encoder._write_object,  # noqa: SLF001
    Fragment: Encoder._write_fragment,  # noqa: SLF001
}


def _writer_of_subclass(value: object) -> _Writer:
    # Enumerations of text and numbers travel as what they are; subclasses of containers do not
    # (wire-slap section 2).
    if isinstance(value, str):
        return Encoder._write_text  # noqa: SLF001
    if isinstance(value, int):
        return Encoder._write_int  # noqa: SLF001
    raise InvalidInput(f"a value of type {type(value).__name__} cannot be marshalled")


def _sorted_items(value: dict[object, object]) -> list[tuple[object, object]]:
    try:
        return sorted(value.items(), key=itemgetter(0))
    except TypeError:
        return sorted(value.items(), key=lambda item: repr(item[0]))


@lru_cache(_REMEMBERED_KEYS)
def _key_element(key: str) -> str:
    """Return the element of a key: there are few different ones, written over and over."""
    return _text_element(key)


def _text_element(text: str) -> str:
    # Nearly all texts stand as they are: it is they who should not pay for a call.
    return f"<string>{escaped(text) if _to_escape_or_refuse(text) else text}</string>"


def escaped(text: str) -> str:
    """Return a text as it stands inside `<string>`: escaped as a value, then again as XML.

    Raises:
        InvalidInput: it holds a character that XML cannot.
    """
    if not _to_escape_or_refuse(text):
        return text
    refuse_what_xml_cannot_hold(text)
    text = text.replace("&", "&amp;amp;").replace("<", "&amp;lt;").replace(">", "&amp;gt;")
    # A bare carriage return would be read back as a line feed.
    return text.replace("\r", "&#13;")


def refuse_what_xml_cannot_hold(text: str) -> None:
    """Accept a text that XML can hold.

    Raises:
        InvalidInput: it holds a character that XML cannot.
    """
    refused = _REFUSED.search(text)
    if refused:
        raise InvalidInput(f"a text holds the character U+{ord(refused.group()):04X}, which XML cannot")
