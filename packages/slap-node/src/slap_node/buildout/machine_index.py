"""The package index of this machine, as its pip, or else its uv, is configured: for builds in other homes.

Builds run with a HOME, and often as a user, of their own, so that the configuration files of whoever runs
the node are out of their reach; what these say about the index goes to builds as variables of pip.
"""

import ast
import functools
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from slap_domain.errors import HostFailure
from slap_node.programs.processes import Command, run

_OPTIONS = ("index-url", "extra-index-url", "find-links", "no-index", "trusted-host", "cert", "proxy")
_SCOPES = ("global.", "install.", ":env:.")
_UV_VARIABLES = ("UV_DEFAULT_INDEX", "UV_INDEX_URL")


def index_variables(caller: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that tell pip, in any home, which package index this machine uses.

    Args:
        caller: the node's own environment.
    """
    settings = dict(_pip_settings(tuple(sorted(caller.items()))))
    index = settings.get("index-url") or _uv_index(caller)
    if index:
        settings["index-url"] = index
    return {f"PIP_{name.upper().replace('-', '_')}": settings[name] for name in _OPTIONS if name in settings}


@functools.lru_cache(maxsize=4)
def _pip_settings(caller: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    command = Command(
        argv=(sys.executable, "-B", "-m", "pip", "config", "list"),
        directory=PurePosixPath("/"),
        environment=dict(caller),
        timeout=60,
        separate_errors=True,
    )
    try:
        listed = run(command).output
    except HostFailure:
        return ()
    settings: dict[str, str] = {}
    lines = [line.partition("=") for line in listed.splitlines()]
    # What holds for `pip install` wins over what holds for all of pip, and a variable over both.
    for scope in _SCOPES:
        for name, _, value in lines:
            if name.startswith(scope):
                settings[name[len(scope) :]] = _literal(value)
    return tuple(settings.items())


def _literal(text: str) -> str:
    try:
        return " ".join(str(ast.literal_eval(text)).split())
    except (SyntaxError, ValueError):
        return text


def _uv_index(caller: Mapping[str, str]) -> str:
    """Return the default index that uv is configured for; empty when there is none."""
    for name in _UV_VARIABLES:
        if caller.get(name):
            name_of_index, _, url = caller[name].partition("=")  # it may be `name=https://…`
            return caller[name] if "://" in name_of_index else url or caller[name]
    home = Path(caller.get("HOME", "/"))
    settings = Path(caller.get("XDG_CONFIG_HOME", home / ".config"))
    for path in (caller.get("UV_CONFIG_FILE", ""), settings / "uv" / "uv.toml", "/etc/uv/uv.toml"):
        found = _uv_file_index(Path(path)) if path else ""
        if found:
            return found
    return ""


def _uv_file_index(path: Path) -> str:
    try:
        settings = tomllib.loads(path.read_text())
    except (OSError, ValueError):  # there is none, or it is for uv to complain about
        return ""
    defaults = [index["url"] for index in settings.get("index", ()) if index.get("default")]
    return str((defaults or [settings.get("index-url", "")])[0])
