"""How long `slapos --version` takes, against a bare `python -c pass` of the same interpreter."""

import statistics
import subprocess
import sys
import time
from pathlib import Path

RUNS = 40
LIMIT = 4.0
SLAPOS = Path(sys.executable).with_name("slapos")
COMMANDS: dict[str, list[str | Path]] = {
    "python -c pass": [sys.executable, "-c", "pass"],
    "slapos --version": [SLAPOS, "--version"],
    "slapos --help": [SLAPOS, "--help"],
}


def milliseconds(command: list[str | Path]) -> float:
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return (time.perf_counter() - began) * 1000


def main() -> int:
    taken: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(RUNS):
        # In turns, so that whatever else the machine does falls on all of them alike.
        for name, command in COMMANDS.items():
            taken[name].append(milliseconds(command))
    bare = statistics.median(taken["python -c pass"])
    for name, times in taken.items():
        median = statistics.median(times)
        print(f"{name:20} {median:6.1f} ms  {median / bare:4.1f} times a bare interpreter")
    ratio = statistics.median(taken["slapos --version"]) / bare
    print(f"slapos --version takes {ratio:.1f} times a bare interpreter; the limit is {LIMIT:.0f}")
    return 0 if ratio <= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
