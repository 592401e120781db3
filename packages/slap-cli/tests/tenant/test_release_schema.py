"""What a release says of its parameters, read from beside it, and how parameters are checked against it."""

import json

import pytest

from slap_cli.tenant.parameters import Serialisation
from slap_cli.tenant.release_schema import ReleaseSchema, check, schema_of, typed
from slap_domain.errors import InvalidInput, MasterUnreachable, NotFound

RELEASE = "http://host/dir/software.cfg"
SOFTWARE = {
    "serialisation": "json-in-xml",
    "software-type": {
        "default": {"request": "input.json"},
        "frontend": {"request": "front/input.json", "serialisation": "xml"},
        "default-slave": {"software-type": "default", "shared": True, "request": "slave.json"},
    },
}
INPUT = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "type": "object",
    "required": ["name"],
    "properties": {
        "name": {"type": "string"},
        "size": {"$ref": "./parts.json#/definitions/size"},
        "count": {"type": "integer"},
        "ratio": {"type": "number"},
        "on": {"type": "boolean"},
    },
    "additionalProperties": False,
}
PARTS = {"definitions": {"size": {"type": "integer", "minimum": 1}}}


class Documents:
    """Documents at URLs."""

    def __init__(self, **others):
        self.at = {
            f"{RELEASE}.json": SOFTWARE,
            "http://host/dir/input.json": INPUT,
            "http://host/dir/parts.json": PARTS,
            "http://host/dir/front/input.json": {"type": "object"},
            "http://host/dir/slave.json": {"title": "slave"},
            **others,
        }

    def __call__(self, location):
        found = self.at.get(location)
        if found is None:
            raise NotFound(f"{location} does not exist")
        if isinstance(found, Exception):
            raise found
        return found if isinstance(found, str) else json.dumps(found)


def known(software_type="", *, shared=False, read=None):
    return schema_of(RELEASE, software_type, shared=shared, read=read or Documents())


@pytest.mark.parametrize("software_type", ["", "default", "RootSoftwareInstance"])
def test_the_default_type_has_two_names(software_type):
    assert known(software_type) == ReleaseSchema(
        serialisation=Serialisation.JSON_IN_XML, location="http://host/dir/input.json", schema=INPUT
    )


def test_a_type_may_have_its_own_serialisation_and_place():
    schema = known("frontend")
    assert schema.serialisation is Serialisation.XML
    assert schema.location == "http://host/dir/front/input.json"


def test_shared_instances_have_their_own_schema():
    assert known(shared=True).schema == {"title": "slave"}


def test_a_type_that_the_release_does_not_declare_is_refused_with_those_it_does():
    with pytest.raises(InvalidInput, match="the release has no software type 'frontent'") as failure:
        known("frontent")
    assert failure.value.hint == f"did you mean frontend? {RELEASE}.json declares default, frontend"


@pytest.mark.parametrize(
    ("types", "software_type"),
    [({}, "other"), ("none", "other"), ({"other": "what is no entry"}, "other"), ({"other": {}}, "")],
)
def test_a_release_that_does_not_describe_a_type_says_only_how_to_write(types, software_type):
    document = {"serialisation": "json-in-xml", "software-type": types}
    found = known(software_type, read=Documents(**{f"{RELEASE}.json": document}))
    assert found == ReleaseSchema(serialisation=Serialisation.JSON_IN_XML)


def test_a_release_without_a_schema_says_nothing(caplog):
    assert known(read=Documents(**{f"{RELEASE}.json": None})) == ReleaseSchema()
    assert not [record for record in caplog.records if record.levelname == "WARNING"]


@pytest.mark.parametrize(
    ("document", "complaint"),
    [
        (MasterUnreachable("host does not answer"), "host does not answer"),
        ("{", "is not JSON"),
        ("[]", "is not a JSON object"),
        ({"serialisation": "yaml"}, "unknown serialisation 'yaml'"),
    ],
)
def test_what_cannot_be_read_is_told_and_not_checked(caplog, document, complaint):
    assert known(read=Documents(**{f"{RELEASE}.json": document})) == ReleaseSchema()
    assert f"the parameters are not checked: {complaint}" in caplog.text or complaint in caplog.text


def test_a_release_on_the_web_does_not_lead_to_files_of_this_machine(caplog):
    secret = "file:///secret.json"
    document = {"software-type": {"default": {"request": secret}}}
    read = Documents(**{f"{RELEASE}.json": document, secret: {"enum": ["secret"]}})
    assert known(read=read) == ReleaseSchema()
    assert "leads to file:///secret.json, which is not on the web" in caplog.text


def test_parameters_that_meet_the_schema_pass():
    check({"name": "x", "size": 3}, known(), Documents())


def test_every_mistake_is_named_by_its_path():
    with pytest.raises(InvalidInput) as failure:
        check({"size": 0, "count": "many", "colour": "red"}, known(), Documents())
    lines = str(failure.value).splitlines()
    assert lines[0] == "the parameters do not meet the schema of the release:"
    assert "  $.count: 'many' is not of type 'integer'" in lines
    assert "  $.size: 0 is less than the minimum of 1" in lines
    assert any("'colour' was unexpected" in line for line in lines)
    assert any("'name' is a required property" in line for line in lines)
    assert failure.value.hint == "the schema is http://host/dir/input.json"


def test_a_schema_that_refers_to_nothing_is_said_to_be_unusable():
    with pytest.raises(InvalidInput, match=r"schema http://host/dir/input\.json cannot be used"):
        check({"name": "x", "size": 3}, known(), Documents(**{"http://host/dir/parts.json": None}))


def test_a_schema_that_is_none_is_said_to_be_unusable():
    broken = ReleaseSchema(location="http://host/dir/input.json", schema={"type": "nonsense"})
    with pytest.raises(InvalidInput, match="cannot be used"):
        check({}, broken, Documents())


def test_without_a_schema_anything_passes():
    check({"whatever": object()}, ReleaseSchema(), Documents())


def test_words_become_what_the_schema_declares():
    words = {"name": "7", "count": "7", "ratio": "1.5", "on": "True", "size": "x", "other": "1"}
    assert typed(words, known()) == {
        "name": "7",
        "count": 7,
        "ratio": 1.5,
        "on": True,
        "size": "x",
        "other": "1",
    }


def test_words_that_are_not_what_they_should_be_stay_words():
    assert typed({"count": "many", "on": "maybe"}, known()) == {"count": "many", "on": "maybe"}


def test_without_properties_nothing_changes():
    assert typed({"count": "1"}, ReleaseSchema()) == {"count": "1"}
