"""Parameters between the command line and the master."""

import pytest

from slap_cli.tenant.parameters import Serialisation, for_display, from_words, serialised
from slap_domain.errors import InvalidInput


def test_words_may_hold_spaces_unicode_and_equals_signs():
    words = ["name=Grüße aus Tōkyō", "query=a=b&c=d", "empty="]
    assert from_words(words, "--parameters") == {
        "name": "Grüße aus Tōkyō",
        "query": "a=b&c=d",
        "empty": "",
    }


@pytest.mark.parametrize("word", ["name", "=value"])
def test_a_word_without_name_or_equals_sign_is_refused(word):
    with pytest.raises(InvalidInput, match="is not name=value"):
        from_words([word], "--parameters")


def test_a_value_that_no_master_could_keep_is_refused_by_its_name():
    with pytest.raises(InvalidInput, match="parameter 'greeting' holds a control character"):
        from_words(["name=fine\n", "greeting=\x1b[1m"], "--parameters")


def test_flat_text_is_sent_as_it_is():
    sent = serialised({"a": "x", "n": 3, "t": True, "none": None}, Serialisation.XML)
    assert sent == {"a": "x", "n": "3", "t": "true", "none": ""}


def test_flat_text_cannot_be_nested():
    with pytest.raises(InvalidInput, match="'deep' is nested") as failure:
        serialised({"deep": {"a": 1}}, Serialisation.XML)
    assert "--force-serialisation json-in-xml" in failure.value.hint


def test_json_is_one_text_under_one_key():
    assert serialised({"b": {"é": 1}, "a": "x"}, Serialisation.JSON_IN_XML) == {
        "_": '{"a": "x", "b": {"é": 1}}'
    }


def test_what_is_already_one_text_is_not_wrapped_again():
    assert serialised({"_": "{}"}, Serialisation.JSON_IN_XML) == {"_": "{}"}


def test_one_text_is_decoded_for_display():
    assert for_display({"_": '{"a": 1}'}) == {"_": {"a": 1}}
    assert for_display({"_": '{"a": 1}', "timestamp": "3"}, unwrap=True) == {"a": 1}


@pytest.mark.parametrize("plain", [{"a": "x"}, {"_": "no json"}, {"_": 3}, {}])
def test_anything_else_is_displayed_as_it_is(plain):
    assert for_display(plain, unwrap=True) == plain
