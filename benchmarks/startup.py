"""What the processor does for `slapos --version`, help and completion, against a bare `python -c pass`."""

import os
import statistics
import subprocess
import sys
from pathlib import Path

RUNS = 20
LIMIT = 4.0
SLAPOS = Path(sys.executable).with_name("slapos")
BARE = "python -c pass"
COMMANDS: dict[str, list[str | Path]] = {
    BARE: [sys.executable, "-c", "pass"],
    "slapos --version": [SLAPOS, "--version"],
    "slapos --help": [SLAPOS, "--help"],
    "slapos request --help": [SLAPOS, "request", "--help"],
    "slapos help node instance": [SLAPOS, "help", "node", "instance"],
    "slapos complete": [SLAPOS, "complete"],
}


def milliseconds(command: list[str | Path]) -> float:
    """Return how long the processor worked, which other work on the machine does not change much."""
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return (used.ru_utime + used.ru_stime) * 1000


def main() -> int:
    taken: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(RUNS):
        # In turns, so that whatever else the machine does falls on all of them alike.
        for name, command in COMMANDS.items():
            taken[name].append(milliseconds(command))
    bare = statistics.median(taken[BARE])
    ratios = {name: statistics.median(times) / bare for name, times in taken.items()}
    for name, ratio in ratios.items():
        print(f"{name:26} {bare * ratio:6.1f} ms  {ratio:4.1f} times a bare interpreter")
    print(f"the limit is {LIMIT:.0f} times")
    return 0 if max(ratios.values()) <= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
