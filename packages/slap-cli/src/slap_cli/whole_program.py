"""All commands as one tree of parsers, for what describes the program as a whole: completion and manuals."""

from typing import TYPE_CHECKING

from slap_cli.catalogue import COMMANDS, beginning_with
from slap_cli.command_line import CommandParser, add_common_options, fill

if TYPE_CHECKING:
    import argparse


def whole_program() -> CommandParser:
    """Return the parser of `slapos` with every command below it."""
    root = CommandParser(prog="slapos", description="SlapOS: ask for services, and run nodes and masters.")
    root.add_argument("--version", action="store_true", help="show the version of the program and exit")
    add_common_options(root)
    first_words = root.add_subparsers(metavar="command", title="commands", parser_class=CommandParser)
    for word in dict.fromkeys(command.split()[0] for command in COMMANDS):
        _add_word(first_words, word)
    return root


def _add_word(parent: "argparse._SubParsersAction[CommandParser]", word: str) -> None:
    family = beginning_with(word)
    parser = parent.add_parser(word, prog=f"slapos {word}", help=COMMANDS.get(word, f"{word} commands"))
    if word in COMMANDS and not family:
        fill(parser, word)
        return
    parser.description = COMMANDS.get(word, f"The commands that begin with {word}.")
    add_common_options(parser)
    second_words = parser.add_subparsers(metavar="command", parser_class=CommandParser)
    for command in family:
        child = second_words.add_parser(command.split()[1], prog=f"slapos {command}", help=COMMANDS[command])
        fill(child, command)
