"""Answers a command line that names no command: says what is nearest and what there is."""

import difflib
import sys

from slap_cli.catalogue import COMMANDS, beginning_with
from slap_cli.command_parser import CommandParser, add_common_options
from slap_cli.exit_status import ExitStatus, UsageError
from slap_cli.overview import USAGE, commands_by_group, listing
from slap_cli.standard_output import written


def report(options: list[str], words: list[str]) -> int:
    """Print, on stderr, what is wrong with the command line; return the exit status.

    Args:
        options: the common options before the command.
        words: what should have been a command.
    """
    if not words:
        try:
            _common_options().parse_args(options)
        except UsageError as error:
            return _refuse(error.message, error.hint)
        return _refuse(f"a command is missing after {' '.join(options)}", "run `slapos` to list the commands")
    family = beginning_with(words[0])
    if family and words[1:2] in (["-h"], ["--help"]):
        return written(f"{words[0]} commands:\n{listing(_described(family))}")
    if family and (len(words) == 1 or words[1].startswith("-")):
        return _refuse(f"`slapos {words[0]}` needs one more word", _one_of(family))
    if options:
        try:
            _common_options().parse_args(options)
        except UsageError as error:
            return _refuse(
                error.message, f"options of a command come after it: `slapos COMMAND {options[-1]} …`"
            )
    nearest = _nearest(words)
    meant = f"did you mean `slapos {nearest}`?" if nearest else ""
    typed = " ".join(words[:2] if family else words[:1])
    there_is = f"{words[0]} commands:\n{listing(_described(family))}" if family else commands_by_group()
    return _refuse(f"{typed!r} is not a slapos command", meant, there_is)


def _common_options() -> CommandParser:
    """Return a parser of the options before a command."""
    parser = CommandParser(prog="slapos")
    add_common_options(parser)
    return parser


def _described(commands: list[str]) -> dict[str, str]:
    return {command: COMMANDS[command] for command in commands}


def _nearest(words: list[str]) -> str:
    for typed in (" ".join(words[:2]), words[0]):
        close = difflib.get_close_matches(typed, COMMANDS, n=1, cutoff=0.6)
        if close:
            return close[0]
    return ""


def _one_of(commands: list[str]) -> str:
    return "it is one of " + ", ".join(f"`slapos {command}`" for command in commands)


def _refuse(message: str, hint: str, listing: str = "") -> int:
    # The message comes last: a long list would carry it off the screen.
    lines = [listing or USAGE, f"\nerror: {message}\n"]
    if hint:
        lines.append(f"hint: {hint}\n")
    sys.stderr.write("".join(lines))
    return ExitStatus.USAGE
