"""Steps about what happens to the processes of a node."""

import json
import os
import signal

from features.worlds.command_line import eventually
from pytest_bdd import given, parsers, then, when

_FORKING = "#!/bin/sh\nsetsid sh -c 'while :; do sleep 1; : {mark}; done' &\n"
_HANGING = "#!/bin/sh\nsetsid sh -c 'while :; do sleep 1; : {mark}; done' &\nwait\n"
_TALKING = "#!/bin/sh\nyes words | head -c 10000000\necho\necho the last words\nexit 1\n"


@given(parsers.parse("{title} has also a service that forks away"))
def _(computer, title):
    _script(computer, "etc/service/forking", _FORKING)


@given(parsers.parse("{title} has also a promise that hangs"))
def _(computer, title):
    _script(computer, "etc/promise/other", _HANGING)


@given(parsers.parse("{title} has also a promise that prints 10 megabytes and fails"))
def _(computer, title):
    _script(computer, "etc/promise/other", _TALKING)


@when("the supervisor of the node is killed")
def _(computer):
    _kill(computer, "supervisor.supervisord")


@when("the watchdog of the node is killed")
def _(computer):
    _kill(computer, "slapos-watchdog")


@then(parsers.parse("one process serves the page of {title}"))
def _(computer, title):
    port = computer.url_of(title).split(":")[-1].strip("/")
    eventually(lambda: len([one for one in computer.shell.processes() if one.cmdline()[-1:] == [port]]) == 1)


@then("what forked away still runs")
def _(computer):
    assert eventually(lambda: _marked(computer))


@then("nothing of the promise still runs")
@then(parsers.parse("no process of {title} is left"))
def _(computer):
    eventually(lambda: not _marked(computer), patience=10)


@then("the stored result of the promise is the end of what it said")
def _(computer):
    folder = _partition(computer) / ".slapgrid" / "promise" / "result"
    result = json.loads((folder / "other.status.json").read_text())["result"]
    assert result["failed"]
    assert len(result["message"]) == len("...") + 5000
    assert result["message"].endswith("the last words")


def _partition(computer):
    return computer.shell.directory / "instance" / "slappart0"


def _script(computer, relative, text):
    path = _partition(computer) / relative
    path.write_text(text.format(mark=path))
    path.chmod(0o700)


def _marked(computer):
    """Return the processes of the shells that name their own script."""
    marks = [f": {_partition(computer) / folder}" for folder in ("etc/service/", "etc/promise/")]
    return [
        one for one in computer.shell.processes() if any(mark in " ".join(one.cmdline()) for mark in marks)
    ]


def _kill(computer, word):
    (found,) = [
        one for one in computer.shell.processes() if any(part.endswith(word) for part in one.cmdline())
    ]
    os.kill(found.pid, signal.SIGKILL)
    found.wait(10)
