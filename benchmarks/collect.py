"""CPU time of one `node collect` on a computer whose partitions run many processes.

    uv run python benchmarks/collect.py [processes] [runs]

It makes a temporary instance root with ten partitions and starts the processes in them; all of them end with
it. What is printed is CPU time of the collecting process alone, its children not counted (it has none).
"""

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

from slap_domain.model.configuration import parse_configuration
from slap_node.collect.assembly import collect_consumption
from slap_node.settings import node_settings

PARTITIONS = 10


def start(folder: Path) -> int:
    """Start a process that does nothing, in a partition; return its pid."""
    pid = os.fork()
    if pid == 0:
        os.chdir(folder)
        os.execvp("sleep", ["sleep", "600"])
    return pid


def measure(root: Path, runs: int) -> list[float]:
    """Return the CPU seconds of each run, the first one (which makes the database) included."""
    configuration = parse_configuration(
        "[slapos]\ncomputer_id = COMP-1\nmaster_url = http://127.0.0.1\nroot_check = false\n"
        f"software_root = {root}\ninstance_root = {root}\n",
        "benchmark",
    )
    spent = []
    for _ in range(runs):
        use_case = collect_consumption(configuration, node_settings(configuration), print)
        before = time.process_time()
        use_case.run()
        spent.append(time.process_time() - before)
    return spent


def main() -> None:
    """Measure, and print the figures."""
    processes, runs = (int(word) for word in (sys.argv[1:] + ["500", "5"][len(sys.argv) - 1 :])[:2])
    with tempfile.TemporaryDirectory() as name:
        root, pids = Path(name), []
        for number in range(PARTITIONS):
            (root / f"slappart{number}").mkdir()
        try:
            pids += [start(root / f"slappart{number % PARTITIONS}") for number in range(processes)]
            time.sleep(1)
            spent = measure(root, runs)
        finally:
            for pid in pids:
                os.kill(pid, 15)
                os.waitpid(pid, 0)
    print(f"{processes} processes, {runs} runs: median {statistics.median(spent) * 1000:.0f} ms CPU")
    print("each: " + ", ".join(f"{value * 1000:.0f}" for value in spent) + " ms")


if __name__ == "__main__":
    main()
