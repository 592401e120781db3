"""The master's HTTP API beside the existing proxy, in one run: rates, latencies and ratios.

    python benchmarks/master_http.py [--partitions 1000] [--large 10000] [--peer VENV]

Both are started on loopback with a database in a temporary directory, one after the other, and get the same
requests. Without --peer the existing proxy is installed by pip into a virtual environment of its own, which
is removed at the end. Only the ratios mean anything on a shared machine.
"""

import argparse
import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from closed_loop import Round, closed_loop, get, once, post

from slap_http_adapter.wire.marshal import dumps

PEER = ("slapos.core==1.26.1", "slapos.libnetworkcache", "setuptools<81")
RELEASE = "https://example.com/software.cfg"
COMPUTER = "local_computer"
START_SECONDS = 60


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


def only_ours(port: int, process: int, count: int) -> Iterator[Figure]:
    """Measure what the existing proxy cannot do, or not in reasonable time."""
    fill(port, count)
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
    ask = {"X-Slapos-Conditional": "yes"}
    tag = entity_tag(port, ask)
    conditional = get(INFORMATION, {**ask, "If-None-Match": tag})
    yield Figure(
        name="conditional, nothing changed",
        value=min(timed(port, conditional) for _ in range(5)) * 1000,
        unit="ms",
    )
    yield Figure(name=f"resident memory at {count}", value=resident(process), unit="MiB")


def entity_tag(port: int, headers: dict[str, str]) -> str:
    """Return the tag of the information."""
    with socket.create_connection(("127.0.0.1", port)) as link:
        link.sendall(get(INFORMATION, {**headers, "Connection": "close"}))
        head = b""
        while b"\r\n\r\n" not in head:
            head += link.recv(4096)
    return head.lower().split(b"etag: ", 1)[1].split(b"\r\n", 1)[0].decode()


def processor_seconds(process: int) -> float:
    """Return the processor time that a process has used."""
    fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident(process: int) -> float:
    """Return the resident memory of a process in MiB."""
    status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    return int(status.split("VmRSS:", 1)[1].split()[0]) / 1024


@contextlib.contextmanager
def running(command: Callable[[Path, int], list[str]]) -> Iterator[tuple[int, int]]:
    """Run a master in a temporary directory; give its port and its process id."""
    with tempfile.TemporaryDirectory() as name, socket.socket() as probe:
        directory = Path(name)
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        with (directory / "log").open("wb") as log:
            process = subprocess.Popen(command(directory, port), stdout=log, stderr=log, cwd=directory)
        try:
            wait_for(port, process)
            yield port, process.pid
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    """Wait until a master answers."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError, EOFError):
            once(port, get("/getRunId"))
            return
        time.sleep(0.05)
    raise SystemExit("a master did not start")


def our_command(directory: Path, port: int) -> list[str]:
    """Return the command of our master."""
    return [sys.executable, "-m", "slap_proxy", "--port", str(port), "-u", str(directory / "proxy.sqlite")]


def peer_command(environment: Path) -> Callable[[Path, int], list[str]]:
    """Return what makes the command of the existing proxy."""

    def command(directory: Path, port: int) -> list[str]:
        configuration = directory / "proxy.cfg"
        configuration.write_text(
            f"[slapos]\ncomputer_id = {COMPUTER}\n[slapproxy]\nhost = 127.0.0.1\nport = {port}\n"
            f"database_uri = {directory}/proxy.db\n",
            encoding="utf-8",
        )
        return [str(environment / "bin" / "slapos"), "proxy", "start", "--cfg", str(configuration)]

    return command


@contextlib.contextmanager
def peer_environment(given: str | None) -> Iterator[Path]:
    """Give a virtual environment with the existing proxy."""
    if given:
        yield Path(given)
        return
    with tempfile.TemporaryDirectory() as name:
        subprocess.run([sys.executable, "-m", "venv", name], check=True)
        subprocess.run(
            [f"{name}/bin/python", "-m", "pip", "install", "-q", *PEER],
            check=True,
            env={**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
        )
        yield Path(name)


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


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure the master beside the existing proxy.")
    parser.add_argument("--partitions", type=int, default=1000)
    parser.add_argument("--large", type=int, default=10000, help="0: leave the large computer out")
    parser.add_argument("--peer", help="virtual environment that has the existing proxy")
    options = parser.parse_args()
    with peer_environment(options.peer) as environment:
        peer = peer_command(environment)
        with running(peer) as (port, _):
            theirs = list(small_figures(port, options.partitions))
        with running(our_command) as (port, _):
            ours = list(small_figures(port, options.partitions))
        report(f"{options.partitions} partitions", ours, theirs)
        if not options.large:
            return
        with running(peer) as (port, _):
            theirs = list(large_figures(port, options.large))
        with running(our_command) as (port, process):
            ours = [*large_figures(port, options.large), *only_ours(port, process, options.large)]
        report(f"{options.large} partitions", ours, theirs)


if __name__ == "__main__":
    main()
