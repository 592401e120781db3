"""The figures of processes, compared with what psutil tells of the same ones."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePosixPath

import psutil
import pytest

from slap_domain.model.consumption.figures import Owner
from slap_node.collect.process_table import Measuring, process_figures

MEMORY = 2**33
_WORK = """
import pathlib, sys, threading
threading.Thread(target=threading.Event().wait, daemon=True).start()
pathlib.Path("written").write_bytes(b"x" * 1_000_000)
sum(range(3_000_000))
print(flush=True)
sys.stdin.read()
"""


@pytest.fixture
def worker(tmp_path):
    """Start a process that did something and waits now, of a program whose name is hard to read."""

    python = tmp_path / "c) S 2 ("
    python.symlink_to(Path(sys.executable).resolve())
    process = subprocess.Popen(
        [python, "-c", _WORK], cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    process.stdout.readline()
    yield process
    process.stdin.close()
    process.stdout.close()
    process.wait()


def owner(path, name="slappart0"):
    return Owner(name=name, partition=name, uid=os.getuid(), path=PurePosixPath(path))


def measured(*owners, cpu_times=None, moment=None):
    measuring = Measuring(
        owners=owners, cpu_times=cpu_times or {}, moment=moment or datetime.now(UTC), memory_size=MEMORY
    )
    return {figures.pid: figures for figures in process_figures(measuring)}


def test_the_figures_are_those_of_psutil(worker, tmp_path):
    # Of two partitions of one user, the one it works in.
    figures = measured(owner("/nonexistent", "other"), owner(tmp_path))[worker.pid]
    same = psutil.Process(worker.pid)
    times, io = same.cpu_times(), same.io_counters()
    assert figures.owner == "slappart0"
    assert figures.process == f"{worker.pid}-{same.create_time()}"
    assert figures.cpu_time == pytest.approx(times.user + times.system)
    assert figures.threads == same.num_threads() == 2
    assert figures.memory_rss == pytest.approx(same.memory_info().rss, rel=0.2)
    assert figures.memory_percent == pytest.approx(100 * figures.memory_rss / MEMORY)
    assert figures.io_bytes == io.read_bytes + io.write_bytes
    assert figures.io_calls == io.read_count + io.write_count
    assert figures.io_calls > 0


def test_a_percentage_is_of_the_time_since_it_was_last_measured(worker, tmp_path):
    now = datetime.now(UTC)
    known = measured(owner(tmp_path), owner("/nonexistent"), moment=now)[worker.pid]
    before = {known.process: (now - timedelta(seconds=10), known.cpu_time - 2.0)}
    figures = measured(owner(tmp_path), owner("/nonexistent"), cpu_times=before, moment=now)[worker.pid]
    assert figures.cpu_percent == pytest.approx(20.0, abs=1.0)


def test_a_user_of_its_own_tells_whose_a_process_is(worker):
    assert worker.pid in measured(owner("/nonexistent"))
    assert worker.pid not in measured(owner("/nonexistent"), owner("/nonexistent2", "two"))


def test_a_directory_that_begins_alike_is_another(worker, tmp_path):
    assert worker.pid not in measured(owner(str(tmp_path)[:-1]), owner("/nonexistent"))
