"""Processes that have imported zc.buildout already, one per release, which fork for each partition.

Four fifths of the time of a deployment is the import of zc.buildout; this way it is spent once.
"""

import contextlib
import json
import os
import select
import signal
import socket
import threading
import time
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path, PurePosixPath

from slap_domain.errors import HostFailure
from slap_domain.ports.instance_builder import OnLine
from slap_node.buildout.release_python import RUNTIME, ReleasePython, base_executable
from slap_node.programs.environment import environment_of_runs
from slap_node.programs.processes import Background, Command, Finished, Running, follow, groups_of, start
from slap_node.programs.run_marks import RUN_MARK, new_mark

_START_TIME = 60.0
_FORK_TIME = 30.0
_END_TIME = 5.0
_POLL = 0.2


@dataclass(slots=True)
class _WarmProcess:
    """A warm process of one release."""

    process: Background
    control: socket.socket
    lock: threading.Lock = field(default_factory=threading.Lock)

    def end(self) -> None:
        self.control.close()
        if not self.process.ended(_END_TIME):
            self.process.kill()


class WarmBuilders:
    """Runs buildouts of releases whose `bin/buildout` is ours; close it when no more are needed."""

    def __init__(self) -> None:
        self._processes: dict[PurePosixPath, _WarmProcess | None] = {}
        self._lock = threading.Lock()

    def run(
        self,
        release: PurePosixPath,
        command: Command,
        on_line: OnLine,
        cancel: threading.Event,
    ) -> Finished | None:
        """Run a release's buildout; None when that has to be done the slow way.

        Args:
            release: directory of the release.
            command: what would be run the slow way; its arguments after `bin/buildout` are used.
            on_line: called with each line of output.
            cancel: when it is set, the run is killed.
        """
        warm = self._process_of(release)
        if warm is None:
            return None
        output_read, output_write = os.pipe2(os.O_CLOEXEC)
        status_read, status_write = os.pipe2(os.O_CLOEXEC)
        try:
            sent = self._send(warm, release, command, (output_write, status_write))
            os.close(output_write)
            os.close(status_write)
            pid = _line(status_read, _FORK_TIME, cancel) if sent else ""
            if cancel.is_set() and not pid:
                return Finished(status=-signal.SIGKILL, cancelled=True)
            if not pid:
                self._discard(release, warm)
                return None
            running = Running(
                pid=int(pid),
                mark=sent,
                streams=(output_read,),
                ended=status_read,
                wait=lambda: int(_line(status_read, _END_TIME) or -signal.SIGKILL),
            )
            return follow(command, running, on_line, cancel)
        finally:
            os.close(output_read)
            os.close(status_read)

    def close(self) -> None:
        """End all warm processes."""
        with self._lock:
            for warm in self._processes.values():
                if warm is not None:
                    warm.end()
            self._processes.clear()

    def _process_of(self, release: PurePosixPath) -> _WarmProcess | None:
        with self._lock:
            if release not in self._processes:
                self._processes[release] = _started(release)
            return self._processes[release]

    def _discard(self, release: PurePosixPath, warm: _WarmProcess) -> None:
        with self._lock:
            if self._processes.get(release) is warm:
                self._processes[release] = None
                warm.end()

    def _send(
        self, warm: _WarmProcess, release: PurePosixPath, command: Command, descriptors: tuple[int, int]
    ) -> str:
        mark = new_mark()
        account = command.account
        script = command.argv.index(str(release / "bin" / "buildout"))
        request = {
            "argv": list(command.argv[script:]),
            "directory": str(command.directory),
            "environment": {**command.environment, RUN_MARK: mark},
            "umask": command.umask,
            "prefix": str(ReleasePython(release=release).environment),
            "account": None
            if account is None
            else {"uid": account.uid, "gid": account.gid, "groups": groups_of(account)},
        }
        try:
            with warm.lock:
                socket.send_fds(warm.control, [json.dumps(request).encode()], descriptors)
        except OSError:
            return ""
        return mark


def _started(release: PurePosixPath) -> _WarmProcess | None:
    python = ReleasePython(release=release)
    if not python.is_usable():
        return None
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    settings = {
        "trusted": sorted({str(metadata.distribution(name).locate_file("")) for name in RUNTIME}),
        "runner": str(Path(__file__).with_name("runner.py")),
        "release": str(release),
        "executable": str(python.executable),
        "libraries": str(python.libraries),
    }
    script = str(Path(__file__).with_name("warm_process.py"))
    command = Command(
        argv=(base_executable(), "-I", "-S", "-B", script, str(theirs.fileno()), json.dumps(settings)),
        directory=PurePosixPath("/"),
        environment=environment_of_runs(os.environ, home=PurePosixPath("/")),
    )
    with theirs:
        try:
            process = start(command, inherited=(theirs.fileno(),))
        except HostFailure:
            ours.close()
            return None
    ours.settimeout(_START_TIME)
    warm = _WarmProcess(process=process, control=ours)
    with contextlib.suppress(OSError):
        if ours.recv(16) == b"ready":
            ours.settimeout(None)
            return warm
    warm.end()
    return None


def _line(descriptor: int, within: float, cancel: threading.Event | None = None) -> str:
    """Read a short line from a pipe; empty when its other end was closed, or it does not come in time.

    Args:
        descriptor: of the pipe.
        within: seconds for all of it.
        cancel: once set, it is waited for no more.
    """
    text, deadline = b"", time.monotonic() + within
    while not text.endswith(b"\n"):
        while not select.select([descriptor], [], [], _POLL)[0]:
            if time.monotonic() >= deadline or (cancel is not None and cancel.is_set()):
                return ""
        byte = os.read(descriptor, 1)
        if not byte:
            return ""
        text += byte
    return text.decode().strip()
