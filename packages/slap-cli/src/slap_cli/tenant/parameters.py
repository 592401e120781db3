"""The parameters of an instance: read from the command line or a file, written as the release reads them."""

import json
import logging
from collections.abc import Iterable, Mapping
from enum import StrEnum
from pathlib import Path

from slap_domain.errors import InvalidInput
from slap_domain.model.master.recorded_parameters import as_text

_LOG = logging.getLogger(__name__)
WRAPPER = "_"
_FILE_HINT = """name a file of `name: value` lines (YAML), or of `{"name": "value"}` (JSON)"""
_SIZE_LIMIT = 10 * 1024 * 1024


class Serialisation(StrEnum):
    """How a release wants its parameters: flat text values, or all of them as one JSON text."""

    XML = "xml"
    JSON_IN_XML = "json-in-xml"


def from_words(words: Iterable[str], option: str) -> dict[str, str]:
    """Read `name=value` words; a value may hold spaces and further equals signs.

    Of a name that is given more than once the last value counts, and a warning says so.

    Raises:
        InvalidInput: a word has no name or no equals sign, is no UTF-8 text, or holds a control character.
    """
    values: dict[str, str] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name:
            raise InvalidInput(
                f"{option}: {word!r} is not name=value", hint=f"write {option} name=value other='some text'"
            )
        if _is_no_text(word):
            raise InvalidInput(f"{option}: {name[:80]!r} or its value is not UTF-8 text")
        as_text({name: value})  # what no master could keep is told before anything is done
        if values.get(name, value) != value:
            _LOG.warning("%s: %s is given more than once; the last value counts", option, name)
        values[name] = value
    return values


def _is_no_text(word: str) -> bool:
    try:
        word.encode()
    except UnicodeEncodeError:
        return True
    return False


def from_file(path: Path) -> dict[str, object]:
    """Read the parameters in a JSON or YAML file.

    Raises:
        InvalidInput: it cannot be read, is far too long, neither, or holds no mapping.
    """
    try:
        with path.open(encoding="utf-8") as file:
            text = file.read(_SIZE_LIMIT + 1)
    except (OSError, UnicodeDecodeError) as error:
        reason = (isinstance(error, OSError) and error.strerror) or "it is not UTF-8 text"
        raise InvalidInput(f"parameters file {path} cannot be read: {reason}", hint=_FILE_HINT) from error
    if len(text) > _SIZE_LIMIT:
        raise InvalidInput(f"parameters file {path} is longer than {_SIZE_LIMIT} characters")
    value = _parsed(text, path)
    if not isinstance(value, dict):
        raise InvalidInput(f"parameters file {path} holds no mapping of names to values", hint=_FILE_HINT)
    return {str(name): content for name, content in value.items()}


def serialised(parameters: Mapping[str, object], serialisation: Serialisation) -> dict[str, object]:
    """Return parameters as they are sent.

    Raises:
        InvalidInput: they are nested, which flat text cannot say.
    """
    if serialisation is Serialisation.JSON_IN_XML:
        if list(parameters) == [WRAPPER]:
            return dict(parameters)
        return {WRAPPER: json.dumps(parameters, ensure_ascii=False, sort_keys=True)}
    return {name: _flat(name, value) for name, value in parameters.items()}


def for_display(parameters: Mapping[str, object], *, unwrap: bool = False) -> dict[str, object]:
    """Return parameters with the JSON text of a json-in-xml release decoded.

    Args:
        parameters: as the master gives them.
        unwrap: give its content itself, in place of a mapping with the single key `_`.
    """
    plain = {str(name): value for name, value in parameters.items() if name != "timestamp"}
    text = plain.get(WRAPPER)
    if len(plain) != 1 or not isinstance(text, str):
        return plain
    try:
        content = json.loads(text)
    except ValueError:
        return plain
    return content if unwrap and isinstance(content, dict) else {WRAPPER: content}


def _parsed(text: str, path: Path) -> object:
    if path.suffix != ".json":
        return _yaml(text, path)
    try:
        return json.loads(text)
    except ValueError as error:
        raise InvalidInput(f"parameters file {path} is not JSON: {error}", hint=_FILE_HINT) from error


def _yaml(text: str, path: Path) -> object:
    import yaml  # every JSON text is YAML too

    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise InvalidInput(
            f"parameters file {path} is neither JSON nor YAML: {error}", hint=_FILE_HINT
        ) from error


def _flat(name: str, value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return ""
    if isinstance(value, str | int | float):
        return str(value)
    raise InvalidInput(
        f"parameter {name!r} is nested, which this release's serialisation (xml) cannot say",
        hint="if the release reads JSON, add --force-serialisation json-in-xml",
    )
