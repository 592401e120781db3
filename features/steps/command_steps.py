"""Steps about somebody at a shell: how a command ended, what it said, and which files there are."""

from datetime import datetime

import pytest
from features.worlds.command_line import CommandLine, eventually
from features.worlds.in_process import InProcess
from pytest_bdd import given, parsers, then


@pytest.fixture
def shell(request):
    """Run commands in this process where the scenario is over HTTP only, else in processes of their own."""
    world = InProcess() if request.node.get_closest_marker("over_http") else CommandLine()
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
    assert words.replace("HERE", str(shell.directory)) in shell.last.err + shell.last.out


@then(parsers.parse('it does not say "{words}"'))
def _(shell, words):
    assert words not in shell.last.err + shell.last.out


@then(parsers.parse('it prints "{words}"'))
def _(shell, words):
    assert shell.last.out.strip() == words


@then("it prints one word")
def _(shell):
    assert len(shell.last.out.split()) == 1


@then("each line begins with the time")
def _(shell):
    lines = shell.last.err.splitlines()
    assert lines
    for line in lines:
        datetime.strptime(line[:19], "%Y-%m-%d %H:%M:%S")  # noqa: DTZ007 - people read it in their own


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
    assert text.replace("HERE", str(shell.directory)) in (shell.directory / name).read_text()


@then("nothing is said")
def _(shell):
    assert shell.last.err == ""
