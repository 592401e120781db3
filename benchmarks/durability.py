"""Kill a master's storage with SIGKILL while eight writers are at it, and look for what was acknowledged.

    python benchmarks/durability.py --rounds 100 --seed 1

Each round starts a process that requests instances from eight threads and writes the title of each to its
output only after the answer came; kills it at a random moment; then opens the database again, checks its
integrity, and looks for every title. Rounds continue on the same database, so that recovery itself is
interrupted as well.
"""

import argparse
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import closing
from pathlib import Path

from slap_domain.model.addresses import NetworkAddress
from slap_domain.model.computer import ComputerDescription, PartitionDescription
from slap_domain.model.instance import InstanceRequest
from slap_domain.model.references import InstanceTitle, PartitionId, SoftwareUrl, computer_guid
from slap_domain.use_cases.master.whole_master import Conversations, Master
from slap_proxy.storage.opening import opened_storage
from slap_proxy.wall_clock import WallClock

COMPUTER = computer_guid("COMP-1")
WRITERS = 8
PARTITIONS = 200_000
LONGEST = 0.6


def describe(master: Conversations, count: int) -> None:
    """Give the computer that many partitions."""
    partitions = tuple(
        PartitionDescription(
            id=PartitionId(f"slappart{index}"),
            addresses=(NetworkAddress(address="10.0.0.2", netmask="255.255.255.255"),),
        )
        for index in range(count)
    )
    master.hosts.describe(ComputerDescription(guid=COMPUTER, partitions=partitions))


def request(title: str, computer: str = COMPUTER) -> InstanceRequest:
    """Return a request whose parameters tell its title again."""
    return InstanceRequest(
        title=InstanceTitle(title),
        release=SoftwareUrl("https://example.com/"),
        parameters={"title": title},
        filters={"computer_guid": computer},
    )


def write(path: str, label: str) -> None:
    """Request instances from all threads until killed, telling each that was acknowledged."""
    with opened_storage(path, lambda _: None) as storage:
        tenants = Master(storage.registry, WallClock()).for_caller().tenants

        def work(writer: int) -> None:
            number = 0
            while True:
                title = f"{label}-{writer}-{number}"
                tenants.request(request(title))
                os.write(1, f"{title}\n".encode())
                number += 1

        threads = [threading.Thread(target=work, args=(writer,)) for writer in range(WRITERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


def run_until_killed(path: Path, label: str, seconds: float) -> list[str]:
    """Return the titles that a killed writer had acknowledged."""
    command = [sys.executable, __file__, "--write", str(path), "--label", label]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        time.sleep(seconds)
        process.send_signal(signal.SIGKILL)
        rest = process.stdout.read()
    whole = (first + rest).decode().split("\n")
    return whole[:-1]  # what follows the last newline was cut off by the kill


def judge(path: Path, acknowledged: list[str]) -> int:
    """Return how many instances there are; every acknowledged one must be.

    Raises:
        AssertionError: something was lost, or the file is damaged.
    """
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        rows = connection.execute("SELECT title, partition, parameters FROM instance").fetchall()
        busy = connection.execute("SELECT count(*) FROM partition WHERE busy = 1").fetchone()[0]
    told = {title: parameters for title, _, parameters in rows}
    lost = [title for title in acknowledged if told.get(title) != f'{{"title": "{title}"}}']
    assert not lost, f"lost: {lost[:5]}"
    assert len({partition for _, partition, _ in rows}) == len(rows) == busy
    return len(rows)


def main() -> None:
    """Run the rounds and say how they ended."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--partitions", type=int, default=PARTITIONS)
    parser.add_argument("--write", help=argparse.SUPPRESS)
    parser.add_argument("--label", default="", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.write:
        write(arguments.write, arguments.label)
        return
    chance = random.Random(arguments.seed)
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "proxy.sqlite"
        with opened_storage(str(path), lambda _: None) as storage:
            describe(Master(storage.registry, WallClock()).for_caller(), arguments.partitions)
        acknowledged: list[str] = []
        for number in range(arguments.rounds):
            acknowledged += run_until_killed(path, str(number), chance.uniform(0.0, LONGEST))
            found = judge(path, acknowledged)
        print(f"{arguments.rounds} rounds: {len(acknowledged)} acknowledged, {found} found, none lost")


if __name__ == "__main__":
    main()
