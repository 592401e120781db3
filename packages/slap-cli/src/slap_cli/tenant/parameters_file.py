"""Reads a file of parameters, JSON or YAML, in which no mapping may give a name twice."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from slap_domain.errors import InvalidInput

if TYPE_CHECKING:
    from yaml import MappingNode

_HINT = """name a file of `name: value` lines (YAML), or of `{"name": "value"}` (JSON)"""
_SIZE_LIMIT = 10 * 1024 * 1024
_MERGE = "tag:yaml.org,2002:merge"  # `<<`, which may stand more than once


class _Repeated(Exception):  # noqa: N818 - carries a name out of a parser
    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name


def from_file(path: Path) -> dict[str, object]:
    """Read the parameters in a JSON or YAML file.

    Raises:
        InvalidInput: it cannot be read, is far too long, neither, holds no mapping, or gives a name twice.
    """
    try:
        with path.open(encoding="utf-8") as file:
            text = file.read(_SIZE_LIMIT + 1)
    except (OSError, UnicodeDecodeError) as error:
        reason = (isinstance(error, OSError) and error.strerror) or "it is not UTF-8 text"
        raise InvalidInput(f"parameters file {path} cannot be read: {reason}", hint=_HINT) from error
    if len(text) > _SIZE_LIMIT:
        raise InvalidInput(f"parameters file {path} is longer than {_SIZE_LIMIT} characters")
    try:
        value = _json(text, path) if path.suffix == ".json" else _yaml(text, path)
    except RecursionError as error:
        raise InvalidInput(f"parameters file {path} is nested too deeply") from error
    except _Repeated as error:
        raise InvalidInput(
            f"parameters file {path}: it gives {error.name!r} more than once",
            hint="keep the value that is meant",
        ) from error
    if not isinstance(value, dict):
        raise InvalidInput(f"parameters file {path} holds no mapping of names to values", hint=_HINT)
    return {str(name): content for name, content in value.items()}


def _json(text: str, path: Path) -> object:
    def unambiguous(pairs: list[tuple[str, object]]) -> dict[str, object]:
        _refuse_repeated(name for name, _ in pairs)
        return dict(pairs)

    try:
        return json.loads(text, object_pairs_hook=unambiguous)
    except ValueError as error:
        raise InvalidInput(f"parameters file {path} is not JSON: {error}", hint=_HINT) from error


def _yaml(text: str, path: Path) -> object:
    import yaml  # every JSON text is YAML too

    class Loader(yaml.SafeLoader):
        # While nodes are composed: once values are made of them, what `<<` brought stands beside what is
        # written.
        def compose_mapping_node(self, anchor: Any) -> "MappingNode":  # noqa: ANN401 - PyYAML's own
            node = super().compose_mapping_node(anchor)
            names = (key for key, _ in node.value if isinstance(key, yaml.ScalarNode) and key.tag != _MERGE)
            _refuse_repeated(key.value for key in names)
            return node

    try:
        return yaml.load(text, Loader=Loader)  # noqa: S506 - it is a SafeLoader
    except yaml.YAMLError as error:
        raise InvalidInput(f"parameters file {path} is neither JSON nor YAML: {error}", hint=_HINT) from error


def _refuse_repeated(names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise _Repeated(name)
        seen.add(name)
