"""For every option of the contract, a scenario or a test observes what it does (observed_options.json)."""

import ast
import json
import re
from pathlib import Path

import pytest

from slap_cli.command_line import CommandParser, add_common_options, parser_of

ROOT = Path(__file__).parents[3]
TESTS = Path(__file__).parent
CONTRACT = json.loads((TESTS / "cli.json").read_text(encoding="utf-8"))["commands"]
OBSERVED = json.loads((TESTS / "observed_options.json").read_text(encoding="utf-8"))
OPTIONS = [
    (command, option)
    for command, words in CONTRACT.items()
    for option in (*words["seed"], *words["later"])
    if option not in {"-h", "--help"}
]

# What steps say in prose: the commands that they run, and where the options are that their world gives.
REGISTRATION = "features/worlds/registering.py"
PROSE = {
    "each pass of the node is run": (("node software", "node instance", "node report", "node promise"), ""),
    "every command of the contract": (tuple(CONTRACT), ""),
    "the tenant requests": (("request",), ""),
    "the operator registers": (("node register",), REGISTRATION),
    "configures a client": (("configure client",), REGISTRATION),
}


def spellings(command: str, option: str) -> set[str]:
    """Return all names of an option."""
    parser = parser_of(command) if command else CommandParser(prog="slapos")
    if not command:
        parser.add_argument("--version")
        add_common_options(parser)
    return next(set(action.option_strings) for action in parser._actions if option in action.option_strings)


def scenario(feature: str, name: str) -> str:
    """Return the lines of a scenario, with those of its background."""
    parts = (ROOT / feature).read_text(encoding="utf-8").split("\n  Scenario")
    (found,) = (part for part in parts if part.partition(": ")[2].startswith(f"{name}\n"))
    return found


def words_of_test(module: str, name: str) -> set[str]:
    """Return the words of a test's texts, with those of the fixtures, helpers and constants it uses."""
    defined: dict[str, ast.AST] = {}
    for one in ast.parse((ROOT / module).read_text(encoding="utf-8")).body:
        if isinstance(one, ast.FunctionDef | ast.ClassDef):
            defined[one.name] = one
        elif isinstance(one, ast.Assign):
            defined |= {target.id: one for target in one.targets if isinstance(target, ast.Name)}
    assert isinstance(defined[name], ast.FunctionDef)
    words: set[str] = set()
    unread = [name]
    while unread:
        nodes = list(ast.walk(defined.pop(unread.pop(), ast.Module([], []))))
        unread += [node.id for node in nodes if isinstance(node, ast.Name)]
        unread += [node.arg for node in nodes if isinstance(node, ast.arg)]
        texts = [node.value for node in nodes if isinstance(node, ast.Constant)]
        words |= {word for text in texts if isinstance(text, str) for word in text.split()}
    return words


def words_of_scenario(text: str) -> set[str]:
    """Return the words of a scenario, and those of the commands that its steps name in prose."""
    words = set(text.split())
    for phrase, (commands, steps) in PROSE.items():
        if phrase in text:
            words |= {word for command in commands for word in command.split()}
            words |= set(re.findall(r"--?[a-z][\w-]*", (ROOT / steps).read_text("utf-8"))) if steps else set()
    return words


def test_every_option_of_the_contract_is_in_the_map_and_nothing_else():
    assert {(command, option) for command, options in OBSERVED.items() for option in options} == set(OPTIONS)


@pytest.mark.parametrize(("command", "option"), OPTIONS)
def test_what_observes_an_option_is_there_and_uses_it(command, option):
    place = OBSERVED[command][option]
    if "::" in place:
        words = words_of_test(*place.split("::"))
    else:
        words = words_of_scenario(scenario(*place.split(": ", 1)))
    assert {word.partition("=")[0] for word in words} & spellings(command, option), place
    assert set(command.split()) <= words, place
