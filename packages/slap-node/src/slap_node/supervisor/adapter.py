"""supervisord as the node's process supervisor."""

import contextlib
import os
import pwd
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from slap_domain.errors import DeploymentFailed, HostFailure
from slap_domain.model.partition import PartitionPlace, Program
from slap_domain.model.references import PartitionId
from slap_domain.planning.node.supervision import (
    StoredFile,
    effective_programs,
    owner_of_group,
    plan_group_files,
)
from slap_domain.ports.process_supervisor import RunningProgram
from slap_node.programs.group_marks import group_mark
from slap_node.supervisor import resumption
from slap_node.supervisor.daemon import SupervisorDaemon
from slap_node.supervisor.layout import FILE_MODE, SupervisorLayout
from slap_node.supervisor.program_states import running_program
from slap_node.supervisor.reloading import SharedReload
from slap_node.supervisor.rendering import Identity, ProgramText, group_text, program_section
from slap_node.supervisor.rpc import ALREADY_STARTED, BAD_NAME, SUCCESS, SupervisorAway, SupervisorFault
from slap_node.supervisor.stored_files import (
    delete_stored,
    group_names,
    read_stored,
    write_stored,
)
from slap_node.supervisor.strays import end_strays
from slap_node.supervisor.supervisor_settings import SupervisorSettings
from slap_node.supervisor.survivors import end_survivors, find_survivors

_Answer = TypeVar("_Answer")
_ALIVE = frozenset({"STARTING", "RUNNING", "STOPPING"})
_FINE = frozenset({SUCCESS, ALREADY_STARTED})


class SupervisordSupervisor:
    """Runs programs under supervisord, touching only what changed."""

    def __init__(self, settings: SupervisorSettings) -> None:
        self._settings = settings
        self._layout = SupervisorLayout(instance_root=settings.instance_root)
        self._daemon = SupervisorDaemon(self._layout, settings.watchdog)
        self._reload = SharedReload(self._daemon.differences)
        self._may_launch = threading.Event()
        self._idle: frozenset[str] = frozenset()

    def ensure_running(self) -> None:
        """Start the supervisor daemon and its watchdog unless they run.

        What an interrupted run wrote and did not apply is applied now.

        Raises:
            HostFailure: it cannot be started, or does not run and may not be started by us.
        """
        if not self._settings.launches and not self._daemon.is_running():
            raise HostFailure(
                "supervisord does not run, and forbid_supervisord_automatic_launch is set",
                hint="start it with `slapos node supervisord`",
            )
        started = self._daemon.ensure()
        self._may_launch.set()
        pending = self._layout.pending
        if not started and (not pending.exists() or any(pending.iterdir())):
            self._daemon.apply(self._reload.differences())
        pending.mkdir(mode=0o700, exist_ok=True)
        for mark in pending.iterdir():
            delete_stored(mark)
        self._idle = self._idle_partitions()

    def deploy(self, place: PartitionPlace, programs: tuple[Program, ...]) -> None:
        """Make the partition's group consist of these programs, without starting them."""
        effective = effective_programs(programs)
        identity = identity_of(place)
        texts = [program_text(place, program, identity) for program in effective]
        desired = {str(place.id): group_text(place.id, texts)} if texts else {}
        self._change_files(place.id, desired, self._settings.extension_suffixes)

    def deploy_extension(self, place: PartitionPlace, suffix: str, programs: tuple[ProgramText, ...]) -> None:
        """Make the group `<partition id>-<suffix>` consist of these programs, and start them.

        Raises:
            HostFailure: the daemon refuses them or does not answer.
            DeploymentFailed: a program does not start.
        """
        group = f"{place.id}-{suffix}"
        self.deploy_groups(place, {group: programs})
        if programs:
            self._start_group(group)

    def deploy_groups(self, place: PartitionPlace, groups: Mapping[str, tuple[ProgramText, ...]]) -> None:
        """Make each of these groups of a partition consist of these programs, without starting them.

        Raises:
            HostFailure: the daemon refuses them or does not answer.
        """
        existing = self._existing(place.id)
        desired = {name: stored.text for name, stored in existing.items() if name not in groups}
        desired |= {group: group_text(group, programs) for group, programs in groups.items() if programs}
        self._change_files(place.id, desired, frozenset())

    def deploy_daemon(self, name: str, program: ProgramText | None) -> None:
        """Make a program that belongs to no partition run, or with None make sure that there is none."""
        text = None if program is None else program_section(program)
        path = self._layout.group_file(name)
        stored = read_stored(path)
        if text is None and stored is None:
            return
        if text is not None and stored == StoredFile(text=text, mode=FILE_MODE):
            return
        mark = self._layout.pending / name
        write_stored(mark, "")
        if text is None:
            delete_stored(path)
        else:
            write_stored(path, text)
        self._daemon.apply(self._ask(self._reload.differences).only(name))
        delete_stored(mark)

    def foreground_command(self) -> tuple[str, ...]:
        """Prepare everything and return the command that runs the daemon in the foreground.

        It shall be executed with an empty environment.

        Raises:
            AlreadyRunning: a daemon runs already.
            HostFailure: the configuration cannot be written.
        """
        return self._daemon.foreground_command()

    def start(self, partition: PartitionId) -> None:
        """Start the programs of the partition that do not run, without waiting for them.

        Raises:
            DeploymentFailed: a program cannot be started.
        """
        if self._layout.group_file(partition).exists():
            self._start_group(partition)

    def stop(self, partition: PartitionId) -> None:
        """Stop all programs of the partition and of its extensions, and forget their configuration.

        What has left its program (a daemon that forked away) is ended too, whatever it did to hide. Groups
        that shall last are left alone while they run: the removal of the partition waits for their end.
        """
        lasting = self._lasting_groups(partition)
        known = {*self._partitions(), partition}
        kept = {f"{partition}-{suffix}" for suffix in lasting}
        named = group_names(self._layout.groups)
        groups = {partition, *(group for group in named if owner_of_group(group, known) == partition)}
        self._change_files(partition, {}, frozenset(lasting))
        survivors = find_survivors(
            self._layout.socket,
            lambda group: group not in kept and owner_of_group(group, known) == partition,
        )
        end_survivors(survivors, self._layout.socket)
        marks = frozenset(group_mark(f"unix://{self._layout.socket}", group) for group in groups - kept)
        end_strays(self._settings.instance_root / partition, self._daemon.pid(), marks)

    def resume(self, partition: PartitionId) -> bool:
        """Start the programs of the partition if none of them has run since the daemon was launched.

        Raises:
            DeploymentFailed: a program cannot be started.
        """
        if partition not in self._idle:
            return False
        self._start_group(partition)
        return True

    def start_all(self) -> None:
        """Start every program configured on disk."""
        self._daemon.apply(self._reload.differences())
        self._ask(lambda: self._daemon.rpc.call("startAllProcesses", False))  # noqa: FBT003 - XML-RPC has no names

    def programs(self) -> tuple[RunningProgram, ...]:
        """Return every program that the supervisor knows."""
        infos = self._ask(lambda: self._daemon.rpc.call("getAllProcessInfo"))
        return tuple(map(running_program, infos))

    def output_files(self, channel: str) -> dict[str, Path]:
        """Return where the output of each process goes, by its name `<group>:<name>`.

        Args:
            channel: `stdout` or `stderr`; processes whose output of that kind is not kept are left out.
        """
        infos = self._ask(lambda: self._daemon.rpc.call("getAllProcessInfo"))
        files = {f"{info['group']}:{info['name']}": info[f"{channel}_logfile"] for info in infos}
        return {name: Path(file) for name, file in files.items() if file}

    def shut_down(self) -> None:
        """Stop every program and the daemon."""
        self._daemon.shut_down()
        self._may_launch.clear()

    def _idle_partitions(self) -> frozenset[str]:
        """Return the partitions none of whose own programs has run since the daemon was launched."""
        if resumption.is_over(self._layout):
            return frozenset()
        infos = self._ask(lambda: self._daemon.rpc.call("getAllProcessInfo"))
        idle = resumption.idle_groups(infos) & frozenset(self._partitions())
        if not idle:
            # A full disk is no reason not to go on: the next pass asks again.
            with contextlib.suppress(HostFailure):
                write_stored(self._layout.resumed, resumption.daemon_mark(self._layout))
        return idle

    def _lasting_groups(self, partition: PartitionId) -> frozenset[str]:
        """Return the suffixes of the partition's groups that last and still run."""
        names = group_names(self._layout.groups)
        suffixes = {suffix for suffix in self._settings.lasting_suffixes if f"{partition}-{suffix}" in names}
        if not suffixes:
            return frozenset()
        alive = {program.group for program in self.programs() if program.state in _ALIVE}
        return frozenset(suffix for suffix in suffixes if f"{partition}-{suffix}" in alive)

    def _start_group(self, group: str) -> None:
        try:
            results = self._ask(lambda: self._daemon.rpc.call("startProcessGroup", group, False))  # noqa: FBT003
        except SupervisorFault as fault:
            if fault.code == BAD_NAME:  # there is nothing to start
                return
            raise
        failed = [
            f"{group}:{result['name']}: {result['description']}"
            for result in results
            if result["status"] not in _FINE
        ]
        if failed:
            raise DeploymentFailed(f"cannot start {', '.join(failed)}")

    def _change_files(self, partition: PartitionId, desired: dict[str, str], kept: frozenset[str]) -> None:
        """Write and delete the files of the partition's groups, and let the daemon follow."""
        existing = self._existing(partition)
        if not desired and not existing:
            return
        for suffix in kept:
            stored = existing.get(f"{partition}-{suffix}")
            if stored is not None:
                desired[f"{partition}-{suffix}"] = stored.text
        partitions = self._partitions()
        changes = plan_group_files(partition, desired, existing, partitions, FILE_MODE)
        if changes.is_empty:
            return
        # Should the node die before the daemon has followed, the mark makes the next run catch up.
        mark = self._layout.pending / partition
        write_stored(mark, "")
        for group, text in changes.write.items():
            write_stored(self._layout.group_file(group), text)
        for group in changes.delete:
            delete_stored(self._layout.group_file(group))
        self._daemon.apply(self._ask(self._reload.differences).of(partition, partitions))
        delete_stored(mark)

    def _existing(self, partition: PartitionId) -> dict[str, StoredFile]:
        """Return the files of all groups whose names begin as the partition's do."""
        found = {}
        for group in group_names(self._layout.groups):
            if owner_of_group(group, (partition,)) is not None:
                stored = read_stored(self._layout.group_file(group))
                if stored is not None:
                    found[group] = stored
        return found

    def _partitions(self) -> tuple[PartitionId, ...]:
        """Return the ids of everything that may be a partition: the directories of the instance root."""
        with os.scandir(self._settings.instance_root) as entries:
            return tuple(PartitionId(entry.name) for entry in entries if entry.is_dir())

    def _ask(self, question: Callable[[], _Answer]) -> _Answer:
        """Ask the daemon; one that died since `ensure_running` is started again first."""
        try:
            return question()
        except SupervisorAway:
            if not self._may_launch.is_set() or self._daemon.is_running():
                raise
            self._daemon.ensure()
            return question()


def identity_of(place: PartitionPlace) -> Identity:
    """Return as whom the programs of a partition run.

    Without an account they run as the node does; the user is then named all the same, as existing nodes do,
    unless the machine's user database does not have it (supervisord would refuse to start).
    """
    account = place.account
    if account is not None:
        return Identity(
            name=account.name, uid=account.uid, gid=account.gid, home=str(account.home), switch=True
        )
    uid, gid = os.geteuid(), os.getegid()
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        return Identity(name=str(uid), uid=uid, gid=gid, home=str(place.path), switch=False)
    return Identity(name=entry.pw_name, uid=uid, gid=gid, home=entry.pw_dir, switch=uid != 0)


def program_text(place: PartitionPlace, program: Program, identity: Identity) -> ProgramText:
    """Return the configuration of one of a partition's own programs."""
    id_ = f"{place.id}_{program.name}"
    return ProgramText(
        id=id_,
        process_name=program.process_name,
        command=(str(program.command),),
        directory=place.path,
        log=place.path / f".{id_}.log",
        identity=identity,
    )
