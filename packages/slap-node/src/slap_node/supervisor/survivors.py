"""Processes that outlived their supervisor, or left their program: their environment tells whose they are."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from slap_node.programs import live_processes
from slap_node.programs.ending import end_processes

_PATIENCE = 10.0
_DAEMON_PATIENCE = 90.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Survivor:
    """A process that was started, directly or not, as part of a supervised program."""

    pid: int
    group: str
    program: str


def find_survivors(socket: Path, chosen: Callable[[str], bool]) -> tuple[Survivor, ...]:
    """Return the live processes of a supervisor's groups, except this process and its ancestors.

    Args:
        socket: the supervisor's socket, by which its processes know it.
        chosen: tells by its name whether a group is meant.
    """
    own = live_processes.line_of(os.getpid())
    found = [_survivor(pid, socket) for pid in live_processes.all_pids() if pid not in own]
    return tuple(survivor for survivor in found if survivor is not None and chosen(survivor.group))


def end_survivors(survivors: tuple[Survivor, ...], socket: Path, patience: float = _PATIENCE) -> None:
    """Ask the processes to end, and kill those that do not within `patience` seconds."""
    pids = dict.fromkeys(survivor.pid for survivor in survivors)
    end_processes(pids, lambda pid: _survivor(pid, socket) in survivors, patience)


def end_deaf_daemon(pid_file: Path, configuration: Path) -> None:
    """End a daemon that runs with a configuration but cannot be spoken to, as when its socket was removed.

    It gets time to stop its programs.

    Args:
        pid_file: names the daemon.
        configuration: must be on its command line, else the pid is another process's by now.
    """
    try:
        pid = int(pid_file.read_text())
    except (OSError, ValueError):
        return

    def is_meant(pid: int) -> bool:
        return str(configuration) in live_processes.words_of(pid)

    if is_meant(pid):
        end_processes([pid], is_meant, _DAEMON_PATIENCE)


def _survivor(pid: int, socket: Path) -> Survivor | None:
    environment = live_processes.environment_of(pid)
    if environment.get("SUPERVISOR_SERVER_URL") != f"unix://{socket}":
        return None
    return Survivor(
        pid=pid,
        group=environment.get("SUPERVISOR_GROUP_NAME", ""),
        program=environment.get("SUPERVISOR_PROCESS_NAME", ""),
    )
