"""Documents that are read without a parser: what is read is what the parser reads, or is left to it."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from slap_domain.errors import InvalidInput
from slap_http_adapter.wire.flat_documents import NOT_FLAT, flat_value
from slap_http_adapter.wire.marshal import dumps, loads, loads_tree

texts = st.text(st.characters(exclude_categories=["Cs"])) | st.text("<>&;\r\n\t\x00\ufffe ]amplt", max_size=8)


@pytest.mark.parametrize(
    "value",
    [None, True, False, "", "started", "café \t\n]]", {}, {"_": '{"a": [1]}', "name": ""}, {"": "empty"}],
)
def test_what_requests_are_made_of_is_read(value):
    document = dumps(value).decode()
    read = flat_value(document if value != "café \t\n]]" else document.replace("&#233;", "é"))
    assert read == value
    assert type(read) is type(value)


def test_a_repeated_name_has_its_last_value():
    pair = "<string>a</string><string>{}</string>"
    document = f'<marshal><dictionary id="i2">{pair.format(1)}{pair.format(2)}</dictionary></marshal>'
    assert flat_value(document) == loads(document) == {"a": "2"}


@pytest.mark.parametrize(
    "document",
    [
        "",
        "<marshal/>",
        "<marshal><int>1</int></marshal>",
        "<marshal><bool>2</bool></marshal>",
        "<marshal><string>a</string><string>b</string></marshal>",
        "<marshal><string>a&amp;b</string></marshal>",
        "<marshal><string>a]]>b</string></marshal>",
        "<marshal><string>a\rb</string></marshal>",
        "<marshal><string>a\x00b</string></marshal>",
        "<marshal><string>a\ud800b</string></marshal>",
        "<marshal><string>a\uffffb</string></marshal>",
        "<marshal><string>a</string></marshal>\n",
        "<marshal> <string>a</string></marshal>",
        "<marshal><string>a</string></marshal><!-- -->",
        '<marshal><dictionary id="i2"><string>a</string></dictionary></marshal>',
        '<marshal><dictionary id="i3"><string>a</string><string>b</string></dictionary></marshal>',
        "<marshal><dictionary><string>a</string><string>b</string></dictionary></marshal>",
        f"<marshal><string>{'a' * 16384}</string></marshal>",
    ],
)
def test_anything_else_is_left_to_the_parser(document):
    assert flat_value(document) is NOT_FLAT


def parsed(document):
    try:
        return loads(document)
    except InvalidInput as error:
        return error.message


def read(document):
    try:
        return loads_tree(document)
    except InvalidInput as error:
        return error.message


@given(st.dictionaries(texts, texts, max_size=3))
@example({"]]>": "\x85\u2028\x7f"})
def test_texts_are_read_as_the_parser_reads_them(values):
    """Without escaping either: what is no document then must be refused all the same."""
    pairs = "".join(f"<string>{name}</string><string>{text}</string>" for name, text in values.items())
    document = f'<marshal><dictionary id="i2">{pairs}</dictionary></marshal>'
    assert read(document) == parsed(document)


@given(texts)
@example("\ufeff")
def test_a_text_is_read_as_the_parser_reads_it(value):
    document = f"<marshal><string>{value}</string></marshal>"
    assert read(document) == parsed(document)
