"""Locks that are names."""

import os
import signal
import subprocess
import sys

import pytest

from slap_domain.errors import AlreadyRunning, HostFailure
from slap_node.named_lock import named_lock

NAME = f"test-{os.getpid()}"
HOLDER = f"""
from slap_node.named_lock import named_lock
import signal
with named_lock({NAME!r}, "tests"):
    print("held", flush=True)
    signal.pause()
"""


def test_who_holds_it_keeps_others_away_until_killed():
    with subprocess.Popen([sys.executable, "-c", HOLDER], stdout=subprocess.PIPE) as holder:
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(AlreadyRunning, match="another process tests just now"), named_lock(NAME, "tests"):
            pass
        with named_lock(f"{NAME}-other", "tests"):
            holder.send_signal(signal.SIGKILL)
            holder.wait()
    with named_lock(NAME, "tests"):
        pass


def test_a_name_that_is_none_is_told():
    with pytest.raises(HostFailure, match="cannot make sure"), named_lock("x" * 200, "tests"):
        pass
