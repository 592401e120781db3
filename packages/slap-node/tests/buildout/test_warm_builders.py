import os
import socket
import threading
from pathlib import PurePosixPath

import pytest

from slap_node.buildout import warm_builders
from slap_node.buildout.warm_builders import WarmBuilders
from slap_node.programs.processes import Command, start

RELEASE = PurePosixPath("/srv/release")
COMMAND = Command(argv=("python", "/srv/release/bin/buildout"), directory=PurePosixPath("/"))


@pytest.fixture
def stuck():
    """Builders whose warm process takes requests and never does anything about them."""
    builders = WarmBuilders()
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    process = start(Command(argv=("/bin/sleep", "1000"), directory=PurePosixPath("/")))
    builders._processes[RELEASE] = warm_builders._WarmProcess(process=process, control=ours)
    yield builders
    builders.close()
    theirs.close()
    process.kill()


def test_a_stuck_warm_process_is_given_up(stuck, monkeypatch):
    monkeypatch.setattr(warm_builders, "_FORK_TIME", 0.1)
    monkeypatch.setattr(warm_builders, "_END_TIME", 0.1)
    process = stuck._processes[RELEASE].process
    assert stuck.run(RELEASE, COMMAND, print, threading.Event()) is None
    assert process.ended()


def test_who_waits_for_a_stuck_warm_process_can_be_cancelled(stuck, monkeypatch):
    monkeypatch.setattr(warm_builders, "_END_TIME", 0.1)
    cancel = threading.Event()
    cancel.set()
    finished = stuck.run(RELEASE, COMMAND, print, cancel)
    assert finished is not None
    assert finished.cancelled


def test_half_a_line_is_not_waited_for_without_end():
    reader, writer = os.pipe()
    try:
        os.write(writer, b"12")
        assert warm_builders._line(reader, 0.1) == ""
        os.write(writer, b"34\n")
        assert warm_builders._line(reader, 10) == "34"
    finally:
        os.close(reader)
        os.close(writer)
