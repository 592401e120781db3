"""Refuses commands that need root to anybody else, unless the configuration does not ask for it."""

import os

from slap_cli.exit_status import UsageError


def require_root(command: str, *, check: bool = True) -> None:
    """Make sure that the process runs as root.

    Args:
        command: what needs it, for the message.
        check: `root_check` of the configuration.

    Raises:
        UsageError: it does not.
    """
    if check and os.geteuid() != 0:
        raise UsageError(
            f"`slapos {command}` needs root",
            hint="run it with sudo, or set `root_check = false` in section [slapos] to run everything as you",
        )
