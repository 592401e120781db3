"""Instance XML: as captured exchanges show it, and against anything malformed."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wire_samples import sample

from slap_domain.errors import InvalidInput
from slap_http_adapter.wire.instance_xml import dumps_instance, loads_instance, stored_document
from slap_http_adapter.wire.marshal import loads

HEAD = "<?xml version='1.0' encoding='utf-8'?>\n"


def test_a_captured_document_is_rewritten_byte_for_byte():
    answer = loads(sample("requestComputerPartition.destroy-root").answer)
    document = answer.state["connection_xml"]
    assert loads_instance(document) == {"_": '{"port": 80}', "url": "https://\u00fc/"}
    assert dumps_instance(loads_instance(document)) == document


def test_documents_shown_by_hateoas_are_rewritten_byte_for_byte():
    view = json.loads(sample("hateoas.partition-document").answer)["_embedded"]["_view"]
    document = view["my_text_content"]["default"]
    assert loads_instance(document) == {"a": "1"}
    assert dumps_instance({"a": 1}) == document


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (3, "3"),
        (None, "None"),
        (True, "True"),
        ([1, "x"], "[1, 'x']"),
        ({"k": 1}, "{'k': 1}"),
        ("<&>", "<&>"),
    ],
)
def test_values_become_text(value, text):
    assert loads_instance(dumps_instance({"k": value})) == {"k": text}


def test_an_empty_text_is_read_as_none():
    assert loads_instance(dumps_instance({"k": ""})) == {"k": None}


def test_what_is_stored_as_none_was_an_empty_text():
    assert loads_instance(stored_document({"k": None, "a": "1"})) == {"k": None, "a": "1"}
    assert stored_document({}) is None


def test_nothing_is_an_empty_document():
    assert dumps_instance({}) == f"{HEAD}<instance/>\n"
    assert loads_instance(dumps_instance({})) == {}


@pytest.mark.parametrize("document", [None, "", b"", " \n"])
def test_no_document_has_no_parameters(document):
    assert loads_instance(document) == {}


def test_repeated_parameters_are_joined():
    document = "<instance><parameter id='a'>1</parameter><parameter id='a'>2</parameter></instance>"
    assert loads_instance(document) == {"a": "1 2"}


def test_only_direct_parameters_count():
    document = "<instance><x><parameter id='a'>1</parameter></x><other id='b'>2</other></instance>"
    assert loads_instance(document) == {}


@pytest.mark.parametrize(
    "document",
    [
        "<instance",
        "<instance><parameter>1</parameter></instance>",
        "<instance><parameter id='a'>1</parameter><parameter id='a'/></instance>",
        "<instance><parameter id='a'/><parameter id='a'>1</parameter></instance>",
        "<!DOCTYPE instance><instance/>",
        "\ud800",
        "<instance>" + " " * 17 * 1024 * 1024 + "</instance>",
    ],
)
def test_malformed_documents_are_refused(document):
    with pytest.raises(InvalidInput):
        loads_instance(document)


@pytest.mark.parametrize("parameters", [{1: "x"}, {"a": "\x00"}, {"\x01": "a"}, {"a": "\ud800"}])
def test_what_xml_cannot_hold_is_refused(parameters):
    with pytest.raises(InvalidInput):
        dumps_instance(parameters)


text = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff") | st.just("\r")
)


@given(st.dictionaries(text.filter(bool), text.filter(bool)))
def test_texts_survive(parameters):
    assert loads_instance(dumps_instance(parameters)) == parameters
