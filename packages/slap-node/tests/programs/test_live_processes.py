import os
import subprocess
from pathlib import Path

import psutil
import pytest

from slap_node.programs import live_processes as live


@pytest.fixture
def odd(tmp_path):
    """Return a process whose name, and one of whose variables, look like something else."""
    script = tmp_path / "a) S 1 (b"
    script.write_text("#!/bin/sh\nread line\n")
    script.chmod(0o755)
    with subprocess.Popen(
        [str(script), "", "x y"],
        cwd=tmp_path,
        env={"A": "b=c", "E": ""},
        stdin=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        while live.words_of(process.pid)[:1] != ("/bin/sh",):
            assert process.poll() is None
        yield process
        process.kill()


def test_a_process_is_told_of_whatever_it_is_called(odd, tmp_path):
    assert odd.pid in set(live.all_pids())
    assert live.user_of(odd.pid) == os.geteuid()
    assert live.words_of(odd.pid) == ("/bin/sh", str(tmp_path / "a) S 1 (b"), "", "x y")
    assert live.environment_of(odd.pid).items() >= {"A": "b=c", "E": ""}.items()
    assert live.directory_of(odd.pid) == tmp_path
    assert not live.has_terminal(odd.pid)
    assert live.line_of(odd.pid)[:2] == (odd.pid, os.getpid())
    assert int(live.start_of(odd.pid)) >= int(live.start_of(os.getpid()))
    assert abs(live.time_of_start(odd.pid) - psutil.Process(odd.pid).create_time()) < 1.5


def test_of_a_process_that_has_ended_nothing_is_told(odd):
    odd.kill()
    odd.wait()
    assert not Path(f"/proc/{odd.pid}").exists()
    assert (live.user_of(odd.pid), live.words_of(odd.pid), live.environment_of(odd.pid)) == (None, (), {})
    assert (live.directory_of(odd.pid), live.start_of(odd.pid), live.line_of(odd.pid)) == (None, "", ())
    assert not live.has_terminal(odd.pid)
    assert live.time_of_start(odd.pid) is None
