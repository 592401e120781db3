import contextlib
import os
import signal
import subprocess
import sys

import pytest

from slap_cli.standalone.directory_lock import end_holder, locked
from slap_domain.errors import AlreadyRunning, HostFailure

HOLD = """
import sys, time
from pathlib import Path
from slap_cli.standalone.directory_lock import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""
IGNORE = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"


@contextlib.contextmanager
def holder(path, program=HOLD):
    process = subprocess.Popen([sys.executable, "-c", program, path], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout.readline() == "held\n"
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_a_second_holder_is_refused_and_told_of_the_first(tmp_path):
    with (
        holder(tmp_path / "lock") as process,
        pytest.raises(AlreadyRunning, match=f"in use by process {process.pid}"),
        locked(tmp_path / "lock"),
    ):
        pass


def test_the_lock_is_free_after_its_holder_was_killed(tmp_path):
    with holder(tmp_path / "lock") as process:
        process.kill()
        process.wait()
        with locked(tmp_path / "lock"):
            assert (tmp_path / "lock").read_text() == str(os.getpid())


def test_a_lock_can_be_taken_again(tmp_path):
    for _ in range(2):
        with locked(tmp_path / "lock"):
            pass


def test_the_holder_is_asked_to_end(tmp_path):
    with holder(tmp_path / "lock") as process:
        assert end_holder(tmp_path / "lock", 20)
        assert process.wait(20) == -signal.SIGTERM


def test_a_holder_that_does_not_end_is_told(tmp_path):
    with holder(tmp_path / "lock", IGNORE + HOLD), pytest.raises(HostFailure, match="does not end"):
        end_holder(tmp_path / "lock", 0.2)


def test_without_a_holder_nothing_is_to_be_done(tmp_path):
    assert not end_holder(tmp_path / "lock", 1)
    with locked(tmp_path / "lock"):
        pass
    assert not end_holder(tmp_path / "lock", 1)


def test_a_lock_in_a_missing_directory_is_refused(tmp_path):
    with pytest.raises(HostFailure, match="cannot be used"), locked(tmp_path / "missing" / "lock"):
        pass
