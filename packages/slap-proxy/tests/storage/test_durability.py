"""What was acknowledged survives SIGKILL; the same script runs a hundred rounds as a benchmark."""

import re
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[4] / "benchmarks" / "durability.py"


def test_what_was_acknowledged_survives_a_kill():
    command = [sys.executable, str(SCRIPT), "--rounds", "3", "--seed", "7", "--partitions", "20000"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    told = re.fullmatch(r"3 rounds: (\d+) acknowledged, (\d+) found, none lost\n", done.stdout)
    assert told is not None
    assert 0 < int(told[1]) <= int(told[2])
