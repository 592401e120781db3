import importlib
import json
import os
import select
import signal
import socket
import sys
import threading

import pytest

# After some tests setuptools refuses to be imported in a thread: so it is before all.
import zc.buildout.easy_install  # noqa: F401

from slap_domain.errors import HostFailure
from slap_node.buildout import warm_process
from slap_node.programs import fork_server, run_keeper

# Here, and only here, it forks beside other threads.
pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")

RUNNER = """
import os
import zc.buildout.easy_install

def mend(release):
    print("mending", release, os.getcwd(), os.environ, sorted(os.listdir("/proc/self/fd"))[:4], flush=True)
    if "slow" in os.environ:
        import time
        time.sleep(1000)
    raise SystemExit(7) if "exit" in os.environ else LookupError("nothing to mend")
"""


@pytest.fixture
def control(tmp_path, monkeypatch):
    """The node's end of a warm process that runs in a thread, with a runner that does nothing useful."""
    monkeypatch.setattr(sys, "executable", sys.executable)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.delitem(sys.modules, "slap_buildout_runner", raising=False)
    runner = tmp_path / "runner.py"
    runner.write_text(RUNNER)
    settings = {
        "executable": "/nowhere/python",
        "trusted": [],
        "runner": str(runner),
        "keeper": run_keeper.__file__,
        "release": "/release",
        "libraries": str(tmp_path),
    }
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    thread = threading.Thread(
        target=warm_process.main, args=(str(theirs.detach()), json.dumps(settings)), daemon=True
    )
    thread.start()
    ours.settimeout(60)  # a thread that fails before says nothing
    assert ours.recv(16) == b"ready"
    ours.settimeout(None)
    assert sys.executable == "/nowhere/python"
    yield ours
    ours.close()
    thread.join(10)
    assert not thread.is_alive()
    sys.modules.pop("slap_buildout_runner", None)


@pytest.fixture
def ask(control, tmp_path):
    """Return how to send a request; its program is let go of at the end."""
    server = fork_server.ForkServer(None, control)
    asked = []

    def fork(environment: dict[str, str]):
        request = {
            "argv": ["buildout"],
            "directory": str(tmp_path),
            "environment": environment,
            "umask": 0o027,
            "prefix": "/prefix",
            "lasting": False,
            "mark": 0,
            "account": None,
        }
        asked.append(server.fork(request))
        return asked[-1]

    yield fork
    for program in asked:
        program.close()


def text(program) -> str:
    with os.fdopen(os.dup(program.streams[0])) as file:
        return file.read()


def test_each_request_is_a_process_of_its_own_that_tells_its_end(ask, tmp_path):
    programs = ask({"NAME": "one"}), ask({"NAME": "two", "exit": "1"})

    outputs = [text(program) for program in programs]

    assert f"mending /release {tmp_path}" in outputs[0]
    assert "'NAME': 'one'" in outputs[0]
    assert "HOME" not in outputs[0]
    assert "LookupError: nothing to mend" in outputs[0]
    assert "'NAME': 'two'" in outputs[1]
    assert [program.wait() for program in programs] == [1, 1]


def test_what_runs_ends_when_the_node_wishes_it(ask):
    program = ask({"slow": "1"})
    assert os.read(program.streams[0], 10) == b"mending /r"
    program.end()
    assert program.wait() == -signal.SIGKILL
    text(program)


def test_what_runs_does_not_end_with_the_process_that_forked_it(ask, control):
    program = ask({"slow": "1"})
    assert os.read(program.streams[0], 10) == b"mending /r"
    control.close()
    assert not select.select([program.ended], [], [], 0.5)[0]
    program.end()
    assert program.wait() == -signal.SIGKILL


def test_a_request_that_makes_no_sense_ends_its_child_alone(ask, control):
    running = ask({"slow": "1"})
    with pytest.raises(HostFailure):
        fork_server.ForkServer(None, control).fork({"no": "sense"})
    assert not select.select([running.ended], [], [], 0)[0]
    assert ask({"exit": "1"}).wait() == 1


def test_what_is_rarely_used_is_imported_when_it_is_called(monkeypatch):
    monkeypatch.setattr(warm_process, "_RARELY_USED", ("colorsys", "json"))
    monkeypatch.delitem(sys.modules, "colorsys", raising=False)
    with warm_process._rarely_used_imported_later():
        color = importlib.import_module("colorsys")
        assert sys.modules["json"] is json
    assert "colorsys" not in sys.modules
    assert color.hls_to_rgb(0.0, 1.0, s=0.0) == (1.0, 1.0, 1.0)
    assert "colorsys" in sys.modules
