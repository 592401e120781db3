from urllib.parse import quote_from_bytes, unquote_to_bytes, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slap_domain.errors import InvalidInput
from slap_proxy.http_api.forms import parse_form

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


@given(st.dictionaries(texts.filter(bool), texts, max_size=8))
def test_what_clients_encode_is_read_back(fields):
    assert parse_form(urlencode(fields).encode(), 100) == fields


@given(texts)
def test_every_way_to_escape_reads_the_same(text):
    data = text.encode()
    all_escaped = "".join(f"%{byte:02x}" for byte in data)
    for written in (all_escaped, all_escaped.upper().replace("%", "%"), quote_from_bytes(data, safe="")):
        assert parse_form(f"a={written}".encode(), 9)["a"] == text


@given(st.text(alphabet=" \n\r\t=_.-?a%419", max_size=20))
def test_escapes_are_undone_as_everywhere_else(text):
    data = text.encode()
    try:
        read = parse_form(b"x=" + data.replace(b"&", b""), 9)["x"]
    except InvalidInput:
        return
    assert read == unquote_to_bytes(data.replace(b"+", b" ")).decode()


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data):
    try:
        fields = parse_form(data, 5)
    except InvalidInput:
        return
    assert len(fields) <= 5


def test_the_first_of_a_repeated_field_counts():
    assert parse_form(b"a=1&a=2&b", 9) == {"a": "1", "b": ""}


def test_empty_text_has_no_fields():
    assert parse_form(b"", 9) == {}
    assert parse_form(b"&&", 9) == {}


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (b"a=%", "hexadecimal"),
        (b"a=%4", "hexadecimal"),
        (b"a=%zz", "hexadecimal"),
        (b"a=%ff", "UTF-8"),
        (b"\xff=1", "UTF-8"),
        (b"a=1&b=2&c=3&d=4", "more than 3 fields"),
    ],
)
def test_malformed_forms_are_refused(data, complaint):
    with pytest.raises(InvalidInput, match=complaint):
        parse_form(data, 3)
