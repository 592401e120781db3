"""Refuses commands that need root to anybody else, unless the configuration does not ask for it."""

import os
from pathlib import PurePath

from slap_cli.exit_status import UsageError

_ROOT_CHECK = "set `root_check = false` in section [slapos] to run everything as you"
_SYSTEM = ("/etc", "/opt", "/srv")


def is_systems(*paths: PurePath | str) -> bool:
    """Tell whether one of some paths is in a directory of the system, where only root may write."""
    return any(PurePath(path).is_relative_to(place) for path in paths for place in _SYSTEM)


def require_root(command: str, *, check: bool = True, otherwise: str = _ROOT_CHECK) -> None:
    """Make sure that the process runs as root.

    Args:
        command: what needs it, for the message.
        check: `root_check` of the configuration.
        otherwise: what to do instead of running it with sudo.

    Raises:
        UsageError: it does not.
    """
    if check and os.geteuid() != 0:
        raise UsageError(f"`slapos {command}` needs root", hint=f"run it with sudo, or {otherwise}")
