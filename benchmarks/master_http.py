"""The master's HTTP API beside the existing proxy, in one run: rates, latencies and ratios.

    python benchmarks/master_http.py [--partitions 1000] [--large 10000] [--peer ENVIRONMENT] [--no-peer-busy]

Both are started on loopback with a database in a temporary directory, one after the other, and get the same
requests. Without --peer the existing proxy is installed by pip into a virtual environment of its own, which
is removed at the end. With it, the existing proxy too makes all partitions of the large computer busy. Only
the ratios mean anything on a shared machine.
"""

import argparse
import socket
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from closed_loop import Round, closed_loop, get, once, post
from master_processes import (
    COMPUTER,
    Command,
    our_command,
    peer_command,
    processor_seconds,
    resident,
    running,
)
from peer_environment import add_peer, peer_environment

from slap_http_adapter.wire.marshal import dumps

RELEASE = "https://example.com/software.cfg"
# What one request costs is compared with that among few partitions. The last of them are requested for the
# first time, others several times. What counts is the median of several parts, in the best of several masters
# that take turns: whatever else a machine does only adds to it.
FEW = 100
FRESH = 80
TIMES = 20
PARTS = 5
ROUNDS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One line of the report; of a rate (`/s`) more is better, of anything else less."""

    name: str
    value: float
    unit: str
    note: str = ""


def description(count: int) -> str:
    """Return the description of a computer with so many partitions."""
    partitions = [
        {
            "reference": f"slappart{index}",
            "address_list": [
                {
                    "addr": f"10.{index // 62500}.{index // 250 % 250}.{index % 250 + 2}",
                    "netmask": "255.255.255.255",
                },
                {"addr": f"2001:db8::{index + 2:x}", "netmask": "ffff:ffff:ffff::"},
            ],
            "tap": {"name": f"tap{index}"},
        }
        for index in range(count)
    ]
    whole = {"reference": COMPUTER, "address": "2001:db8::1", "netmask": "ffff:ffff:ffff::"}
    return dumps({**whole, "partition_list": partitions}).decode()


def instance_request(index: int) -> bytes:
    """Return the request for an instance."""
    return post(
        "/requestComputerPartition",
        {
            "software_release": RELEASE,
            "software_type": "default",
            "partition_reference": f"instance {index}",
            "partition_parameter_xml": dumps({"_": '{"a": [1, 2, 3]}', "name": "x" * 50}).decode(),
            "filter_xml": dumps({"computer_guid": COMPUTER}).decode(),
            "state": dumps("started").decode(),
            "shared_xml": "<marshal><bool>0</bool></marshal>",
        },
    )


def connection(index: int, partition: int) -> bytes:
    """Return the publication of new connection parameters."""
    return post(
        "/setComputerPartitionConnectionXml",
        {
            "computer_id": COMPUTER,
            "computer_partition_id": f"slappart{partition}",
            "connection_xml": dumps({"url": f"https://{index}.example.com/"}).decode(),
            "slave_reference": "None",
        },
    )


def partition_read(partition: int) -> bytes:
    """Return the request for what one partition shall do."""
    query = f"computer_reference={COMPUTER}&computer_partition_reference=slappart{partition}"
    return get(f"/registerComputerPartition?{query}")


INFORMATION = f"/getFullComputerInformation?computer_id={quote(COMPUTER)}"


def timed(port: int, request: bytes) -> float:
    """Return the seconds of one request that must succeed."""
    started = time.perf_counter()
    status, _ = once(port, request)
    if status not in {200, 304}:
        raise SystemExit(f"a request was answered with {status}")
    return time.perf_counter() - started


def measured(name: str, round_: Round) -> list[Figure]:
    """Return the lines of one round."""
    note = f"{round_.failures} failures" if round_.failures else ""
    return [
        Figure(name=name, value=round_.rate, unit="/s", note=note),
        Figure(name=f"{name}, p99", value=round_.percentile(0.99) * 1000, unit="ms"),
    ]


def small_figures(port: int, count: int) -> Iterator[Figure]:
    """Measure on a computer with some partitions."""
    yield Figure(
        name=f"format of {count}",
        value=timed(port, post("/loadComputerConfigurationFromXML", {"xml": description(count)})) * 1000,
        unit="ms",
    )
    part = count // 4
    yield from measured(
        "new requests, 1 client", closed_loop(port, [instance_request(i) for i in range(part)], 1)
    )
    yield from measured(
        "new requests, 8 clients", closed_loop(port, [instance_request(i) for i in range(part, count)], 8)
    )
    repeated = [instance_request(i % count) for i in range(count)]
    yield from measured("repeated requests, 1 client", closed_loop(port, repeated[: count // 2], 1))
    yield from measured("repeated requests, 8 clients", closed_loop(port, repeated, 8))
    yield from measured(
        "connection parameters, 8 clients",
        closed_loop(port, [connection(i, i % count) for i in range(count)], 8),
    )
    reads = [partition_read(i % count) for i in range(count)]
    yield from measured("reading one partition, 1 client", closed_loop(port, reads[: count // 2], 1))
    yield from measured("reading one partition, 8 clients", closed_loop(port, reads, 8))
    yield Figure(name=f"information of {count} busy", value=timed(port, get(INFORMATION)) * 1000, unit="ms")


def large_figures(port: int, count: int) -> Iterator[Figure]:
    """Measure on a computer with very many partitions."""
    yield Figure(
        name=f"format of {count}",
        value=timed(port, post("/loadComputerConfigurationFromXML", {"xml": description(count)})) * 1000,
        unit="ms",
    )
    yield from measured(
        f"new requests among {count}, 8 clients",
        closed_loop(port, [instance_request(i) for i in range(500)], 8),
    )


def fill(port: int, count: int) -> None:
    """Make all partitions busy."""
    closed_loop(port, [instance_request(i) for i in range(count)], 8)


def busy_figures(port: int, process: int, count: int) -> Iterator[Figure]:
    """Measure what a master that was just started tells a computer whose partitions are all busy."""
    before = processor_seconds(process)
    yield Figure(
        name=f"information of {count} busy, first", value=timed(port, get(INFORMATION)) * 1000, unit="ms"
    )
    spent = processor_seconds(process) - before
    yield Figure(name="processor time of it", value=spent * 1000, unit="ms")
    again = min(timed(port, get(INFORMATION)) for _ in range(3))
    yield Figure(name=f"information of {count} busy, again", value=again * 1000, unit="ms")
    timed(port, connection(1, 1))
    yield Figure(
        name=f"information of {count} busy, one changed",
        value=timed(port, get(INFORMATION)) * 1000,
        unit="ms",
    )


def only_ours(port: int, count: int) -> Iterator[Figure]:
    """Measure what the existing proxy cannot do."""
    ask = {"X-Slapos-Conditional": "yes"}
    tag = entity_tag(port, ask)
    conditional = get(INFORMATION, {**ask, "If-None-Match": tag})
    yield Figure(
        name=f"conditional of {count}, nothing changed",
        value=min(timed(port, conditional) for _ in range(5)) * 1000,
        unit="ms",
    )


def large_round(command: Command, count: int, *, busy: bool, ours: bool) -> Iterator[Figure]:
    """Measure one master on a computer with very many partitions, then again when it was restarted."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        with running(command, directory) as (port, process):
            yield from large_figures(port, count)
            if not busy:
                return
            fill(port, count)
            if ours:
                list(busy_figures(port, process, count))
                yield Figure(name=f"resident memory at {count}", value=resident(process), unit="MiB")
        with running(command, directory) as (port, process):
            yield from busy_figures(port, process, count)
            if ours:
                yield from only_ours(port, count)


def request_costs(count: int) -> dict[str, float]:
    """Return the processor time in microseconds that one request of each kind takes among many partitions.

    The same number of them is spoken of, however many there are.
    """
    some = [index * count // FEW for index in range(FEW)]
    kinds = {
        "new request": [instance_request(i) for i in range(count - FRESH, count)],
        "repeated request": [instance_request(each) for each in some * TIMES],
        "connection parameters": [connection(i, each) for i, each in enumerate(some * TIMES)],
        "reading one partition": [partition_read(each) for each in some * TIMES],
    }
    costs = {}
    with running(our_command) as (port, process):
        timed(port, post("/loadComputerConfigurationFromXML", {"xml": description(count)}))
        closed_loop(port, [instance_request(i) for i in range(count - FRESH)], 8)
        for kind, requests in kinds.items():
            part = len(requests) // PARTS
            spent = []
            for start in range(0, len(requests), part):
                before = processor_seconds(process)
                closed_loop(port, requests[start : start + part], 1)
                spent.append(processor_seconds(process) - before)
            costs[kind] = statistics.median(spent) / part * 1e6
    return costs


def _least(costs: Sequence[dict[str, float]]) -> dict[str, float]:
    return {kind: min(each[kind] for each in costs) for kind in costs[0]}


def entity_tag(port: int, headers: dict[str, str]) -> str:
    """Return the tag of the information."""
    with socket.create_connection(("127.0.0.1", port)) as link:
        link.sendall(get(INFORMATION, {**headers, "Connection": "close"}))
        head = b""
        while b"\r\n\r\n" not in head:
            head += link.recv(4096)
    return head.lower().split(b"etag: ", 1)[1].split(b"\r\n", 1)[0].decode()


def report(title: str, ours: list[Figure], theirs: list[Figure]) -> None:
    """Print the figures side by side."""
    print(f"\n{title}\n{'':44}{'ours':>12}{'existing':>12}{'ratio':>8}")
    known = {figure.name: figure for figure in theirs}
    for figure in ours:
        peer = known.get(figure.name)
        line = f"{figure.name:40}{figure.unit:>4}{figure.value:12.1f}"
        if peer is not None and figure.value and peer.value:
            ratio = figure.value / peer.value if figure.unit == "/s" else peer.value / figure.value
            line += f"{peer.value:12.1f}{ratio:7.1f}x"
        notes = ", ".join(
            f"{who}: {each.note}"
            for who, each in (("ours", figure), ("existing", peer))
            if each and each.note
        )
        print(f"{line}  {notes}".rstrip(), flush=True)


def report_costs(many: int) -> None:
    """Print what one request costs us among few partitions and among many."""
    rounds = [(request_costs(FEW), request_costs(many)) for _ in range(ROUNDS)]
    among_few, among_many = map(_least, zip(*rounds, strict=True))
    title = "processor time of one request"
    print(f"\n{title:44}{f'among {FEW}':>12}{f'among {many}':>12}{'ratio':>8}")
    for kind, cost in among_few.items():
        more = among_many[kind]
        print(f"{kind:40}{'us':>4}{cost:12.1f}{more:12.1f}{more / cost:7.2f}x", flush=True)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure the master beside the existing proxy.")
    parser.add_argument("--partitions", type=int, default=1000)
    parser.add_argument("--large", type=int, default=10000, help="0: leave the large computer out")
    add_peer(parser, otherwise="it is installed for the run")
    parser.add_argument(
        "--peer-busy",
        action=argparse.BooleanOptionalAction,
        help="have the existing proxy fill the large computer too: minutes (default: with --peer)",
    )
    options = parser.parse_args()
    peer_busy = bool(options.peer) if options.peer_busy is None else options.peer_busy
    with peer_environment(options.peer) as existing:
        peer = peer_command(existing.slapos)
        with running(peer) as (port, _):
            theirs = list(small_figures(port, options.partitions))
        with running(our_command) as (port, _):
            ours = list(small_figures(port, options.partitions))
        report(f"{options.partitions} partitions", ours, theirs)
        if not options.large:
            return
        theirs = list(large_round(peer, options.large, busy=peer_busy, ours=False))
        ours = list(large_round(our_command, options.large, busy=True, ours=True))
        report(f"{options.large} partitions", ours, theirs)
        report_costs(options.large)


if __name__ == "__main__":
    main()
