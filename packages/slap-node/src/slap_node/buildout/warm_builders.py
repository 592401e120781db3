"""Processes that have imported zc.buildout already, one per release, which fork for each partition.

Four fifths of the time of a deployment is the import of zc.buildout; this way it is spent once.
"""

import json
import os
import signal
import threading
from importlib import metadata
from pathlib import Path, PurePosixPath

from slap_domain.errors import HostFailure
from slap_domain.ports.instance_builder import OnLine
from slap_node.buildout.release_python import RUNTIME, ReleasePython, base_executable
from slap_node.programs import run_keeper
from slap_node.programs.environment import environment_of_runs
from slap_node.programs.fork_server import ForkServer, ForkServerStuck, launch
from slap_node.programs.processes import Command, Finished, follow, request_of


class WarmBuilders:
    """Runs buildouts of releases whose `bin/buildout` is ours; close it when no more are needed."""

    def __init__(self) -> None:
        self._servers: dict[PurePosixPath, ForkServer | None] = {}
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
            on_line: called with output, a line or several at once.
            cancel: when it is set, the run is killed.
        """
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
            for server in self._servers.values():
                if server is not None:
                    server.end()
            self._servers.clear()

    def _server_of(self, release: PurePosixPath) -> ForkServer | None:
        with self._lock:
            if release not in self._servers:
                self._servers[release] = _launched(release)
            return self._servers[release]

    def _discard(self, release: PurePosixPath, server: ForkServer) -> None:
        with self._lock:
            if self._servers.get(release) is server:
                self._servers[release] = None
                server.end()


def _request(release: PurePosixPath, command: Command) -> dict[str, object]:
    script = command.argv.index(str(release / "bin" / "buildout"))
    return {
        **request_of(command),
        "argv": list(command.argv[script:]),
        "prefix": str(ReleasePython(release=release).environment),
    }


def _launched(release: PurePosixPath) -> ForkServer | None:
    python = ReleasePython(release=release)
    if not python.is_usable():
        return None
    settings = {
        "trusted": sorted({str(metadata.distribution(name).locate_file("")) for name in RUNTIME}),
        "keeper": run_keeper.__file__,
        "runner": str(Path(__file__).with_name("runner.py")),
        "release": str(release),
        "executable": str(python.executable),
        "libraries": str(python.libraries),
    }
    try:
        return launch(
            Path(__file__).with_name("warm_process.py"),
            json.dumps(settings),
            environment=environment_of_runs(os.environ, home=PurePosixPath("/")),
            python=base_executable(),
        )
    except HostFailure:
        return None
