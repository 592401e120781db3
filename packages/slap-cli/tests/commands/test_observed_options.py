"""For every option of the contract, a scenario types it and observes what it does (observed_options.json)."""

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[4]
TESTS = Path(__file__).parent
CONTRACT = json.loads((TESTS / "cli.json").read_text(encoding="utf-8"))["commands"]
OBSERVED = json.loads((TESTS / "observed_options.json").read_text(encoding="utf-8"))
OPTIONS = [
    (command, option)
    for command, words in CONTRACT.items()
    for option in (*words["seed"], *words["later"])
    if option not in {"-h", "--help"}
]
# A step that types a command line, which follows the colon; and a row of a table of command lines.
TYPES = re.compile(
    r"(?:When|And) [^:]* (?:runs|runs on it|runs by|starts|opens|types|types on a terminal|into): (.*)"
)
ROW = re.compile(r"\| ([a-z][^|]*) \|$")
PLACEHOLDER = re.compile(r"<(\w[\w ]*)>")


def scenario(feature: str, name: str) -> list[str]:
    """Return the lines of a scenario."""
    parts = (ROOT / feature).read_text(encoding="utf-8").split("\n  Scenario")
    (found,) = (part for part in parts if part.partition(": ")[2].startswith(f"{name}\n"))
    return [line.strip() for line in found.splitlines()]


def typed_lines(lines: list[str]) -> Iterator[str]:
    """Give the command lines that a scenario types, each with the values of every example."""
    steps, examples = lines, [{}]
    if "Examples:" in lines:
        steps, rows = lines[: lines.index("Examples:")], lines[lines.index("Examples:") + 1 :]
        names, *values = (
            [cell.strip() for cell in row.strip("|").split("|")] for row in rows if row[:1] == "|"
        )
        examples = [dict(zip(names, row, strict=True)) for row in values]
    for line in steps:
        if found := TYPES.match(line) or ROW.match(line):
            for example in examples:
                yield PLACEHOLDER.sub(lambda name, example=example: example[name[1]], found[1])


def types(line: str, command: str, option: str) -> bool:
    """Tell whether a command line is of a command and has an option, in these very words."""
    words = shlex.split(line.removeprefix("slapos "))
    begins = words[: len(command.split())] == command.split()
    return begins and option in {word.partition("=")[0] for word in words}


def test_every_option_of_the_contract_is_in_the_map_and_nothing_else():
    assert {(command, option) for command, options in OBSERVED.items() for option in options} == set(OPTIONS)


@pytest.mark.parametrize(("command", "option"), OPTIONS)
def test_the_scenario_that_observes_an_option_types_it(command, option):
    place = OBSERVED[command][option]
    lines = list(typed_lines(scenario(*place.split(": ", 1))))
    assert any(types(line, command, option) for line in lines), (place, lines)
