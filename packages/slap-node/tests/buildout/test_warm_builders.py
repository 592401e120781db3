import socket
import subprocess
import threading
from pathlib import PurePosixPath

import pytest

from slap_node.buildout.warm_builders import WarmBuilders
from slap_node.programs import fork_server
from slap_node.programs.processes import Command

RELEASE = PurePosixPath("/srv/release")
COMMAND = Command(argv=("python", "/srv/release/bin/buildout"), directory=PurePosixPath("/"))


@pytest.fixture
def stuck(monkeypatch):
    """Builders whose warm process takes requests and never does anything about them."""
    monkeypatch.setattr(fork_server, "_LEAVE_TIME", 0.1)
    builders = WarmBuilders()
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    process = subprocess.Popen(["/bin/sleep", "1000"])
    builders._servers[RELEASE] = fork_server.ForkServer(process, ours)
    yield builders
    builders.close()
    theirs.close()
    process.kill()
    process.wait()


def test_a_stuck_warm_process_is_given_up(stuck, monkeypatch):
    monkeypatch.setattr(fork_server, "_FORK_TIME", 0.1)
    process = stuck._servers[RELEASE]._process
    assert stuck.run(RELEASE, COMMAND, print, threading.Event()) is None
    assert process.poll() is not None


def test_who_waits_for_a_stuck_warm_process_can_be_cancelled(stuck):
    cancel = threading.Event()
    cancel.set()
    finished = stuck.run(RELEASE, COMMAND, print, cancel)
    assert finished is not None
    assert finished.cancelled
