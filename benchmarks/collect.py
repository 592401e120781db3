"""CPU time of one `node collect` on a computer whose partitions run many processes.

    uv run python benchmarks/collect.py [processes] [runs]

It makes a temporary instance root with ten partitions and starts the processes in them; all of them end with
it. What is printed is the CPU time of the whole command, user's and system's, and of what it does alone, its
start and imports left out. The first run of each also makes the database.
"""

import os
import resource
import statistics
import subprocess
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


def configure(root: Path) -> Path:
    """Write the configuration of the node; return its path."""
    path = root / "slapos.cfg"
    path.write_text(
        "[slapos]\ncomputer_id = COMP-1\nmaster_url = http://127.0.0.1\nroot_check = false\n"
        f"single_user = true\nsoftware_root = {root}\ninstance_root = {root}\n"
    )
    return path


def measure_work(path: Path, runs: int) -> list[float]:
    """Return the CPU seconds of each run within this process."""
    configuration = parse_configuration(path.read_text(), str(path))
    spent = []
    for _ in range(runs):
        use_case = collect_consumption(configuration, node_settings(configuration), print)
        before = time.process_time()
        use_case.run()
        spent.append(time.process_time() - before)
    return spent


def measure_command(path: Path, runs: int) -> list[float]:
    """Return the CPU seconds of each run as a command of its own."""
    command = [Path(sys.executable).with_name("slapos"), "node", "collect", "--cfg", path]
    spent = []
    for _ in range(runs):
        before = _of_children()
        subprocess.run(command, check=True, capture_output=True)
        spent.append(_of_children() - before)
    return spent


def _of_children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


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
            path = configure(root)
            measured = {"command": measure_command(path, runs), "work": measure_work(path, runs)}
        finally:
            for pid in pids:
                os.kill(pid, 15)
                os.waitpid(pid, 0)
    print(f"{processes} processes, {runs} runs, ms of CPU")
    for what, spent in measured.items():
        each = ", ".join(f"{value * 1000:.0f}" for value in spent)
        print(f"{what:<8} median {statistics.median(spent) * 1000:.0f} (each: {each})")


if __name__ == "__main__":
    main()
