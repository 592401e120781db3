"""What a software release says of its parameters: how they are written, and the JSON schema they must meet.

It stands beside the release, at its URL with `.json` added.
"""

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urljoin

from slap_cli.tenant.parameters import Serialisation
from slap_domain.errors import InvalidInput, NotFound, SlapError
from slap_domain.model.references import same_software_type

_LOG = logging.getLogger(__name__)

DocumentReader = Callable[[str], str]
"""Returns the text at a URL or path. Raises NotFound when there is none, another SlapError when it fails."""

_NUMBERS: Mapping[str, Callable[[str], object]] = {"integer": int, "number": float}
_WEB = ("http://", "https://")
_BOOLEANS = {"true": True, "false": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseSchema:
    """What is known of the parameters of one software type of a release.

    Attributes:
        serialisation: None when the release does not say.
        location: of the JSON schema of the parameters; empty when there is none.
        schema: that document.
    """

    serialisation: Serialisation | None = None
    location: str = ""
    schema: Mapping[str, object] = field(default_factory=dict)


class _UndeclaredType(InvalidInput):
    """A release declares its software types, and the one that is asked for is none of them."""


def schema_of(release: str, software_type: str, *, shared: bool, read: DocumentReader) -> ReleaseSchema:
    """Return what a release says of the parameters of a software type; nothing when it says nothing.

    What cannot be read is told as a warning: a tenant may request what only the node can reach.

    Raises:
        InvalidInput: the release says what its software types are, and this is none of them.
    """
    try:
        return _schema_of(release, software_type, shared=shared, read=_beside(release, read))
    except _UndeclaredType:
        raise
    except NotFound:
        _LOG.debug("%s has no schema of its parameters", release)
    except SlapError as error:
        _LOG.warning("the parameters are not checked: %s", error)
    return ReleaseSchema()


def check(parameters: Mapping[str, object], known: ReleaseSchema, read: DocumentReader) -> None:
    """Check parameters against the schema of their release.

    Raises:
        InvalidInput: they do not meet it; the message names the path of each mistake.
    """
    if not known.schema:
        return
    from slap_cli.tenant.schema_check import mistakes_in

    mistakes = mistakes_in(parameters, known.schema, known.location, _beside(known.location, read))
    if mistakes:
        raise InvalidInput(
            "the parameters do not meet the schema of the release:\n"
            + "\n".join(f"  {line}" for line in mistakes),
            hint=f"the schema is {known.location}",
        )


def typed(parameters: Mapping[str, object], known: ReleaseSchema) -> dict[str, object]:
    """Return parameters with texts turned into numbers and booleans where the schema declares those."""
    properties = known.schema.get("properties")
    if not isinstance(properties, Mapping):
        return dict(parameters)
    return {name: _typed(value, properties.get(name)) for name, value in parameters.items()}


def _schema_of(release: str, software_type: str, *, shared: bool, read: DocumentReader) -> ReleaseSchema:
    location = f"{release}.json"
    document = _json_object(location, read)
    types = document.get("software-type")
    _check_declared(types, software_type, location)
    entry = _entry(types, software_type, shared=shared)
    written = entry.get("serialisation", document.get("serialisation"))
    known = ReleaseSchema(serialisation=_serialisation(written, location))
    request = entry.get("request")
    if not isinstance(request, str):
        return known
    schema_location = urljoin(location, request)
    return ReleaseSchema(
        serialisation=known.serialisation,
        location=schema_location,
        schema=_json_object(schema_location, read),
    )


def _beside(location: str, read: DocumentReader) -> DocumentReader:
    """Return a reader that does not let a document on the web lead to the files of this machine."""
    if not location.startswith(_WEB):
        return read

    def read_from_web(other: str) -> str:
        if not other.startswith(_WEB):
            raise InvalidInput(f"{location} leads to {other}, which is not on the web")
        return read(other)

    return read_from_web


def _json_object(location: str, read: DocumentReader) -> Mapping[str, object]:
    try:
        document = json.loads(read(location))
    except ValueError as error:
        raise InvalidInput(f"{location} is not JSON: {error}") from error
    if not isinstance(document, dict):
        raise InvalidInput(f"{location} is not a JSON object")
    return document


def _serialisation(text: object, location: str) -> Serialisation | None:
    if text is None:
        return None
    try:
        return Serialisation(str(text))
    except ValueError:
        raise InvalidInput(f"{location} asks for the unknown serialisation {text!r}") from None


def _entry(types: object, software_type: str, *, shared: bool) -> Mapping[str, object]:
    """Return what the document says of a software type; entries of shared instances say so."""
    if not isinstance(types, Mapping):
        return {}
    for name, entry in types.items():
        if not isinstance(entry, Mapping) or bool(entry.get("shared", False)) is not shared:
            continue
        if same_software_type(str(entry.get("software-type", name)), software_type):
            return entry
    return {}


def _check_declared(types: object, software_type: str, location: str) -> None:
    """Refuse a type that was asked for by name and is not declared, shared or not."""
    declared = _declared(types)
    if not declared or not software_type:
        return
    if not any(same_software_type(name, software_type) for name in declared):
        import difflib

        nearest = difflib.get_close_matches(software_type, declared, n=1)
        meant = f"did you mean {nearest[0]}? " if nearest else ""
        raise _UndeclaredType(
            f"the release has no software type {software_type!r}",
            hint=f"{meant}{location} declares {', '.join(sorted(declared))}",
        )


def _declared(types: object) -> set[str]:
    """Return the names of the software types that a document declares."""
    if not isinstance(types, Mapping):
        return set()
    return {
        str(entry.get("software-type", name)) if isinstance(entry, Mapping) else str(name)
        for name, entry in types.items()
    }


def _typed(value: object, described: object) -> object:
    kind = described.get("type") if isinstance(described, Mapping) else None
    if not isinstance(value, str) or not isinstance(kind, str):
        return value
    if kind == "boolean":
        return _BOOLEANS.get(value.lower(), value)
    try:
        return _NUMBERS[kind](value)
    except (KeyError, ValueError):
        return value
