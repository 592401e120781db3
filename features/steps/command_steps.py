"""Steps about somebody at a shell: how a command ended, what it said, and which files there are."""

import pytest
from features.worlds.command_line import CommandLine, eventually
from pytest_bdd import given, parsers, then


@pytest.fixture
def shell():
    world = CommandLine()
    yield world
    world.close()


@given(parsers.parse("a file {name} that says: {text}"))
def _(shell, name, text):
    (shell.directory / name).write_text(text)


@given(parsers.parse("a directory {name}"))
def _(shell, name):
    (shell.directory / name).mkdir()


@then("the command succeeds")
def _(shell):
    assert shell.last.status == 0, shell.last.err


@then(parsers.parse("the command ends with status {status:d}"))
def _(shell, status):
    assert shell.last.status == status, shell.last.err


@then(parsers.parse('it says "{words}"'))
def _(shell, words):
    assert words in shell.last.err + shell.last.out


@then(parsers.parse('it hints at "{words}"'))
def _(shell, words):
    hint = shell.last.err.split("hint: ", 1)[1]
    assert words in hint


@then("it gives a hint")
def _(shell):
    assert "\nhint: " in shell.last.err


@then("it shows no traceback of ours")
def _(shell):
    assert "packages/slap" not in shell.last.err


@then("no process is left")
def _(shell):
    eventually(lambda: shell.processes() == [], patience=10)


@then(parsers.parse('the file {name} says "{text}"'))
def _(shell, name, text):
    assert text in (shell.directory / name).read_text()


@then("nothing is said")
def _(shell):
    assert shell.last.err == ""
