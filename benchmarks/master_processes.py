"""Masters as processes: ours and the existing proxy, started on loopback and ended, and what they use."""

import contextlib
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from closed_loop import get, once

COMPUTER = "local_computer"
START_SECONDS = 60
Command = Callable[[Path, int], list[str]]


def processor_seconds(process: int) -> float:
    """Return the processor time that the threads of a process have used, to the nanosecond."""
    threads = Path(f"/proc/{process}/task").glob("*/schedstat")
    return sum(int(each.read_text(encoding="ascii").split()[0]) for each in threads) / 1e9


def resident(process: int) -> float:
    """Return the resident memory of a process in MiB."""
    status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    return int(status.split("VmRSS:", 1)[1].split()[0]) / 1024


@contextlib.contextmanager
def running(command: Command, directory: Path | None = None) -> Iterator[tuple[int, int]]:
    """Run a master in a directory, a temporary one if none is given; give its port and its process id."""
    with contextlib.ExitStack() as stack:
        place = directory or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        with (place / "log").open("ab") as log:
            process = subprocess.Popen(command(place, port), stdout=log, stderr=log, cwd=place)
        stack.callback(stop, process)
        wait_for(port, process)
        yield port, process.pid


def stop(process: "subprocess.Popen[bytes]") -> None:
    """End a master."""
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


def peer_command(slapos: Path) -> Command:
    """Return what makes the command of the existing proxy."""

    def command(directory: Path, port: int) -> list[str]:
        configuration = directory / "proxy.cfg"
        configuration.write_text(
            f"[slapos]\ncomputer_id = {COMPUTER}\n[slapproxy]\nhost = 127.0.0.1\nport = {port}\n"
            f"database_uri = {directory}/proxy.db\n",
            encoding="utf-8",
        )
        return [str(slapos), "proxy", "start", "--cfg", str(configuration)]

    return command
