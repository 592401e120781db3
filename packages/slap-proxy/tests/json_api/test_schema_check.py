import pytest

from slap_domain.errors import InvalidInput
from slap_proxy.json_api.schema_check import check

PERSON = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "minLength": 1, "maxLength": 5},
        "age": {"type": "integer"},
        "size": {"type": "number"},
        "colour": {"type": "string", "enum": ["red", "blue"]},
        "tags": {"type": "array", "items": {"type": "string"}},
        "open": {"type": "object", "additionalProperties": {"type": "boolean"}},
    },
    "required": ["name"],
    "additionalProperties": False,
}


@pytest.mark.parametrize(
    "value",
    [
        {"name": "zoe"},
        {"name": "zoe", "age": 3, "size": 1.5, "colour": "red", "tags": ["a"], "open": {"x": True}},
        {"name": "zoe", "size": 2, "tags": [], "open": {}},
    ],
)
def test_what_fits_passes(value):
    check(value, PERSON)


@pytest.mark.parametrize(
    ("value", "complaint"),
    [
        ([], "[] is not of type 'object'"),
        ({}, "'name' is a required property"),
        ({"name": 3}, "3 is not of type 'string'"),
        ({"name": ""}, "'' is too short"),
        ({"name": "maximilian"}, "'maximilian' is too long"),
        ({"name": "zoe", "age": True}, "True is not of type 'integer'"),
        ({"name": "zoe", "size": "1"}, "'1' is not of type 'number'"),
        ({"name": "zoe", "size": False}, "False is not of type 'number'"),
        ({"name": "zoe", "colour": "green"}, "'green' is not one of ['red', 'blue']"),
        ({"name": "zoe", "tags": [1]}, "1 is not of type 'string'"),
        ({"name": "zoe", "open": {"x": 1}}, "1 is not of type 'boolean'"),
        ({"name": "zoe", "x": 1}, "Additional properties are not allowed ('x' was unexpected)"),
        ({"name": ["y" * 200]}, f"['{'y' * 75}... is not of type 'string'"),
    ],
)
def test_what_does_not_fit_is_named(value, complaint):
    with pytest.raises(InvalidInput) as refused:
        check(value, PERSON)
    assert str(refused.value) == complaint
