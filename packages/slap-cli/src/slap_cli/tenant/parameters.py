"""The parameters of an instance: read from the command line, written as the release reads them."""

import json
import logging
from collections.abc import Iterable, Mapping
from enum import StrEnum

from slap_domain.errors import InvalidInput
from slap_domain.model.master.recorded_parameters import as_text

_LOG = logging.getLogger(__name__)
WRAPPER = "_"


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
