import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slap_domain.errors import InvalidInput
from slap_domain.model.master.recorded_parameters import as_text, as_values, speakable

TEXTS = st.text(st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="\ufffe\uffff"))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("text", "text"),
        ("", None),
        (None, "None"),
        (3, "3"),
        (True, "True"),
        (1.5, "1.5"),
        ({"b": 1, "a": [None, "é"]}, '{"a": [null, "é"], "b": 1}'),
        ([1, (2, "x")], '[1, [2, "x"]]'),
        ({"z", "y"}, '["y", "z"]'),
        (3j, "3j"),
    ],
)
def test_values_become_text(value, text):
    assert as_text({"name": value}) == {"name": text}


def test_values_become_json_values():
    given_values = {"a": (1, None), "b": frozenset({"x"}), "c": math.inf, "d": 2.5, "e": {"f": True}, "g": 1j}
    expected = {"a": [1, None], "b": ["x"], "c": "inf", "d": 2.5, "e": {"f": True}, "g": "1j"}
    assert as_values(given_values) == expected


@pytest.mark.parametrize("read", [as_text, as_values])
@pytest.mark.parametrize(
    "parameters",
    [{1: "a"}, {"a": "\0"}, {"a\x1b": "b"}, {"a": ["\ud800"]}, {"a": {1: "b"}}, {"a": {"b": "\x07"}}],
)
def test_what_no_node_could_be_told_is_refused(read, parameters):
    with pytest.raises(InvalidInput, match=r"parameter"):
        read(parameters)


@pytest.mark.parametrize("read", [as_text, as_values])
def test_nesting_has_a_limit(read):
    nested = "x"
    for _ in range(200):
        nested = [nested]
    with pytest.raises(InvalidInput, match="nested"):
        read({"a": nested})


def test_messages_are_made_speakable():
    assert speakable("\x1b[31mred\x1b[0m\n\ttab") == "\ufffd[31mred\ufffd[0m\n\ttab"


def test_of_a_long_message_the_end_is_kept():
    assert speakable("x" * 200_000 + "the reason")[-11:] == "xthe reason"
    assert len(speakable("x" * 200_000)) == 100_000


@given(st.dictionaries(TEXTS, VALUES, max_size=4))
def test_json_values_are_kept_as_they_are(parameters):
    assert as_values(parameters) == json.loads(json.dumps(parameters))


@given(st.dictionaries(TEXTS, VALUES, max_size=4))
def test_text_stays_text(parameters):
    texts = as_text(parameters)
    assert all(value is None or isinstance(value, str) for value in texts.values())
    strings = {name: value for name, value in texts.items() if value is not None}
    assert as_text(strings) == strings
