"""Steps about what happens to the processes of a node."""

import contextlib
import json
import os
import signal

import psutil
from features.worlds.command_line import eventually
from pytest_bdd import given, parsers, then, when

from slap_node.programs.keepers import is_keeper

# What hides from whoever looks for its session, its parent or its environment.
_HIDING = "env -i setsid /bin/sh -c 'while :; do /bin/sleep 1; : {mark}; done' </dev/null >/dev/null 2>&1 &\n"
_FORKING = f"#!/bin/sh\n{_HIDING}"
_HANGING = f"#!/bin/sh\n{_HIDING}while :; do sleep 1; : {{mark}}; done\n"
_TALKING = "#!/bin/sh\nyes words | head -c 10000000\necho\necho the last words\nexit 1\n"
_LONG_LINE = "#!/bin/sh\nhead -c 10000000 /dev/zero | tr '\\0' x\n"
_WAITING = "#!/bin/sh\n: > waits\nwhile [ ! -e go ]; do sleep 0.1; done\n"
_SCRIPTS = {"promise": "etc/promise/other", "report script": "etc/report/other", "recipe": "twist"}


@given(parsers.parse("{title} has also a service that forks away"))
def _(computer, title):
    _script(computer, "etc/service/forking", _FORKING)


@given(parsers.parse("{title} has also a {what} that hangs"))
def _(computer, title, what):
    _script(computer, _SCRIPTS[what], _HANGING)


@given(parsers.parse("{title} has also a {what} that leaves something running"))
def _(computer, title, what):
    _script(computer, _SCRIPTS[what], _FORKING)


@given(parsers.parse("{title} has also a {what} that prints a line of 10 megabytes"))
def _(computer, title, what):
    _script(computer, _SCRIPTS[what], _LONG_LINE)


@given(parsers.parse("{title} has also a recipe that waits"))
def _(computer, title):
    _script(computer, "twist", _WAITING)


@when(parsers.parse("{title} has no such {what} any more"))
def _(computer, title, what):
    (computer.partition() / _SCRIPTS[what]).unlink()


@when(parsers.parse("the operator starts: {words}"))
def _(computer, words):
    computer.operator_starts(words)


@when("the recipe waits")
def _(computer):
    eventually((computer.partition() / "waits").exists)


@when("the recipe has hidden what it started")
def _(computer):
    eventually(lambda: any(one.name() == "sh" for one in _marked(computer)))


@when("the node is killed with its keepers")
def _(computer):
    node = psutil.Process(computer.shell.running[-1].pid)
    node.suspend()  # else it would notice, and end what they kept
    for process in [one for one in node.children(recursive=True) if is_keeper(one.pid)]:
        process.kill()
    node.kill()
    computer.shell.running[-1].wait()


@when("the recipe goes on")
def _(computer):
    (computer.partition() / "go").touch()


@then(parsers.parse("the started command ends with status {status:d}"))
def _(computer, status):
    assert computer.shell.running[-1].wait(120) == status, computer.shell.log_of("node")


@when("the master is killed")
def _(computer):
    computer.url_of("web")  # nobody else knows it afterwards
    (master,) = [one for one in computer.shell.running if "proxy" in one.args]
    master.kill()
    master.wait()


@given("its release is read-only")
def _(computer, request):
    folders = [path for path in computer.release_directory().rglob("*") if path.is_dir()]
    modes = {path: path.stat().st_mode for path in (computer.release_directory(), *folders)}
    request.addfinalizer(lambda: [path.chmod(mode) for path, mode in modes.items()])
    for path in modes:
        path.chmod(0o555)


@then(parsers.parse("what it says is shorter than {kilobytes:d} kilobytes"))
def _(computer, kilobytes):
    assert len(computer.shell.last.out) + len(computer.shell.last.err) < kilobytes * 1024


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
    eventually(lambda: len(computer.programs_of(title)) == 1)


@then(parsers.parse("no process serves the page of {title}"))
def _(computer, title):
    eventually(lambda: not computer.programs_of(title))


@then("what forked away still runs")
def _(computer):
    assert eventually(lambda: _marked(computer))


@then(parsers.parse("nothing of the {what} still runs"))
@then(parsers.parse("no process of {title} is left"))
def _(computer):
    eventually(lambda: not _marked(computer), patience=10)


@then("the stored result of the promise is the end of what it said")
def _(computer):
    folder = computer.partition() / ".slapgrid" / "promise" / "result"
    result = json.loads((folder / "other.status.json").read_text())["result"]
    assert result["failed"]
    assert len(result["message"]) == len("...") + 5000
    assert result["message"].endswith("the last words")


def _script(computer, relative, text):
    path = computer.partition() / relative
    path.parent.mkdir(exist_ok=True)
    path.write_text(text.format(mark=path))
    path.chmod(0o700)


def _marked(computer):
    """Return the processes of the shells that name their own script."""
    mark = f": {computer.partition()}/"
    found = []
    for one in computer.shell.processes():
        with contextlib.suppress(psutil.NoSuchProcess):  # it has ended meanwhile
            if mark in " ".join(one.cmdline()):
                found.append(one)
    return found


def _kill(computer, word):
    (found,) = [
        one for one in computer.shell.processes() if any(part.endswith(word) for part in one.cmdline())
    ]
    os.kill(found.pid, signal.SIGKILL)
    found.wait(10)
