"""Processes that have imported zc.buildout already, one per release, which fork for each partition.

Four fifths of the time of a deployment is the import of zc.buildout; this way it is spent once. The process
imports while the node imports what it needs itself, so little is imported here before it is started.
"""

import json
import os
import signal
import threading
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from slap_domain.errors import HostFailure
from slap_node.buildout.release_python import RUNTIME, ReleasePython, folder_of
from slap_node.programs.environment import environment_of_runs
from slap_node.programs.fork_server import ForkServer, ForkServerStuck, StartingServer, start
from slap_node.programs.own_python import base_executable

if TYPE_CHECKING:
    from slap_domain.ports.output_lines import OnLine
    from slap_node.programs.processes import Command, Finished

_HERE = Path(__file__).parent


class WarmBuilders:
    """Runs buildouts of releases whose `bin/buildout` is ours; close it when no more are needed."""

    def __init__(self) -> None:
        self._starting: dict[PurePosixPath, StartingServer | None] = {}
        self._servers: dict[PurePosixPath, ForkServer | None] = {}
        self._lock = threading.Lock()

    def begin(self, release: PurePosixPath) -> None:
        """Start the process of a release, which will be needed soon."""
        with self._lock:
            if release not in self._servers and release not in self._starting:
                self._starting[release] = _started(release)

    def run(
        self,
        release: PurePosixPath,
        command: "Command",
        on_line: "OnLine",
        cancel: threading.Event,
    ) -> "Finished | None":
        """Run a release's buildout; None when that has to be done the slow way.

        Args:
            release: directory of the release.
            command: what would be run the slow way; its arguments after `bin/buildout` are used.
            on_line: called with output, a line or several at once.
            cancel: when it is set, the run is killed.
        """
        from slap_node.programs.processes import Finished, follow  # noqa: PLC0415 - see above

        server = self._server_of(release)
        if server is None:
            return None
        try:
            program = server.fork(_request(release, command), cancel=cancel)
        except (ForkServerStuck, HostFailure):
            if cancel.is_set():
                return Finished(status=-signal.SIGKILL, cancelled=True)
            self._discard(release, server)
            return None
        return follow(command, program, on_line, cancel)

    def close(self) -> None:
        """End all warm processes."""
        with self._lock:
            for server in (*self._starting.values(), *self._servers.values()):
                if server is not None:
                    server.end()
            self._starting.clear()
            self._servers.clear()

    def _server_of(self, release: PurePosixPath) -> ForkServer | None:
        with self._lock:
            if release not in self._servers:
                starting = self._starting.pop(release) if release in self._starting else _started(release)
                self._servers[release] = None if starting is None else _ready(release, starting)
            return self._servers[release]

    def _discard(self, release: PurePosixPath, server: ForkServer) -> None:
        with self._lock:
            if self._servers.get(release) is server:
                self._servers[release] = None
                server.end()


def _request(release: PurePosixPath, command: "Command") -> dict[str, object]:
    from slap_node.programs.processes import request_of  # noqa: PLC0415 - see above

    script = command.argv.index(str(release / "bin" / "buildout"))
    return {
        **request_of(command),
        "argv": list(command.argv[script:]),
        "prefix": str(ReleasePython(release=release).environment),
    }


def _started(release: PurePosixPath) -> StartingServer | None:
    python = ReleasePython(release=release)
    if not python.is_ours():
        return None
    settings = {
        "trusted": sorted({folder_of(name) for name in RUNTIME}),
        "keeper": str(_HERE.parent / "programs" / "run_keeper.py"),
        "runner": str(_HERE / "runner.py"),
        "release": str(release),
        "executable": str(python.executable),
        "libraries": str(python.libraries),
    }
    try:
        return start(
            _HERE / "warm_process.py",
            json.dumps(settings),
            environment=environment_of_runs(os.environ, home=PurePosixPath("/")),
            python=base_executable(),
        )
    except HostFailure:
        return None


def _ready(release: PurePosixPath, starting: StartingServer) -> ForkServer | None:
    """Return the process when it is ready; end it and return None where the release has another buildout."""
    if not ReleasePython(release=release).is_usable():
        starting.end()
        return None
    try:
        return starting.ready()
    except HostFailure:
        return None
