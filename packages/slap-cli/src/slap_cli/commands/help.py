"""`slapos help`: prints the help of a command, or the list of commands."""

from argparse import ArgumentParser, Namespace

from slap_cli.catalogue import COMMANDS, beginning_with
from slap_cli.command_line import parser_of
from slap_cli.exit_status import UsageError
from slap_cli.overview import overview
from slap_cli.terminal import Terminal
from slap_cli.unknown_command import report


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
    parser.add_argument("cmd", nargs="*", help="the words of the command, as in `slapos help node status`")


def run(options: Namespace, terminal: Terminal) -> int:
    """Print it.

    Raises:
        UsageError: there is more than the name of a command.
    """
    words: list[str] = options.cmd
    if not words:
        terminal.write(overview())
        return 0
    command = " ".join(words)
    if command in COMMANDS:
        terminal.write(parser_of(command).format_help())
        return 0
    family = beginning_with(command)
    if not family:
        return _refuse(words)
    width = max(len(name) for name in family)
    for name in family:
        terminal.say(f"{name:<{width}}  {COMMANDS[name]}")
    return 0


def _refuse(words: list[str]) -> int:
    """Refuse words that name no command.

    Raises:
        UsageError: they begin with the name of a command.
    """
    for count in range(len(words) - 1, 0, -1):
        command = " ".join(words[:count])
        if command in COMMANDS and not beginning_with(command):
            raise UsageError(
                f"there is no command {' '.join(words)!r}", hint=f"did you mean `slapos help {command}`?"
            )
    return report([], words)
