"""How parameters travel."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slap_domain.errors import InvalidInput
from slap_domain.model.parameters import Serialisation, deserialised, serialisation, serialised

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        ("xml", Serialisation.XML),
        ("json-in-xml", Serialisation.JSON_IN_XML),
        (None, Serialisation.JSON_IN_XML),
        ("yaml", Serialisation.JSON_IN_XML),
    ],
)
def test_what_a_release_does_not_declare_is_json(declared, expected):
    assert serialisation(declared) is expected


def test_xml_leaves_parameters_flat():
    assert serialised({"a": 1}, Serialisation.XML) == {"a": 1}


def test_json_puts_them_under_one_key_sorted():
    assert serialised({"b": [1, None], "a": "\u00e9"}, Serialisation.JSON_IN_XML) == {
        "_": '{"a": "\\u00e9", "b": [1, null]}'
    }


@given(st.dictionaries(st.text(), json_values))
def test_json_is_unwrapped_again(parameters):
    assert deserialised(serialised(parameters, Serialisation.JSON_IN_XML)) == parameters


@pytest.mark.parametrize(
    "parameters",
    [{}, {"a": "1"}, {"_": "{"}, {"_": "[1]"}, {"_": None}, {"_": "{}", "a": "1"}, {"_": "[" * 100_000}],
)
def test_anything_else_is_left_as_it_is(parameters):
    assert deserialised(parameters) == parameters


@pytest.mark.parametrize("value", [object(), float("nan"), {1j}])
def test_json_refuses_what_it_cannot_express(value):
    with pytest.raises(InvalidInput, match="JSON"):
        serialised({"a": value}, Serialisation.JSON_IN_XML)
