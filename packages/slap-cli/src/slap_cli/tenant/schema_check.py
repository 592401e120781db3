"""Checks a value against a JSON schema whose references lead to other documents beside it."""

import json
from collections.abc import Callable, Mapping

import jsonschema  # type: ignore[import-untyped]
from referencing import Registry, Resource
from referencing.exceptions import NoSuchResource, Unresolvable
from referencing.jsonschema import DRAFT7

from slap_domain.errors import InvalidInput, SlapError


def mistakes_in(
    value: Mapping[str, object], schema: Mapping[str, object], location: str, read: Callable[[str], str]
) -> list[str]:
    """Return what is wrong with a value, one line for each mistake, beginning with the path to it.

    Args:
        value: the parameters.
        schema: the document.
        location: of the schema; its references are relative to it.
        read: returns the text at a location.

    Raises:
        InvalidInput: the schema itself is malformed, or refers to what cannot be read.
    """
    kind = jsonschema.validators.validator_for(schema, default=jsonschema.Draft7Validator)
    resource: Resource[object] = Resource.from_contents(dict(schema), default_specification=DRAFT7)
    registry: Registry[object] = Registry(  # type: ignore[call-arg]
        retrieve=_retriever(read)
    ).with_resource(location, resource)
    try:
        kind.check_schema(schema)
        found = list(kind({"$ref": location}, registry=registry).iter_errors(dict(value)))
    except (jsonschema.exceptions.SchemaError, Unresolvable) as error:
        raise InvalidInput(f"the schema {location} cannot be used: {error}") from error
    return sorted(f"{mistake.json_path}: {mistake.message}" for mistake in found)


def _retriever(read: Callable[[str], str]) -> Callable[[str], Resource[object]]:
    def retrieve(uri: str) -> Resource[object]:
        try:
            contents = json.loads(read(uri))
        except (SlapError, ValueError) as error:
            raise NoSuchResource(ref=uri) from error  # type: ignore[call-arg]
        return Resource.from_contents(contents, default_specification=DRAFT7)

    return retrieve
