"""What the master's storage takes: per request, at several sizes, one by one and eight at once.

    python benchmarks/storage.py [--sizes 100 10000] [--database-uri URI] [--requests 1000]

Rates include that every change is durable. `cpu` is this process's time per request when requests share one
commit: it does not depend on how busy the machine's disk is. With --database-uri an empty PostgreSQL database
takes the place of a new SQLite file (sizes are then measured one after the other in the same database).
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from durability import request

from slap_domain.model.addresses import NetworkAddress
from slap_domain.model.computer import ComputerDescription, PartitionDescription
from slap_domain.model.references import ComputerGuid, PartitionId
from slap_domain.ports.master_for_instances import PublishedConnection
from slap_domain.use_cases.master.whole_master import Conversations, Master
from slap_proxy.storage.opening import Storage, opened_storage
from slap_proxy.wall_clock import WallClock

CLIENTS = 8
Action = Callable[[int], object]


def description(guid: ComputerGuid, count: int) -> ComputerDescription:
    """Return a computer of so many partitions, each with two addresses."""
    addresses = (
        NetworkAddress(address="10.0.0.2", netmask="255.255.255.255"),
        NetworkAddress(address="2001:db8::2", netmask="ffff:ffff:ffff::"),
    )
    partitions = tuple(
        PartitionDescription(id=PartitionId(f"slappart{index}"), addresses=addresses)
        for index in range(count)
    )
    return ComputerDescription(guid=guid, partitions=partitions)


def one_by_one(action: Action, numbers: range) -> float:
    """Return actions per second of one client."""
    begun = time.perf_counter()
    for number in numbers:
        action(number)
    return len(numbers) / (time.perf_counter() - begun)


def at_once(action: Action, numbers: range) -> float:
    """Return actions per second of eight clients."""
    with ThreadPoolExecutor(CLIENTS) as clients:
        begun = time.perf_counter()
        list(clients.map(action, numbers))
        return len(numbers) / (time.perf_counter() - begun)


def cpu(storage: Storage, action: Action, numbers: range) -> float:
    """Return microseconds of processor time per action, all in one commit."""

    def work() -> float:
        begun = time.thread_time()
        for number in numbers:
            action(number)
        return time.thread_time() - begun

    return storage.registry.executor.submit(work).result() / len(numbers) * 1e6


def measure(storage: Storage, size: int, count: int) -> None:
    """Print every figure for a computer of that size."""
    master = Master(storage.registry, WallClock()).for_caller()
    guid = ComputerGuid(f"COMP-{size}")
    wide = size + 4 * count
    begun = time.perf_counter()
    master.hosts.describe(description(guid, wide))
    print(f"{size:>7} partitions busy, {wide} in all; described in {time.perf_counter() - begun:.3f} s")

    def new(number: int) -> object:
        return master.tenants.request(request(f"{size}-{number}", guid))

    storage.registry.executor.submit(lambda: [new(number) for number in range(size)]).result()
    spans = [range(size + part * count, size + (part + 1) * count) for part in range(3)]
    report("new requests", one_by_one(new, spans[0]), at_once(new, spans[1]), cpu(storage, new, spans[2]))
    again = range(count)
    report("repeated requests", one_by_one(new, again), at_once(new, again), cpu(storage, new, again))
    _measure_publishing(storage, master, guid, again)
    begun = time.perf_counter()
    found = master.nodes.assignment(guid)
    print(f"        assignment of {len(found.partitions)}: {(time.perf_counter() - begun) * 1000:.0f} ms")


def _measure_publishing(storage: Storage, master: Conversations, guid: ComputerGuid, numbers: range) -> None:
    def publisher(value: str) -> Action:
        def publish(number: int) -> object:
            partition = PartitionId(f"slappart{number}")
            return master.instances.publish(
                PublishedConnection(computer=guid, partition=partition, parameters={"url": value})
            )

        return publish

    one, many = one_by_one(publisher("a"), numbers), at_once(publisher("b"), numbers)
    report("connection parameters", one, many, cpu(storage, publisher("c"), numbers))


def report(name: str, one: float, many: float, micros: float) -> None:
    """Print one line."""
    print(f"        {name:<22} {one:>8.0f}/s alone {many:>8.0f}/s with eight {micros:>6.0f} us cpu")


def main() -> None:
    """Measure each size."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[100, 10_000])
    parser.add_argument("--requests", type=int, default=1000)
    parser.add_argument("--database-uri")
    arguments = parser.parse_args()
    for size in arguments.sizes:
        with tempfile.TemporaryDirectory() as directory:
            uri = arguments.database_uri or str(Path(directory) / "proxy.sqlite")
            with opened_storage(uri, lambda _: None) as storage:
                measure(storage, size, arguments.requests)


if __name__ == "__main__":
    main()
