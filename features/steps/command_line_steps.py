"""Steps about the words of the command line, which a contract lists."""

import json
import shlex
from pathlib import Path

from pytest_bdd import given, parsers, then, when

CONTRACT = json.loads(
    (Path(__file__).parents[2] / "packages/slap-cli/tests/cli.json").read_text(encoding="utf-8")
)["commands"]


@when(parsers.re(r"somebody types: slapos ?(?P<words>.*)"))
def _(shell, words):
    shell.run(*shlex.split(words))


@given(parsers.parse("slapos-client.cfg in the home directory says: {text}"))
def _(shell, text):
    folder = shell.directory / ".slapos"
    folder.mkdir()
    (folder / "slapos-client.cfg").write_text("\n".join(text.split(" ")) + "\n")


@then(parsers.parse('it lists the groups "{one}", "{two}" and "{three}"'))
def _(shell, one, two, three):
    places = [shell.last.out.index(f"\n{group}:\n") for group in (one, two, three)]
    assert places == sorted(places)


@then("it lists every command of the contract")
def _(shell):
    listed = {line[2:].split("  ")[0] for line in shell.last.out.splitlines() if line.startswith("  ")}
    assert {command for command in CONTRACT if command} <= listed


@then("every command of the contract explains itself, by --help and by help")
def _(shell):
    for command in filter(None, CONTRACT):
        by_option = shell.run(*command.split(), "--help")
        by_help = shell.run("help", *command.split())
        assert by_option.status == by_help.status == 0
        assert by_option.out == by_help.out


@then("every option of the contract is explained")
def _(shell):
    for command, words in CONTRACT.items():
        explained = shell.run(*command.split(), "--help").out.replace(",", " ").replace("[", " ").split()
        missing = {*words["seed"], *words["later"]} - set(explained)
        assert missing == set(), command


# These make a configuration, or a node without one.
MAKERS = {"configure client", "configure local", "node register"}
OPTIONAL = {"<instance>:[process]", "...", "script_file"}


@then("every command of the contract that takes --cfg says when the file that it names is missing")
def _(shell):
    for command, words in CONTRACT.items():
        if "--cfg" in (*words["seed"], *words["later"]) and command not in MAKERS:
            names = [
                "x" for name in words["positionals"] if name[0] not in "<.s" or name.startswith("software")
            ]
            ran = shell.run(*command.split(), *names, "--cfg", shell.directory / "none.cfg")
            assert ran.status == 1, command
            assert f"{shell.directory}/none.cfg: no such configuration file" in ran.err
