"""Puts together a standalone system's node and tenant, from the configuration files in its directory."""

import os
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Self

from slap_cli.configuration import read_configuration
from slap_cli.standalone.ports import UNSUPERVISED
from slap_cli.tenant.client_settings import client_settings
from slap_cli.wiring.supervision import supervisor_of
from slap_domain.model.computer import ComputerAssignment
from slap_domain.model.host.settings import format_settings
from slap_domain.model.partition import PartitionPlace
from slap_domain.model.references import PartitionId, SoftwareUrl
from slap_domain.planning.node.watchdog import WATCHED_SUFFIX
from slap_domain.ports.master_for_tenants import MasterForTenants
from slap_domain.ports.process_supervisor import RunningProgram
from slap_domain.ports.progress_listener import Progress, ProgressListener
from slap_domain.use_cases.node.deploy_instances import InstancesOutcome
from slap_domain.use_cases.node.install_software import SoftwareOutcome
from slap_http_adapter.client.connection import Connection
from slap_http_adapter.client.hosts import HttpMasterForHosts
from slap_http_adapter.client.master_address import MasterAddress
from slap_http_adapter.client.nodes import HttpMasterForNodes
from slap_http_adapter.client.tenants import HttpMasterForTenants
from slap_node.assembly import NodeParts, instances_of, report_of, software_of
from slap_node.host.formatting import format_computer
from slap_node.partitions.files import partition_files
from slap_node.promises.checker import LocalPromiseChecker
from slap_node.promises.folder import PromiseFolder
from slap_node.run_lock import run_lock
from slap_node.settings import NodeSettings, node_settings
from slap_node.supervisor.daemon import SupervisorDaemon
from slap_node.supervisor.layout import SupervisorLayout
from slap_node.system_clock import SystemClock

_OUTPUT_TAIL = 8000


class Unwatched:
    """A progress listener for commands that show no progress."""

    def tell(self, event: Progress) -> None:
        """Do nothing."""


class Connections:
    """Connections to masters, each opened once and closed at the end of the block."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._opened: dict[str, Connection] = {}

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close every connection."""
        self._stack.close()

    def to(self, url: str) -> Connection:
        """Return the connection to the master at a URL."""
        if url not in self._opened:
            self._opened[url] = self._stack.enter_context(Connection(MasterAddress(url=url)))
        return self._opened[url]


class ConfiguredTenant:
    """A tenant of the master that a configuration names: read at each call, since its port may change."""

    def __init__(self, configuration: Path, connections: Connections) -> None:
        self._configuration = configuration
        self._connections = connections

    def master(self) -> MasterForTenants:
        """Return the conversation of the tenant with the master."""
        settings = client_settings(read_configuration(self._configuration), Path.home())
        return HttpMasterForTenants(self._connections.to(settings.master_url))


class ConfiguredNode:
    """The node that a configuration describes; it is read at each step."""

    def __init__(
        self,
        configuration: Path,
        progress: ProgressListener,
        connections: Connections,
        cancel: threading.Event,
    ) -> None:
        self._configuration = configuration
        self._progress = progress
        self._connections = connections
        self._cancel = cancel

    def format(self) -> None:
        """Make the partitions and describe the computer to the master."""
        settings = format_settings(read_configuration(self._configuration))
        format_computer(settings, HttpMasterForHosts(self._connection())).run(settings)

    def assignment(self) -> ComputerAssignment:
        """Return what the master wants of the computer."""
        return HttpMasterForNodes(self._connection()).assignment(self._settings().computer)

    def install_software(self, release: SoftwareUrl, *, again: bool = False) -> SoftwareOutcome:
        """Build one release that is supplied, unless it is built; `again`: anyway, and deploy it anew."""
        settings = self._settings(only_sr=release)
        Path(settings.software_root).mkdir(mode=0o755, parents=True, exist_ok=True)
        with self._locked(settings, "software"):
            outcome = software_of(self._parts(settings), rebuild=again).run()
        if again and not outcome.failures:
            self._forget_deployments(release, settings)
        return outcome

    def _forget_deployments(self, release: SoftwareUrl, settings: NodeSettings) -> None:
        """Let the next pass deploy the instances of a release that was built again."""
        files = partition_files(settings)
        for partition in self.assignment().partitions:
            if partition.instance is not None and partition.instance.release == release:
                files.write_stamp(partition.id, None)

    def deploy(self, *, assured: bool = False) -> InstancesOutcome:
        """Make one pass over the partitions; an assured one when nothing supervises their programs."""
        settings = self._settings()
        assured = assured or not _daemon(settings).is_running()
        hosts = HttpMasterForHosts(self._connection())
        promises = LocalPromiseChecker(SystemClock(), os.environ, settings.passed_environment)
        with (
            self._locked(settings, "instance"),
            instances_of(
                self._parts(settings), hosts, supervisor_of(settings), promises, assured=assured
            ) as instances,
        ):
            return instances.run()

    def report(self) -> None:
        """Free the partitions of destroyed instances."""
        settings = self._settings()
        hosts = HttpMasterForHosts(self._connection())
        with self._locked(settings, "report"):
            report_of(self._parts(settings), hosts, supervisor_of(settings)).run()

    def programs(self) -> tuple[RunningProgram, ...]:
        """Return what the supervisor runs; when it does not run, what one that was killed has left."""
        settings = self._settings()
        daemon = _daemon(settings)
        if daemon.is_running():
            return supervisor_of(settings).programs()
        return tuple(
            RunningProgram(group=one.group, name=one.program, state=UNSUPERVISED, pid=one.pid)
            for one in daemon.survivors()
        )

    def output(self, program: RunningProgram) -> str:
        """Return the end of what a program of a partition printed."""
        name = program.name.removesuffix(WATCHED_SUFFIX)
        path = Path(self._settings().instance_root, program.group, f".{program.group}_{name}.log")
        try:
            with path.open("rb") as log:
                log.seek(max(0, path.stat().st_size - _OUTPUT_TAIL))
                return log.read().decode(errors="replace")
        except OSError as error:
            return f"its output cannot be read: {path}: {error.strerror}"

    def has_promises(self, partition: PartitionId) -> bool:
        """Tell whether any promise speaks for a partition."""
        path = self._settings().instance_root / partition
        return bool(PromiseFolder(PartitionPlace(id=partition, path=path)).promises())

    def stop(self) -> None:
        """Stop all programs and the supervisor, and what runs that were killed have left at work."""
        if not self._configuration.exists():
            return
        settings = self._settings()
        try:
            for activity, pidfile in settings.pidfiles.items():
                if Path(pidfile).exists():
                    # Whoever takes the file over from a process that was killed ends what that had started.
                    with self._locked(settings, activity):
                        continue
        finally:
            _daemon(settings).shut_down()

    def _settings(self, **overrides: object) -> NodeSettings:
        return node_settings(read_configuration(self._configuration), overrides)

    def _connection(self) -> Connection:
        return self._connections.to(self._settings().master_url)

    def _parts(self, settings: NodeSettings) -> NodeParts:
        return NodeParts(
            settings=settings,
            master=HttpMasterForNodes(self._connection()),
            progress=self._progress,
            cancel=self._cancel,
        )

    @contextmanager
    def _locked(self, settings: NodeSettings, activity: str) -> Iterator[None]:
        pidfile = settings.pidfiles[activity]
        Path(pidfile).parent.mkdir(parents=True, exist_ok=True)
        with run_lock(pidfile):
            yield


def _daemon(settings: NodeSettings) -> SupervisorDaemon:
    # It is only asked and ended through this; whoever starts it names the watchdog.
    return SupervisorDaemon(SupervisorLayout(instance_root=Path(settings.instance_root)), ())
