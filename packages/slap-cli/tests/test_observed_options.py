"""For every option of the contract, a scenario or a test observes what it does (observed_options.json)."""

import ast
import json
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


def scripted(module: str, name: str) -> str:
    """Return the text of a test's module, after seeing that the test is in it."""
    text = (ROOT / module).read_text(encoding="utf-8")
    assert name in {one.name for one in ast.parse(text).body if isinstance(one, ast.FunctionDef)}
    return text


def test_every_option_of_the_contract_is_in_the_map_and_nothing_else():
    assert {(command, option) for command, options in OBSERVED.items() for option in options} == set(OPTIONS)


@pytest.mark.parametrize(("command", "option"), OPTIONS)
def test_what_observes_an_option_is_there_and_uses_it(command, option):
    place = OBSERVED[command][option]
    if "::" in place:
        text = scripted(*place.split("::"))
    else:
        text = scenario(*place.split(": ", 1))
        if "register" in text or "configures a client" in text:
            # A step says it in one word, and gives the options.
            text += (ROOT / "features/steps/registration_steps.py").read_text(encoding="utf-8")
    assert any(name in text for name in spellings(command, option)), place
