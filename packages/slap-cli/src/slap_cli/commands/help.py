"""`slapos help`: prints the help of a command, or the list of commands."""

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from slap_cli.catalogue import COMMANDS, beginning_with
from slap_cli.command_parser import parser_of
from slap_cli.exit_status import UsageError
from slap_cli.options import completes_command
from slap_cli.overview import overview

if TYPE_CHECKING:
    from slap_cli.terminal import Terminal


def build_parser(parser: ArgumentParser) -> None:
    """Add what `help` takes."""
    parser.description = "Print the help of a command; without a command, list them all."
    parser.epilog = """\
examples:
  Explain `slapos node status`:
    $ slapos help node status
  List the commands about services:
    $ slapos help service
"""
    completes_command(
        parser.add_argument(
            "cmd", nargs="*", help="the words of the command, as in `slapos help node status`"
        )
    )


def text(options: Namespace) -> str | None:
    """Return the help that is asked for; None when there is no such command.

    Raises:
        UsageError: there is more than the name of a command.
    """
    words: list[str] = options.cmd
    if not words:
        return overview()
    command = " ".join(words)
    if command in COMMANDS:
        return parser_of(command).format_help()
    family = beginning_with(command)
    if family:
        width = max(len(name) for name in family)
        return "".join(f"{name:<{width}}  {COMMANDS[name]}\n" for name in family)
    _refuse_more(words)
    return None


def run(options: Namespace, _terminal: "Terminal") -> int:
    """Say what is nearest to words that name no command, and what there is; return the exit status."""
    from slap_cli.unknown_command import report

    return report([], options.cmd)


def _refuse_more(words: list[str]) -> None:
    """Refuse words of which the first ones alone name a command.

    Raises:
        UsageError: they do.
    """
    for count in range(len(words) - 1, 0, -1):
        command = " ".join(words[:count])
        if command in COMMANDS and not beginning_with(command):
            raise UsageError(
                f"there is no command {' '.join(words)!r}", hint=f"did you mean `slapos help {command}`?"
            )
