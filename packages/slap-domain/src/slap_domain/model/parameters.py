"""How parameters travel: as a flat mapping of texts, or whole as one JSON text under the key `_`."""

import json
from collections.abc import Mapping
from enum import StrEnum

from slap_domain.errors import InvalidInput

JSON_KEY = "_"


class Serialisation(StrEnum):
    """How a software release wants its parameters."""

    XML = "xml"
    JSON_IN_XML = "json-in-xml"


def serialisation(declared: str | None) -> Serialisation:
    """Return how a release wants its parameters; what it does not declare, or nobody knows, is JSON."""
    return Serialisation.XML if declared == Serialisation.XML else Serialisation.JSON_IN_XML


def serialised(parameters: Mapping[str, object], how: Serialisation) -> dict[str, object]:
    """Return parameters as they are requested of a master.

    Raises:
        InvalidInput: JSON cannot express them.
    """
    if how is Serialisation.XML:
        return dict(parameters)
    return {JSON_KEY: json_text(parameters)}


def deserialised(parameters: Mapping[str, object]) -> dict[str, object]:
    """Return parameters as people wrote them: a JSON object under a lone `_` takes its place.

    What is under `_` and is no JSON object, and everything else, is returned as it is.
    """
    text = parameters.get(JSON_KEY)
    if len(parameters) != 1 or not isinstance(text, str):
        return dict(parameters)
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return dict(parameters)
    return value if isinstance(value, dict) else dict(parameters)


def json_text(value: object) -> str:
    """Return a value as JSON, keys sorted, so that equal values have equal texts.

    Raises:
        InvalidInput: JSON cannot express it.
    """
    plain = dict(value) if isinstance(value, Mapping) else value
    try:
        return json.dumps(plain, sort_keys=True, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidInput(f"parameters cannot be written as JSON: {error}") from error
