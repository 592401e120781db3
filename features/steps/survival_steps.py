"""Steps about a node that is killed or starved of room."""

import contextlib
import hashlib
import importlib
import os
import random
import shutil
import signal
import subprocess
import time
import warnings

import pytest
from features.worlds.command_line import eventually
from pytest_bdd import given, parsers, then, when

from slap_node.programs.run_marks import node_of

_SEED = 20261121
_CHANGES = 5
_FILES_OF_A_PART = 200
# What a pass imports: a fork of this process then wastes no time on it.
_IMPORTED = (
    "slap_cli.commands.node_instance",
    "slap_cli.reading",
    "slap_cli.main",
    "slap_cli.wiring.node",
    "slap_node.buildout.instance_builder",
    "slap_node.buildout.release_builder",
    "slap_node.buildout.shared_parts",
    "slap_node.buildout.warm_builders",
    "slap_node.promises.legacy_runs",
    "slap_node.promises.plugin_runs",
)


@when(parsers.parse("the node is killed at {kills:d} moments of passes that change {title}"))
def _(computer, title, kills):
    _import_passes()
    moments = random.Random(_SEED)
    length = _length_of_pass(computer)
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


@when(parsers.parse("the node is killed at {kills:d} moments of builds"))
def _(computer, kills):
    words = ["software", "--now", "--software-root", str(computer.shell.directory / "other")]
    release = computer.shell.directory / "other" / computer.release_directory().name
    release.parent.mkdir()

    def unbuild():
        # What looks built is built; what takes longest, its own Python, is left for the next build.
        if (release / ".completed").exists():
            for name in (".completed", ".installed.cfg", "instance.cfg"):
                (release / name).unlink()

    from_nothing = _length_of_pass(computer, *words)
    unbuild()
    again = _length_of_pass(computer, *words)
    shutil.rmtree(release)
    whole = kills // 5
    finished = _kill_at_moments(computer, whole, words, from_nothing, unbuild)
    finished += _kill_at_moments(computer, kills - whole, words, again, unbuild)
    assert finished < kills


@when(parsers.parse("the node is killed at {kills:d} moments of reports"))
def _(computer, kills):
    assert _kill_at_moments(computer, kills, ["report", "--now"], 1.0) < kills


@when(parsers.parse("the node is killed at {kills:d} moments of prunings"))
def _(computer, kills):
    used = _shared(computer) / "used" / "0123456789ab"

    def check():
        for part in _shared(computer).glob("part*/[!.]*"):
            assert len(list(part.rglob("file*"))) == _FILES_OF_A_PART, f"{part} looks whole"
        assert len(list(used.rglob("file*"))) == _FILES_OF_A_PART

    _kill_at_moments(computer, kills, ["prune"], 0.4, check)


@given(parsers.parse("web has left {count:d} files"))
def _(computer, count):
    folder = computer.partition() / "srv" / "left"
    folder.mkdir()
    for number in range(count):
        (folder / f"{number}").touch()


@given(parsers.parse("{count:d} shared parts that nothing uses, and one that a release uses"))
def _(computer, count):
    text = computer.configuration.read_text()
    text = text.replace("[slapos]\n", f"[slapos]\nshared_part_list = {_shared(computer)}\n")
    computer.configuration.write_text(text)
    for name in ("used", *(f"part{number}" for number in range(count))):
        signature = "0123456789ab" if name == "used" else hashlib.md5(name.encode()).hexdigest()
        for number in range(_FILES_OF_A_PART):
            file = _shared(computer) / name / signature / f"{number % 10}" / f"file{number}"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.touch()
    user = computer.partition(1) / "srv" / "slapos.cfg"
    inner = computer.shell.directory / "inner" / "software" / "release" / ".installed.cfg"
    for path, content in (
        (user, f"[slapos]\nsoftware_root = {inner.parent.parent}\n"),
        (inner, f"path = {_shared(computer)}/used/0123456789ab\n"),
    ):
        path.parent.mkdir(parents=True)
        path.write_text(content)


@then("the used shared part alone is left")
def _(computer):
    assert [path.name for path in _shared(computer).glob("*/*")] == ["0123456789ab"]


@then("its partition is as it was formatted")
def _(computer):
    assert [path.name for path in computer.partition().iterdir()] == [".slapos-resource"]


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


def _shared(computer):
    return computer.shell.directory / "shared"


def _kill_at_moments(computer, kills, words, length, check=lambda: None):
    """Kill a pass at so many moments; return how many had ended before."""
    _import_passes()
    moments = random.Random(_SEED)
    finished = 0
    for _kill in range(kills):
        pid = _forked_pass(computer, *words)
        time.sleep(moments.uniform(0, length))
        os.kill(pid, signal.SIGKILL)
        finished += _end_of(pid) == 0
        check()
    return finished


def _length_of_pass(computer, *words):
    began = time.monotonic()
    assert _end_of(_forked_pass(computer, *words)) == 0
    return time.monotonic() - began


def _import_passes():
    for name in _IMPORTED:
        importlib.import_module(name)


def _forked_pass(computer, *words):
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
        name, *options = words or ("instance", "--now")
        status = main(["node", name, "--cfg", str(computer.configuration), *options])
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
    return [one for one in computer.shell.processes() if node_of(one.pid)]
