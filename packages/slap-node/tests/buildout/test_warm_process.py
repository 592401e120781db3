import json
import os
import signal
import socket
import sys
import threading
import time

import pytest

from slap_node.buildout import warm_process

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
        "release": "/release",
        "libraries": str(tmp_path),
    }
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    thread = threading.Thread(
        target=warm_process.main, args=(str(theirs.detach()), json.dumps(settings)), daemon=True
    )
    thread.start()
    assert ours.recv(16) == b"ready"
    assert sys.executable == "/nowhere/python"
    yield ours
    ours.close()
    thread.join(10)
    assert not thread.is_alive()
    sys.modules.pop("slap_buildout_runner", None)


def ask(control: socket.socket, tmp_path, environment: dict[str, str]) -> tuple[int, int]:
    """Send a request; return where its output and its status come from."""
    output_read, output_write = os.pipe()
    status_read, status_write = os.pipe()
    request = {
        "argv": ["buildout"],
        "directory": str(tmp_path),
        "environment": environment,
        "umask": 0o027,
        "prefix": "/prefix",
        "account": None,
    }
    socket.send_fds(control, [json.dumps(request).encode()], [output_write, status_write])
    os.close(output_write)
    os.close(status_write)
    return output_read, status_read


def text(descriptor: int) -> str:
    with os.fdopen(descriptor) as file:
        return file.read()


def test_each_request_is_a_process_of_its_own_that_tells_its_end(control, tmp_path):
    first, second = (
        ask(control, tmp_path, {"NAME": "one"}),
        ask(control, tmp_path, {"NAME": "two", "exit": "1"}),
    )

    outputs, statuses = (
        [text(output) for output, _ in (first, second)],
        [text(end) for _, end in (first, second)],
    )

    assert f"mending /release {tmp_path}" in outputs[0]
    assert "'NAME': 'one'" in outputs[0]
    assert "HOME" not in outputs[0]
    assert "LookupError: nothing to mend" in outputs[0]
    assert "'NAME': 'two'" in outputs[1]
    pids = [status.split()[0] for status in statuses]
    assert len(set(pids)) == 2
    assert [status.split()[1] for status in statuses] == ["1", "1"]


def test_a_killed_child_tells_its_signal(control, tmp_path):
    output, end = ask(control, tmp_path, {"slow": "1"})
    with os.fdopen(end) as status:
        pid = int(status.readline())
        assert os.read(output, 10) == b"mending /r"
        os.kill(pid, signal.SIGKILL)
        assert status.readline() == f"{-signal.SIGKILL}\n"
    os.close(output)


def test_what_runs_ends_with_the_node(control, tmp_path):
    output, end = ask(control, tmp_path, {"slow": "1"})
    with os.fdopen(end) as status:
        status.readline()
        assert os.read(output, 10) == b"mending /r"
        control.close()
        began = time.monotonic()
        assert status.read() == ""
    text(output)
    assert time.monotonic() - began < 10


def test_a_request_that_makes_no_sense_ends_its_child_alone(control, tmp_path):
    _, running = ask(control, tmp_path, {"slow": "1"})
    pid = int(os.read(running, 32))
    output_read, output_write = os.pipe()
    status_read, status_write = os.pipe()
    socket.send_fds(control, [b"{"], [output_write, status_write])
    os.close(output_write)
    os.close(status_write)
    os.close(output_read)
    assert text(status_read).split()[1] == "1"
    os.kill(pid, 0)
    os.kill(pid, signal.SIGKILL)
    assert text(running) == "-9\n"
