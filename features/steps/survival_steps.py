"""Steps about a node that is killed or starved of room."""

import contextlib
import importlib
import os
import random
import signal
import subprocess
import time
import warnings

import pytest
from features.worlds.command_line import eventually
from pytest_bdd import given, parsers, then, when

_SEED = 20261121
_CHANGES = 5
# What a pass imports: a fork of this process then wastes no time on it.
_IMPORTED = (
    "slap_cli.commands.node_instance",
    "slap_cli.execution",
    "slap_cli.main",
    "slap_cli.wiring.node",
    "slap_node.buildout.instance_builder",
    "slap_node.buildout.warm_builders",
    "slap_node.promises.legacy_runs",
    "slap_node.promises.plugin_runs",
)


@when(parsers.parse("the node is killed at {kills:d} moments of passes that change {title}"))
def _(computer, title, kills):
    for name in _IMPORTED:
        importlib.import_module(name)
    moments = random.Random(_SEED)
    began = time.monotonic()
    assert _end_of(_forked_pass(computer)) == 0
    length = time.monotonic() - began
    finished = 0
    for change in range(_CHANGES):
        stamp = _stamp(computer)
        computer.greeting = f"Hello-{change}"
        computer.tenant_runs(f"request {title} RELEASE --parameters greeting={computer.greeting}")
        for _kill in range(kills // _CHANGES):
            pid = _forked_pass(computer)
            time.sleep(moments.uniform(0, length))
            os.kill(pid, signal.SIGKILL)
            finished += _end_of(pid) == 0
            # What is stamped is deployed.
            if _stamp(computer) not in {"", stamp}:
                assert _page(computer) == computer.greeting
    assert finished < kills


@then(parsers.parse("{title} says what was asked for last"))
def _(computer, title):
    assert _page(computer) == computer.greeting


@then("no killed pass has left anything")
def _(computer):
    assert list(computer.partition().rglob("*.tmp")) == []
    eventually(lambda: not _runs_of_passes(computer), patience=10)


@given(parsers.parse("its partitions are on a disk of {size:d} megabytes"))
def _(computer, size, request):
    folder = computer.partition().parent
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}m,mode=755", "tmpfs", folder]
    mounted = subprocess.run(mount, capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip(f"cannot mount a tmpfs: {mounted.stderr.decode().strip()}")
    request.addfinalizer(lambda: subprocess.run(["umount", "-l", folder], check=True))


@when("the disk is full")
def _(computer):
    with contextlib.suppress(OSError), _ballast(computer).open("wb", buffering=0) as file:
        while file.write(b"x" * 4096):
            pass


@when("the disk has room again")
def _(computer):
    _ballast(computer).unlink()


def _ballast(computer):
    return computer.partition().parent / "ballast"


def _forked_pass(computer):
    """Run a pass in a fork of this process, which has imported all it needs; return its pid."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of the test runner's own threads
        pid = os.fork()
    if pid:
        return pid
    status = 1
    with contextlib.suppress(BaseException):
        log = os.open(computer.shell.directory / "passes.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(log, 1)
        os.dup2(log, 2)
        main = importlib.import_module("slap_cli.main").main
        status = main(["node", "instance", "--now", "--cfg", str(computer.configuration)])
    os._exit(status)


def _end_of(pid):
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def _stamp(computer):
    stamp = computer.partition() / ".timestamp"
    return stamp.read_text() if stamp.exists() else ""


def _page(computer):
    return (computer.partition() / "srv" / "index.html").read_text().strip()


def _runs_of_passes(computer):
    """Return the processes that a node has started to work on a partition."""
    return [one for one in computer.shell.processes() if "SLAPOS_NODE_RUN" in one.environ()]
