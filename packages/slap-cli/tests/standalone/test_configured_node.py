import os
import select
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from slap_cli.configuration import read_configuration
from slap_cli.standalone.configuration_files import configuration_files
from slap_cli.standalone.place import Place
from slap_cli.standalone.record import Record
from slap_cli.wiring.standalone_node import ConfiguredNode, Connections, Unwatched
from slap_domain.errors import AlreadyRunning
from slap_node.run_lock import run_lock
from slap_node.settings import node_settings


@pytest.fixture
def node(tmp_path):
    place = Place(directory=tmp_path / "place")
    place.prepare()
    for path, text in configuration_files(place, Record(port=1)).items():
        path.write_text(text)
    with Connections() as connections:
        yield ConfiguredNode(place.node_configuration, Unwatched(), connections, threading.Event())


@pytest.fixture
def pidfile(node, tmp_path):
    settings = node_settings(read_configuration(tmp_path / "place" / "slapos.cfg"), {})
    return settings.pidfiles["software"]


KILLED_AT_WORK = """
import os, signal, sys
from pathlib import PurePosixPath
from slap_node.programs.processes import Command, run
from slap_node.run_lock import run_lock

with run_lock(PurePosixPath(sys.argv[1])):
    work = Command(argv=("/bin/sh", "-c", "echo $$; exec sleep 600"), directory=PurePosixPath("/"))
    def kill(line):
        print(line, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
    run(work, kill)
"""


def test_what_a_killed_run_left_at_work_ends_with_a_stop(node, pidfile):
    killed = subprocess.run(
        [sys.executable, "-c", KILLED_AT_WORK, str(pidfile)], stdout=subprocess.PIPE, text=True, check=False
    )
    left = os.pidfd_open(int(killed.stdout))
    try:
        node.stop()
        assert select.select([left], [], [], 10)[0]
    finally:
        os.close(left)
    assert not Path(pidfile).exists()


def test_a_run_that_goes_on_is_left_alone(node, pidfile):
    with run_lock(pidfile), pytest.raises(AlreadyRunning):
        node.stop()
