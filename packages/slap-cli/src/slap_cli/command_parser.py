"""Builds the argument parser of a command: its own options and those that every command takes."""

import argparse
import importlib
import os
import re
import sys
import textwrap
from typing import TYPE_CHECKING, Any, NoReturn, Protocol, cast

from slap_cli.catalogue import COMMANDS, module_of
from slap_cli.exit_status import UsageError

if TYPE_CHECKING:
    from slap_cli.terminal import Terminal

_WIDTH = 78
_AMBIGUOUS = re.compile(r"ambiguous option: .* could match (.*)")
_INVALID_CHOICE = re.compile(r"argument ([^:]+): invalid choice: '([^']*)'")


class CommandModule(Protocol):
    """What every module of slap_cli.commands has."""

    def build_parser(self, parser: argparse.ArgumentParser) -> None:
        """Add the description, the arguments and the options of the command."""
        ...

    def run(self, options: argparse.Namespace, terminal: "Terminal") -> int:
        """Do it and return the exit status.

        Raises:
            SlapError: it failed; slap_cli.exit_status says with which exit status.
        """
        ...


class TextModule(Protocol):
    """What the module of a command has besides, which may end with a text that is known at once."""

    def text(self, options: argparse.Namespace) -> str | None:
        """Return what to print; None when that has to be found out, which `run` does.

        Raises:
            UsageError: the command line is wrong.
        """
        ...


class _HelpFormatter(argparse.RawDescriptionHelpFormatter):
    """Fills the terminal; argparse asks shutil how wide that is, which takes long to import."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=_columns() - 2)


def _columns() -> int:
    try:
        return int(os.environ["COLUMNS"]) or 80
    except (KeyError, ValueError):
        pass
    try:
        return os.get_terminal_size(sys.__stdout__.fileno()).columns or 80  # type: ignore[union-attr]
    except (AttributeError, ValueError, OSError):
        return 80  # not a terminal


class HelpAsked(Exception):  # noqa: N818 - it is no error
    """The words of a command ask for its help."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class CommandParser(argparse.ArgumentParser):
    """A parser that raises where argparse prints and ends the process.

    Args:
        prog: the words that are typed before its arguments.
        more: what argparse takes.
    """

    def __init__(self, prog: str, **more: Any) -> None:  # noqa: ANN401 - argparse's own
        super().__init__(prog, formatter_class=_HelpFormatter, **more)

    def print_help(self, file: object = None) -> NoReturn:  # noqa: ARG002 - argparse's own
        """Give the help to who writes it.

        Raises:
            HelpAsked: always.
        """
        raise HelpAsked(self.format_help())

    def error(self, message: str) -> NoReturn:
        """Refuse the command line.

        Raises:
            UsageError: always.
        """
        hint = f"`{self.prog} --help` says what it takes"
        if message.endswith("expected one argument"):
            hint = f"a value that begins with a dash is written --option=VALUE; {hint}"
        nearest = (
            self._nearest_option(message)
            or self._shortest_of_ambiguous(message)
            or self._nearest_choice(message)
        )
        raise UsageError(message, hint=f"did you mean {nearest}? {hint}" if nearest else hint)

    def _nearest_option(self, message: str) -> str:
        prefix = "unrecognized arguments: "
        typed = message.removeprefix(prefix).split()[0].partition("=")[0]
        if not message.startswith(prefix) or not typed.startswith("--"):
            return ""
        import difflib

        options = [option for action in self._actions for option in action.option_strings]
        return next(iter(difflib.get_close_matches(typed, options, n=1)), "")

    def _shortest_of_ambiguous(self, message: str) -> str:
        """Return the option that an abbreviation of several is the most of, and how it is written."""
        found = _AMBIGUOUS.match(message)
        if found is None:
            return ""
        option = min(found[1].split(", "), key=len)
        (action,) = (action for action in self._actions if option in action.option_strings)
        return f"`{option} {getattr(action, 'written', '')}".rstrip() + "`"

    def _nearest_choice(self, message: str) -> str:
        found = _INVALID_CHOICE.match(message)
        if found is None:
            return ""
        import difflib

        option, typed = found.groups()
        choices = [
            str(choice)
            for action in self._actions
            if option in {"/".join(action.option_strings), action.metavar, action.dest}
            for choice in action.choices or ()
        ]
        return next(iter(difflib.get_close_matches(typed, choices, n=1)), "")


def written(action: argparse.Action, example: str) -> None:
    """Let messages say how the value of an option is written."""
    action.written = example  # type: ignore[attr-defined]


def command_module(command: str) -> CommandModule:
    """Import the module of a command."""
    return cast("CommandModule", importlib.import_module(module_of(command)))


def parser_of(command: str) -> CommandParser:
    """Return the parser of a command."""
    parser = CommandParser(prog=f"slapos {command}")
    fill(parser, command)
    return parser


def fill(parser: argparse.ArgumentParser, command: str) -> None:
    """Give a parser everything that a command takes."""
    parser.description = _sentence(COMMANDS[command])
    command_module(command).build_parser(parser)
    if parser.description:
        parser.description = _wrapped(parser.description)
    add_common_options(parser)


def _wrapped(text: str) -> str:
    """Return a description with its paragraphs wrapped; lines that are indented stay as they are."""
    paragraphs = text.strip().split("\n\n")
    return "\n\n".join(
        paragraph if "\n " in paragraph or paragraph.startswith(" ") else textwrap.fill(paragraph, _WIDTH)
        for paragraph in paragraphs
    )


def _sentence(summary: str) -> str:
    return summary[0].upper() + summary[1:] + "."


def add_common_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that every command takes."""
    group = parser.add_argument_group("common options")
    loudness = group.add_mutually_exclusive_group()
    loudness.add_argument(
        "-v", "--verbose", dest="verbosity", action="count", default=0, help="say more; can be repeated"
    )
    loudness.add_argument("-q", "--quiet", action="store_true", help="say nothing but warnings and errors")
    group.add_argument("--debug", action="store_true", help="show tracebacks on errors")
    group.add_argument(
        "--log-file",
        "--logfile",
        "--log_file",
        default="",
        metavar="LOG_FILE",
        help="also write the log to a file, always as with -v",
    )
    group.add_argument(
        "--log-color", action="store_true", help="coloured log on the console (plain if redirected)"
    )
    group.add_argument("--log-time", action="store_true", help="log with date and time on the console")
