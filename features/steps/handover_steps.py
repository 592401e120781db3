"""Steps about a machine that two nodes run in turn, on one software root and one instance root."""

import hashlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_bdd import given, then, when

OURS = Path(sys.executable).with_name("slapos")
COMPUTER = "handover"
PARTITION = "slappart0"
BUILDER = '''#!/usr/bin/python3
"""Leaves in the partition what the buildout of a release would."""
import pathlib

for name, text in {"etc/service/sleeper": "exec sleep 100000", "etc/promise/always": "echo fine"}.items():
    path = pathlib.Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        path.write_text(f"#!/bin/sh\\n{text}\\n")
        path.chmod(0o755)
with pathlib.Path(".builds").open("a") as log:
    log.write("built\\n")
'''


class Machine:
    """One computer's directories, and the master it belongs to."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.instances = folder / "instance"
        self.software = folder / "software"
        self.configuration = folder / "slapos.cfg"
        self.partition = self.instances / PARTITION
        self.release = str(folder / "release.cfg")
        self.release_folder = self.software / hashlib.md5(self.release.encode()).hexdigest()
        self.seen: tuple[int, str, float] | None = None
        self.master: subprocess.Popen[bytes] | None = None

    def configure(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        for folder in (self.instances, self.software):
            folder.mkdir()
        self.configuration.write_text(f"""
[slapos]
computer_id = {COMPUTER}
master_url = http://127.0.0.1:{port}/
software_root = {self.software}
instance_root = {self.instances}
pidfile = {self.folder}/node.pid
root_check = false
software_min_free_space = 1M
instance_min_free_space = 1M
[slapformat]
alter_user = false
alter_network = false
partition_base_name = slappart
user_base_name = slapuser
tap_base_name = slaptap
partition_amount = 2
interface_name = lo
ipv4_local_network = 127.0.0.0/16
computer_xml = {self.folder}/computer.xml
[slapproxy]
host = 127.0.0.1
port = {port}
database_uri = {self.folder}/master.sqlite
computer_id = {COMPUTER}
""")
        self.master = subprocess.Popen(
            [OURS, "proxy", "start", "--cfg", self.configuration],
            cwd=self.folder,
            stderr=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        _wait_for(lambda: _listens(port), "the master does not listen")

    def slapos(self, program: Path, *words: str, status: int = 0) -> None:
        done = subprocess.run(
            [program, *words, "--cfg", self.configuration],
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
            cwd=self.folder,
        )
        assert done.returncode == status, f"{words}: {done.returncode}\n{done.stdout}\n{done.stderr}"

    def own(self) -> None:
        """Give the roots to an ordinary user, as format does for root."""
        if os.geteuid() != 0:
            return
        nobody = pwd.getpwnam("nobody")
        for top in (self.instances, self.software):
            for path in (top, *top.rglob("*")):
                os.chown(path, nobody.pw_uid, nobody.pw_gid, follow_symlinks=False)

    def sleepers(self) -> list[int]:
        """Return the processes that run in the partition."""
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                if (process / "cwd").readlink() == self.partition:
                    found.append(int(process.name))
            except OSError:
                continue
        return found

    def look(self) -> tuple[int, str, float]:
        """Return the service's process, the builds of the partition, and when the release was completed."""
        _wait_for(lambda: len(self.sleepers()) == 1, "the service does not run once")
        builds = (self.partition / ".builds").read_text()
        return self.sleepers()[0], builds, (self.release_folder / ".completed").stat().st_mtime

    def end(self) -> None:
        pid_file = self.instances / "var" / "run" / "supervisord.pid"
        if pid_file.exists():
            _end(int(pid_file.read_text()))
        if self.master is not None:
            self.master.terminate()
            self.master.wait(20)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _wait_for(condition, complaint: str, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, complaint
        time.sleep(0.05)


def _end(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGTERM)
    except ProcessLookupError:
        return
    _wait_for(lambda: not Path(f"/proc/{pid}").exists(), f"process {pid} does not end", seconds=90)


@pytest.fixture
def taken_over() -> Iterator[Machine]:
    # Users of partitions must get in, and supervisor's socket needs a short path.
    machine = Machine(Path(tempfile.mkdtemp(prefix="handover-")))
    machine.folder.chmod(0o755)
    try:
        yield machine
    finally:
        machine.end()
        shutil.rmtree(machine.folder)


@given("a master, and a computer formatted for it")
def _(taken_over):
    taken_over.configure()
    taken_over.slapos(OURS, "node", "format", "--now")


@given("a release that is built already, with a service and a promise")
def _(taken_over):
    builder = taken_over.release_folder / "bin" / "buildout"
    builder.parent.mkdir(parents=True)
    builder.write_text(BUILDER)
    builder.chmod(0o755)
    for name in ("buildout.cfg", "instance.cfg"):
        (taken_over.release_folder / name).write_text("[buildout]\nparts =\n")
    (taken_over.release_folder / ".completed").write_text(time.asctime())
    Path(taken_over.release).write_text("[buildout]\nparts =\n")
    taken_over.slapos(OURS, "supply", taken_over.release, COMPUTER)
    taken_over.own()


@given("an instance of it is requested")
def _(taken_over):
    taken_over.slapos(OURS, "request", "one", taken_over.release)


@given("the existing node has deployed the instance")
def _(taken_over, existing_implementation):
    _run_existing_node(taken_over, existing_implementation)
    taken_over.seen = taken_over.look()


@given("our node has deployed the instance")
def _(taken_over):
    _run_our_node(taken_over)
    taken_over.seen = taken_over.look()


@when("our node runs over the same directories")
def _run_our_node(taken_over):
    taken_over.slapos(OURS, "node", "software")
    taken_over.slapos(OURS, "node", "instance", "--now")


@when("the existing node runs over the same directories")
def _run_existing_node(taken_over, existing_implementation):
    existing_implementation.require_node()
    taken_over.slapos(existing_implementation.slapos, "node", "software")
    taken_over.slapos(existing_implementation.slapos, "node", "instance", "--now")


@when("the instance is requested to stop")
def _(taken_over):
    taken_over.slapos(OURS, "request", "one", taken_over.release, "--state", "stopped")


@when("the instance is requested to be destroyed")
def _(taken_over):
    taken_over.slapos(OURS, "request", "one", taken_over.release, "--state", "destroyed")


@when("our node reports")
def _(taken_over):
    taken_over.slapos(OURS, "node", "report")


@then("the service has kept its process")
def _(taken_over):
    assert taken_over.look()[0] == taken_over.seen[0]


@then("neither the release nor the partition was built again")
def _(taken_over):
    assert taken_over.look()[1:] == taken_over.seen[1:]


@then("no process of the partition is left")
def _(taken_over):
    _wait_for(lambda: not taken_over.sleepers(), "the service still runs")


@then("the partition is free and its directory holds only what format wrote")
def _(taken_over):
    assert [path.name for path in taken_over.partition.iterdir()] == [".slapos-resource"]
