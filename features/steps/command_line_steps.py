"""Steps about the words of the command line, which a contract lists."""

import json
import shlex
from pathlib import Path

from features.worlds.command_line import SLAPOS
from features.worlds.terminal import Typed, shown_on_terminal
from pytest_bdd import given, parsers, then, when

CONTRACT = json.loads(
    (Path(__file__).parents[2] / "packages/slap-cli/tests/commands/cli.json").read_text(encoding="utf-8")
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


@then(parsers.parse('each of these ends with status {status:d} and says "{words}":'))
def _(shell, status, words, datatable):
    for (command,) in datatable:
        ran = shell.run(*shlex.split(command))
        assert ran.status == status, command
        assert words in ran.err, command


@when(parsers.parse("somebody types on a terminal: slapos {words}"), target_fixture="shown")
def _(shell, words):
    return shown_on_terminal(shell, *shlex.split(words))


@when(parsers.parse("somebody opens on a terminal: slapos {words}"), target_fixture="typed")
def _(shell, request, words):
    typed = Typed(SLAPOS, *shlex.split(words), environment={**shell.surroundings(), "TERM": "xterm"})
    request.addfinalizer(typed.close)
    return typed


@then(parsers.parse('the prompt "{prompt}" is shown, and a token is typed'))
def _(typed, prompt):
    typed.reads(prompt)
    typed.types("secret")


@then(parsers.parse('it ends with "{complaint}" and a hint'))
def _(typed, complaint):
    shown = typed.reads_all()
    assert f"error: {complaint}\nhint: " in shown
    assert "secret" not in shown


@then("it is shown in red")
def _(shown):
    assert shown.startswith("\x1b[31merror: ")


@then("it is shown without colour")
def _(shown):
    assert shown.startswith("error: ")
    assert "\x1b[" not in shown
