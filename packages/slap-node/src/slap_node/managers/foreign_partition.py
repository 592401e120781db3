"""What managers of third parties are given for a partition: of what they know, all that is of use to them.

It lacks that by which the node does its own work on the partition: install, destroy, wiping, certificates.
"""
# The names are those of the existing node's object.
# ruff: noqa: N802

import contextlib
import importlib
import logging
import os
import shlex
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any
from xmlrpc.client import ServerProxy

from supervisor.xmlrpc import SupervisorTransport  # type: ignore[import-untyped]

from slap_domain.model.software_release import release_directory_name
from slap_domain.planning.node.cleanup import recorded_delay, retention
from slap_domain.planning.node.supervision import effective_programs
from slap_domain.ports.node_hooks import HookedPartition
from slap_node.managers.foreign_subjects import is_true
from slap_node.managers.plugin import ManagerContext
from slap_node.partitions.files import PartitionFilesOnDisk
from slap_node.partitions.retention_record import DATE, DELAY, lock_date, lock_delay
from slap_node.supervisor.adapter import identity_of
from slap_node.supervisor.layout import SupervisorLayout
from slap_node.supervisor.rendering import ROOT, ProgramText

_FIREWALL_RULES = ".slapos-firewalld-rules"
_Programs = dict[str, dict[str, tuple[str, str, bool]]]


class ForeignPartition:
    """What the hooks around the work on a partition are given; its paths are texts."""

    buildout = None
    partition_firewall_rules_name = _FIREWALL_RULES
    retention_lock_date_filename = DATE
    retention_lock_delay_filename = DELAY

    def __init__(self, context: ManagerContext, partition: HookedPartition) -> None:
        options, place, instance = context.options, partition.place, partition.assigned.instance
        self._context = context
        self._place = place
        self._layout = SupervisorLayout(instance_root=Path(options["instance_root"]))
        self._own: dict[str, tuple[str, str, bool]] = {}
        self.logger = logging.getLogger("slapos")
        self.partition_id = str(place.id)
        self.computer_id = options["computer_id"]
        self.server_url = options["master_url"]
        self._lay_out(place.path)
        self.supervisord_socket = str(self._layout.socket)
        self.supervisord_partition_configuration_dir = str(self._layout.groups)
        self.software_release_url = "" if instance is None else str(instance.release)
        self.software_path = (
            ""
            if instance is None
            else str(PurePosixPath(options["software_root"]) / release_directory_name(instance.release))
        )
        repository = options.get("certificate_repository_path") or ""
        self.key_file = f"{repository}/{place.id}.key" if repository else ""
        self.cert_file = f"{repository}/{place.id}.crt" if repository else ""
        wish = None if instance is None else instance.filters.get("retention_delay")
        self.retention_delay = recorded_delay(None if wish is None else str(wish))
        self._take_options(options)

    def _lay_out(self, path: PurePosixPath) -> None:
        self.instance_path = str(path)
        self.run_path = str(path / "etc" / "run")
        self.service_path = str(path / "etc" / "service")
        self.prerm_path = str(path / "etc" / "prerm")
        self.firewall_rules_path = str(path / _FIREWALL_RULES)
        self.retention_lock_date_file_path = str(path / DATE)
        self.retention_lock_delay_file_path = str(path / DELAY)

    def _take_options(self, options: Mapping[str, str]) -> None:
        self.shared_part_list = options.get("shared_part_list") or ""
        self.build_time_part_list = options.get("build_time_part_list") or ""
        self.instance_storage_home = options.get("instance_storage_home") or ""
        self.ipv4_global_network = options.get("ipv4_global_network") or ""
        self.buildout_debug = is_true(options, "buildout_debug")
        timeout = options.get("partition_timeout")
        self.partition_timeout = float(timeout) if timeout else None

    @cached_property
    def computer_partition(self) -> Any:  # noqa: ANN401 - of the published library
        """Return the instance as the library `slapos.slap` gives it; asks the master, as the node."""
        options = self._context.options
        slap = importlib.import_module("slapos.slap").slap()
        key, certificate, authority = (
            options.get(name) or None for name in ("key_file", "cert_file", "master_ca_file")
        )
        slap.initializeConnection(self.server_url, key, certificate, authority)
        return slap.registerComputerPartition(self.computer_id, self.partition_id)

    def getUserGroupId(self) -> tuple[int, int]:
        """Return user and group id of the partition."""
        account = self._place.account
        return (os.geteuid(), os.getegid()) if account is None else (account.uid, account.gid)

    @cached_property
    def supervisor_conf(self) -> _Programs:
        """Return the programs by group: the process's name, the command, whether it runs as the user."""
        files = PartitionFilesOnDisk(
            instance_root=PurePosixPath(self._context.options["instance_root"]),
            software_root=PurePosixPath(self._context.options["software_root"]),
        )
        self._own = {
            program.name: (program.process_name, shlex.quote(str(program.command)), True)
            for program in effective_programs(files.programs(self._place))
        }
        return {self.partition_id: dict(self._own)}

    def generateSupervisorConfiguration(self) -> None:
        """Forget the programs that were added."""
        self.__dict__.pop("supervisor_conf", None)

    def getGroupIdFromSuffix(self, suffix: str | None = None) -> str:
        """Return the name of the group of programs with a suffix, or without one of the partition's own."""
        return f"{self.partition_id}-{suffix}" if suffix else self.partition_id

    def addProgramToGroup(
        self,
        suffix: str | None,
        program_id: str,
        name: str,
        command: str,
        as_user: bool = True,  # noqa: FBT001, FBT002 - as published
    ) -> None:
        """Add a program to a group; it is known to supervisor after `updateSupervisor`."""
        group = self.supervisor_conf.setdefault(self.getGroupIdFromSuffix(suffix), {})
        group[program_id] = (name, command, as_user)

    def addServicesToCustomGroup(
        self, suffix: str | None, runner_list: Iterable[str], path: str, extension: str = ""
    ) -> None:
        """Add executables of a directory to a group; `extension` is appended to the processes' names."""
        for name in runner_list:
            self.addProgramToGroup(suffix, name, name + extension, shlex.quote(str(Path(path) / name)))

    def addServicesToGroup(self, runner_list: Iterable[str], path: str, extension: str = "") -> None:
        """Add executables of a directory to the partition's own group."""
        self.addServicesToCustomGroup(None, runner_list, path, extension)

    def getSupervisorConfigurationFiles(self) -> Iterator[str]:
        """Yield the configuration file of each of the partition's groups that there is."""
        groups = [self.partition_id, *(group for group in self.supervisor_conf if group != self.partition_id)]
        files = (self._layout.group_file(group) for group in groups)
        return iter([str(file) for file in files if file.exists()])

    def writeSupervisorConfigurationFiles(self) -> None:
        """Let supervisor know the programs that were added, without starting them."""
        groups = {
            group: tuple(self._text(group, name, program) for name, program in programs.items())
            for group, programs in self.supervisor_conf.items()
            # What the node itself deployed, or does not want to run, is left as it is.
            if group != self.partition_id or programs != self._own
        }
        self._context.programs.deploy_groups(self._place, groups)

    def updateSupervisor(self) -> None:
        """Let supervisor know the programs that were added, without starting them."""
        self.writeSupervisorConfigurationFiles()

    def updateSupervisorConfiguration(self) -> None:
        """Forget the programs that were added, and let supervisor know."""
        added = [group for group in self.supervisor_conf if group != self.partition_id]
        self.generateSupervisorConfiguration()
        self._context.programs.deploy_groups(self._place, dict.fromkeys(added, ()))

    @contextlib.contextmanager
    def getSupervisorRPC(self) -> Iterator[Any]:
        """Yield supervisor's XML-RPC interface: `startProcessGroup(group, False)` and the like."""
        transport = SupervisorTransport(None, None, f"unix://{self.supervisord_socket}")
        with ServerProxy("http://127.0.0.1", transport) as proxy:
            yield proxy.supervisor

    def checkProcessesFromStateList(self, process_list: Iterable[str], state_list: Iterable[str]) -> bool:
        """Tell whether one of these processes, named `group:process`, is in one of these states."""
        names, states = set(process_list), set(state_list)
        with self.getSupervisorRPC() as supervisor:
            return any(
                f"{info['group']}:{info['name']}" in names and info["statename"] in states
                for info in supervisor.getAllProcessInfo()
            )

    def start(self) -> None:
        """Start the partition's own programs that do not run."""
        self._context.programs.start(self._place.id)

    def stop(self) -> None:
        """Stop all programs of the partition, and forget them."""
        self._context.programs.stop(self._place.id)

    def getExistingRetentionLockDelay(self) -> float:
        """Return the frozen retention delay in days; -1 when none is frozen yet."""
        return lock_delay(self._place) if Path(self.retention_lock_delay_file_path).exists() else -1

    def getExistingRetentionLockDate(self) -> float | None:
        """Return until when the files are kept, in seconds since the epoch; None when that is not decided."""
        date = lock_date(self._place)
        return None if date is None else date.timestamp()

    def checkRetentionIsAuthorized(self) -> bool:
        """Tell whether the files of the partition may be wiped now."""
        decided, now = lock_date(self._place), self._context.clock.now()
        return not retention(delay=lock_delay(self._place), decided=decided, now=now).locked

    def _text(self, group: str, name: str, program: tuple[str, str, bool]) -> ProgramText:
        process_name, command, as_user = program
        is_root = not as_user and os.geteuid() == 0
        return ProgramText(
            id=f"{group}_{name}",
            process_name=process_name,
            command=tuple(shlex.split(command)),
            directory=self._place.path,
            log=self._place.path / f".{group}_{name}.log",
            identity=ROOT if is_root else identity_of(self._place),
        )
