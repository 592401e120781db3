"""The little of XML-RPC that supervisord speaks.

The standard library's module imports an HTTP client and an e-mail parser, for which `slapos node status`
would wait at each call.
"""

import xml.etree.ElementTree as ET
from collections.abc import Sequence
from typing import Any

_INTEGERS = frozenset({"int", "i4", "i8"})


class MalformedAnswer(Exception):  # noqa: N818 - named as what it is about
    """What came is no XML-RPC answer."""


class Fault(Exception):  # noqa: N818 - XML-RPC's own word
    """The other side refused the call.

    Attributes:
        code: its fault code.
        text: what it says.
    """

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


def call_document(method: str, arguments: Sequence[str | bool | int]) -> bytes:
    """Return the document of a call."""
    params = "".join(f"<param><value>{_written(value)}</value></param>" for value in arguments)
    call = f"<methodName>{_escaped(method)}</methodName><params>{params}</params>"
    return f"<?xml version='1.0'?><methodCall>{call}</methodCall>".encode()


def _written(value: str | bool | int) -> str:  # noqa: FBT001 - one of the values that are written
    if isinstance(value, bool):
        return f"<boolean>{int(value)}</boolean>"
    if isinstance(value, int):
        return f"<int>{value}</int>"
    return f"<string>{_escaped(value)}</string>"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


# The answer is any value: each caller knows which it asked for.
def answer_value(document: bytes) -> Any:  # noqa: ANN401
    """Return the value of an answer.

    Raises:
        Fault: the answer is one.
        MalformedAnswer: it is no answer at all.
    """
    if b"<!DOCTYPE" in document:
        raise MalformedAnswer("an answer has no doctype")
    try:
        root = ET.fromstring(document)  # noqa: S314 - from our own daemon, without doctype
        fault = root.find("fault/value")
        if fault is not None:
            content = _read(fault)
            raise Fault(int(content["faultCode"]), str(content["faultString"]))
        value = root.find("params/param/value")
        if root.tag != "methodResponse" or value is None:
            raise MalformedAnswer("it has no value")
        return _read(value)
    except (ET.ParseError, ValueError, KeyError, TypeError) as error:
        raise MalformedAnswer(str(error)) from error


def _read(value: ET.Element) -> Any:  # noqa: ANN401
    if not len(value):
        return value.text or ""
    typed = value[0]
    if typed.tag == "array":
        return [_read(item) for item in typed.iterfind("data/value")]
    if typed.tag == "struct":
        return {_name(member): _read(_member_value(member)) for member in typed.iterfind("member")}
    return _read_plain(typed)


def _read_plain(typed: ET.Element) -> str | int | bool | None:
    text = typed.text or ""
    if typed.tag == "string":
        return text
    if typed.tag in _INTEGERS:
        return int(text)
    if typed.tag == "boolean":
        return text.strip() == "1"
    if typed.tag == "nil":
        return None
    raise ValueError(f"values of type {typed.tag} are not known")


def _name(member: ET.Element) -> str:
    return member.findtext("name") or ""


def _member_value(member: ET.Element) -> ET.Element:
    value = member.find("value")
    if value is None:
        raise ValueError("a member has no value")
    return value
