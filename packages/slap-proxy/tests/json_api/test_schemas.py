"""The document says of texts just what the rules take."""

import re

import pytest
from hypothesis import example, given, strategies

from slap_domain.errors import InvalidInput
from slap_domain.model.references import (
    computer_guid,
    instance_title,
    partition_id,
    software_type,
    software_url,
)
from slap_proxy.json_api.schemas import SCHEMAS

REQUEST = SCHEMAS["slapos.post.v0.software_instance"].request["properties"]
PARTITION = SCHEMAS["slapos.get.v0.compute_partition"].request["properties"]
KINDS = {
    "title": (REQUEST["title"], instance_title),
    "release": (REQUEST["software_release_uri"], software_url),
    "type": (REQUEST["software_type"], software_type),
    "computer": (PARTITION["computer_guid"], computer_guid),
    "partition": (PARTITION["compute_partition_id"], partition_id),
}


def fits(text, schema):
    # Where the document ends a pattern, JSON schema ends the text; Python would let a line end follow.
    pattern = re.sub(r"\$\Z", r"\\Z", schema.get("pattern", ""))
    alternatives = schema.get("anyOf")
    return (
        schema.get("minLength", 0) <= len(text) <= schema.get("maxLength", len(text))
        and re.search(pattern, text) is not None
        and (alternatives is None or any(fits(text, each) for each in alternatives))
    )


def taken(text, rule):
    try:
        rule(text)
    except InvalidInput:
        return False
    return True


@pytest.mark.parametrize("kind", KINDS)
@given(text=strategies.text(max_size=200))
@example(text="")
@example(text=" ")
@example(text="\x1f")
@example(text=" \x85")
@example(text="  a b  ")
@example(text="a\x7f")
@example(text="a\uffff")
@example(text="a" * 128)
@example(text="a" * 129)
@example(text="été / <b>")
@example(text="-a")
@example(text="a\n")
def test_the_document_and_the_rules_agree(kind, text):
    schema, rule = KINDS[kind]
    assert fits(text, schema) == taken(text, rule)
