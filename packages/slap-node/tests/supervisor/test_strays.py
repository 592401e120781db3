import contextlib
import os
import pwd
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from slap_domain.model.partition import Program
from slap_domain.model.references import PartitionId
from slap_node.programs.group_marks import group_mark
from slap_node.programs.run_marks import new_mark
from slap_node.supervisor import strays

STRANGER = 54321


@pytest.fixture
def stray():
    """Return how to start a sleeper that nobody looks after; what still runs at the end is killed."""
    running = []

    def start(folder: Path, *, user: int | None = None, environment: dict[str, str] | None = None):
        started = subprocess.run(
            ["/bin/sh", "-c", "/bin/sleep 1000 >/dev/null & echo $!"],
            cwd=folder,
            env=environment or {},
            user=user,
            stdout=subprocess.PIPE,
            check=True,
        )
        running.append(psutil.Process(int(started.stdout)))
        return running[-1]

    yield start
    for process in running:
        if process.is_running():
            process.kill()


@contextlib.contextmanager
def another_node(folder: Path) -> Iterator[psutil.Process]:
    """Let another node run a program in a folder, which takes another session and empties its environment."""
    code = (
        "import sys; from pathlib import PurePosixPath as P;"
        "from slap_node.programs.processes import Command, run;"
        "run(Command(argv=('/bin/sh', '-c', 'env -i setsid /bin/sleep 1000 & echo $!; wait'),"
        f" directory=P({str(folder)!r})), lambda line: print(line, flush=True))"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as node:
        yield psutil.Process(int(node.stdout.readline()))
        node.kill()


def ended(process: psutil.Process) -> bool:
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        if not process.is_running() or process.status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.02)
    return False


def test_of_a_shared_owner_only_what_works_in_the_partition_ends(tmp_path, stray):
    partition, other = tmp_path / "slappart1", tmp_path / "slappart10"
    for folder in (partition / "srv", other):
        folder.mkdir(parents=True)
    within, deep, beside = stray(partition), stray(partition / "srv"), stray(other)
    pretending = stray(partition)
    mark = new_mark()
    resource.prlimit(pretending.pid, 10, (mark, mark))
    strays.end_strays(partition, 0)
    assert all(ended(process) for process in (within, deep, pretending))
    assert beside.is_running()


def test_what_a_node_runs_and_what_is_supervised_is_left_alone(tmp_path, stray):
    supervised = stray(tmp_path)
    with another_node(tmp_path) as run, subprocess.Popen(["/bin/sleep", "1000"], cwd=tmp_path) as own:
        strays.end_strays(tmp_path, supervised.pid)
        assert own.poll() is None
        assert run.is_running()
        own.kill()
    assert supervised.is_running()
    strays.end_strays(tmp_path / "nothing", 0)


def test_what_bears_the_mark_of_another_group_is_left_alone(tmp_path, stray):
    elsewhere = stray(Path("/"))
    mark = group_mark("unix:///sv.sock", "slappart0")
    resource.prlimit(elsewhere.pid, 10, (mark, mark))
    strays.end_strays(tmp_path, 0, frozenset({group_mark("unix:///sv.sock", "slappart1")}))
    strays.end_strays(tmp_path, 0, frozenset({group_mark("unix:///other.sock", "slappart0")}))
    assert elsewhere.is_running()
    strays.end_strays(tmp_path, 0, frozenset({mark}))
    assert ended(elsewhere)


@pytest.mark.root
@pytest.mark.skipif(os.geteuid() != 0, reason="becoming another user needs root")
def test_of_a_user_at_home_in_the_partition_everything_ends(tmp_path, stray, monkeypatch):
    os.chown(tmp_path, STRANGER, STRANGER)
    elsewhere, roots = stray(Path("/"), user=STRANGER), stray(tmp_path)
    strays.end_strays(tmp_path, 0)
    assert elsewhere.is_running()  # nobody knows that user, who may be at home anywhere
    entry = pwd.struct_passwd(("stranger", "x", STRANGER, STRANGER, "", str(tmp_path), "/bin/sh"))
    monkeypatch.setattr(strays.pwd, "getpwuid", {STRANGER: entry}.__getitem__)
    strays.end_strays(tmp_path, 0)
    assert ended(elsewhere)
    assert roots.is_running()


@pytest.mark.parametrize("hides_in", [".", "/"])
def test_a_service_that_forks_away_and_hides_ends_with_its_instance(node, hides_in):
    place = node.place("slappart0")
    hides = f"echo $$ > hidden; cd {hides_in}; exec /bin/sleep 1000 > /dev/null 2>&1 < /dev/null"
    node.script(
        "slappart0",
        "etc/service/forking",
        f"#!/bin/sh\nenv -i setsid /bin/sh -c '{hides}' &\nexec sleep 1000\n",
    )
    program = Program(name="forking", command=place.path / "etc/service/forking", watched=True)
    node.supervisor.ensure_running()
    node.supervisor.deploy(place, (program,))
    node.supervisor.start(place.id)
    pid_file = Path(place.path) / "hidden"
    node.wait(lambda: pid_file.exists() and pid_file.read_text().strip())
    hidden = psutil.Process(int(pid_file.read_text()))
    node.supervisor.stop(PartitionId("slappart0"))
    assert ended(hidden)
