"""Finds and reads the configuration file of a command, in the order that users know."""

import logging
from pathlib import Path

from slap_cli.options import CLIENT_VARIABLE, NODE_DEFAULT, NODE_VARIABLE
from slap_cli.terminal import Terminal, path_of_user
from slap_domain.errors import ConfigurationError
from slap_domain.model.configuration import Configuration, parse_configuration

_CLIENT_HINT = f"""\
name another with --cfg or ${CLIENT_VARIABLE}, run `slapos configure client`,
      or for a master on this machine write two lines into it: `[slapos]` and
      `master_url = http://127.0.0.1:5000/`"""
_NODE_HINT = f"""\
name it with --cfg or ${NODE_VARIABLE}; `slapos node register` makes one for a node of
      a master, `slapos configure local` one for this machine alone"""
_LOG = logging.getLogger(__name__)
_SIZE_LIMIT = 10 * 1024 * 1024


def node_configuration_path(given: str | None, terminal: Terminal) -> Path:
    """Return where the configuration of this computer is, or would be."""
    return Path(given or terminal.environment.get(NODE_VARIABLE) or NODE_DEFAULT).expanduser()


def client_configuration_path(given: str | None, terminal: Terminal) -> Path:
    """Return where the configuration of the tenant is, or would be."""
    named = given or terminal.environment.get(CLIENT_VARIABLE)
    if named:
        return path_of_user(named, terminal.home)
    candidates = [terminal.home / ".slapos" / name for name in ("slapos-client.cfg", "slapos.cfg")]
    return next((path for path in candidates if path.exists()), candidates[0])


def node_configuration(given: str | None, terminal: Terminal) -> Configuration:
    """Read the configuration of this computer.

    Raises:
        ConfigurationError: it is missing, unreadable or malformed.
    """
    path = node_configuration_path(given, terminal)
    return read_configuration(path, hint=_NODE_HINT)


def client_configuration(given: str | None, terminal: Terminal) -> Configuration:
    """Read the configuration of the tenant.

    Raises:
        ConfigurationError: it is missing, unreadable or malformed.
    """
    path = client_configuration_path(given, terminal)
    return read_configuration(path, hint=_CLIENT_HINT)


def read_configuration(path: Path, *, hint: str = "") -> Configuration:
    """Read a configuration file.

    Raises:
        ConfigurationError: it is missing, unreadable, malformed or far too long.
    """
    try:
        with path.open(encoding="utf-8") as file:
            text = file.read(_SIZE_LIMIT + 1)
    except FileNotFoundError as error:
        raise ConfigurationError(f"{path}: no such configuration file", hint=hint) from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path}: is not UTF-8 text", hint=hint) from error
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read: {error.strerror}", hint=hint) from error
    if len(text) > _SIZE_LIMIT:
        raise ConfigurationError(f"{path}: is longer than {_SIZE_LIMIT} characters", hint=hint)
    _LOG.debug("configuration is read from %s", path)
    return parse_configuration(text, str(path))
