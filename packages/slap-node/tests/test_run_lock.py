import contextlib
import os
import select
import subprocess
import sys
import threading
import time
from pathlib import PurePosixPath

import pytest

from slap_domain.errors import AlreadyRunning, HostFailure
from slap_node.run_lock import run_lock


@pytest.fixture
def pidfile(tmp_path) -> PurePosixPath:
    return PurePosixPath(tmp_path / "run" / "node.pid")


def test_the_file_holds_our_pid_while_the_run_lasts(pidfile, tmp_path):
    with run_lock(pidfile):
        assert (tmp_path / "run/node.pid").read_text() == f"{os.getpid()}\n"
    assert not (tmp_path / "run/node.pid").exists()
    with run_lock(pidfile):
        pass


def test_a_second_run_is_kept_away(pidfile):
    with (
        run_lock(pidfile),
        pytest.raises(AlreadyRunning, match=f"process {os.getpid()} holds"),
        run_lock(pidfile),
    ):
        pass
    with run_lock(pidfile):
        pass


def test_of_many_runs_that_start_at_once_one_goes_on(pidfile):
    inside, most, refused = [0], [0], [0]
    guard = threading.Lock()

    def attempt() -> None:
        for _ in range(100):
            try:
                with run_lock(pidfile):
                    with guard:
                        inside[0] += 1
                        most[0] = max(most[0], inside[0])
                    time.sleep(0)
                    with guard:
                        inside[0] -= 1
            except AlreadyRunning:
                refused[0] += 1

    threads = [threading.Thread(target=attempt) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1]
    assert refused[0] < 800


@contextlib.contextmanager
def another_run(pidfile, *arguments: str):
    """Run a process that holds the pid file."""
    code = f"""
import time
from pathlib import PurePosixPath
from slap_node.run_lock import run_lock
with run_lock(PurePosixPath({str(pidfile)!r})):
    print("locked", flush=True)
    time.sleep(1000)
"""
    command = [sys.executable, "-c", code, *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as run:
        try:
            assert run.stdout.readline() == "locked\n"
            yield run
        finally:
            run.kill()


def test_the_file_of_a_killed_run_keeps_nobody_away(pidfile, tmp_path):
    with another_run(pidfile) as run:
        with pytest.raises(AlreadyRunning, match=f"process {run.pid} holds") as caught, run_lock(pidfile):
            pass
        assert caught.value.hint.endswith("run the command again when it has ended")
    assert (tmp_path / "run/node.pid").exists()
    with run_lock(pidfile):
        pass


def test_what_a_killed_run_had_started_is_killed_first(pidfile, tmp_path):
    code = f"""
from pathlib import PurePosixPath
from slap_node.programs.processes import Command, run
from slap_node.run_lock import run_lock
with run_lock(PurePosixPath({str(pidfile)!r})):
    run(Command(argv=("sh", "-c", "echo $$; exec sleep 1000"), directory=PurePosixPath("/")), print)
"""
    with subprocess.Popen([sys.executable, "-u", "-c", code], stdout=subprocess.PIPE, text=True) as run:
        ended = os.pidfd_open(int(run.stdout.readline()))
        run.kill()
    try:
        with run_lock(pidfile):
            assert select.select([ended], [], [], 30)[0]
    finally:
        os.close(ended)


@contextlib.contextmanager
def another_program(tmp_path, name: str, *arguments: str):
    """Run a program of a name below a directory named slapos, whose pid is in the file."""
    script = tmp_path / "slapos" / "bin" / name
    script.parent.mkdir(parents=True)
    script.write_text("import time\nprint(flush=True)\ntime.sleep(1000)\n")
    (tmp_path / "run").mkdir()
    command = [sys.executable, "-u", str(script), *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as run:
        try:
            run.stdout.readline()
            (tmp_path / "run/node.pid").write_text(str(run.pid))
            yield run
        finally:
            run.kill()


def test_a_run_of_an_existing_node_is_respected(pidfile, tmp_path):
    """It writes its pid and locks nothing."""
    with another_program(tmp_path, "slapos", "node", "software") as run:
        with pytest.raises(AlreadyRunning, match=f"process {run.pid} holds"), run_lock(pidfile):
            pass
        # Its id would have been another's when a file as old as this was written.
        os.utime(tmp_path / "run/node.pid", (1_000_000_000, 1_000_000_000))
        with run_lock(pidfile):
            pass
    with run_lock(pidfile):
        pass


def test_whoever_meets_a_caretaker_is_told_that_it_does_the_same(pidfile, tmp_path):
    with another_program(tmp_path, "slapos", "standalone", "node") as run:
        with (
            pytest.raises(
                AlreadyRunning, match=f"process {run.pid}, which looks after a standalone"
            ) as caught,
            run_lock(pidfile),
        ):
            pass
        assert caught.value.hint.startswith("it makes this pass itself")


@pytest.mark.parametrize(
    ("argument", "is_one"),
    [("slap_cli.wiring.standalone_caretaker", True), ("/srv/standalone/bin/slapos", False)],
)
def test_a_caretaker_is_known_by_what_it_runs_and_not_by_where(pidfile, argument, is_one):
    with another_run(pidfile, argument), pytest.raises(AlreadyRunning) as caught, run_lock(pidfile):
        pass
    assert ("looks after a standalone directory" in caught.value.message) is is_one


@pytest.mark.parametrize(
    "words", [("slapos", "proxy", "start"), ("server", "/opt/slapos/slapos", "node"), ("slapos-watchdog",)]
)
def test_a_pid_that_is_a_program_near_slapos_keeps_nobody_away(pidfile, tmp_path, words):
    with another_program(tmp_path, *words), run_lock(pidfile):
        pass


def test_a_pid_that_is_somebody_elses_now_keeps_nobody_away(pidfile, tmp_path):
    (tmp_path / "run").mkdir()
    for text in ("1", "no pid", "999999999"):
        (tmp_path / "run/node.pid").write_text(text)
        with run_lock(pidfile):
            pass


def test_a_place_that_cannot_be_written_is_a_failure_of_the_host(tmp_path):
    (tmp_path / "file").touch()
    with (
        pytest.raises(HostFailure, match="cannot write the pid file"),
        run_lock(PurePosixPath(tmp_path / "file/x")),
    ):
        pass


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_whoever_may_not_write_is_told_whose_it_is(tmp_path):
    folder = tmp_path / "closed"
    folder.mkdir(mode=0o500)
    with (
        pytest.raises(HostFailure, match="cannot write the pid file") as caught,
        run_lock(PurePosixPath(folder / "x/y.pid")),
    ):
        pass
    assert caught.value.hint.startswith(f"{folder} belongs to ")
