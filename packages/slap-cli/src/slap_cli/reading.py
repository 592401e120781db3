"""Reads the words after a command, and hands over to what does it.

Help, and whatever else is known at once, is printed here, without importing what a command needs to run.
"""

import argparse
import sys
from typing import TYPE_CHECKING

from slap_cli.command_parser import HelpAsked, command_module, parser_of
from slap_cli.exit_status import UsageError, status_of
from slap_cli.standard_output import written

if TYPE_CHECKING:
    from slap_cli.terminal import Terminal


def read_and_run(command: str, arguments: list[str], terminal: "Terminal | None" = None) -> int:
    """Run a command and return its exit status.

    Args:
        command: a command of the catalogue.
        arguments: its arguments, common options among them.
        terminal: its surroundings; None for those of the process.
    """
    try:
        options = parser_of(command).parse_args(arguments)
        text = _known_text(command, options)
    except HelpAsked as asked:
        return written(asked.text)
    except UsageError as error:
        (terminal.error if terminal else sys.stderr).write(f"error: {error}\nhint: {error.hint}\n")
        return status_of(error)
    if text is not None:
        return written(text)
    from slap_cli.running import run

    return run(command, options, terminal)


def _known_text(command: str, options: argparse.Namespace) -> str | None:
    text_of = getattr(command_module(command), "text", None)
    return None if text_of is None else text_of(options)
