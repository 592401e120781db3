"""Processes that outlived their supervisor, or left their program: their environment tells whose they are."""

import contextlib
import os
import select
import signal
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

_URL = b"SUPERVISOR_SERVER_URL="
_GROUP = b"SUPERVISOR_GROUP_NAME="
_PROCESS = b"SUPERVISOR_PROCESS_NAME="
_TERMINATION_TIME = 10.0
_DAEMON_TIME = 90.0
_PROC = Path("/proc")


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
    own = ancestors()
    found = []
    for entry in os.scandir(_PROC):
        if entry.name.isdecimal() and int(entry.name) not in own:
            survivor = _survivor(int(entry.name), socket)
            if survivor is not None and chosen(survivor.group):
                found.append(survivor)
    return tuple(found)


def end_survivors(survivors: tuple[Survivor, ...], socket: Path, patience: float = _TERMINATION_TIME) -> None:
    """Ask the processes to end, and kill those that do not within `patience` seconds."""
    pids = dict.fromkeys(survivor.pid for survivor in survivors)
    end_processes(pids, lambda pid: _survivor(pid, socket) in survivors, patience)


def end_processes(
    pids: Iterable[int], is_meant: Callable[[int], bool], patience: float = _TERMINATION_TIME
) -> None:
    """Ask processes to end, and kill those that do not within `patience` seconds.

    Args:
        pids: of the processes.
        is_meant: tells whether a pid is still that of a process that shall end.
        patience: seconds.
    """
    with contextlib.ExitStack() as stack:
        handles = []
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                handle = os.pidfd_open(pid)
                stack.callback(os.close, handle)
                # The pid may be another process's by now; the handle can no longer change.
                if is_meant(pid):
                    handles.append(handle)
        _signal(handles, signal.SIGTERM)
        _signal(handles, signal.SIGCONT)
        remaining = _wait(handles, patience)
        _signal(remaining, signal.SIGKILL)
        _wait(remaining, patience)


def end_deaf_daemon(pid_file: Path, configuration: Path, patience: float = _DAEMON_TIME) -> None:
    """End a daemon that runs with a configuration but cannot be spoken to, as when its socket was removed.

    Args:
        pid_file: names the daemon.
        configuration: must be on its command line, else the pid is another process's by now.
        patience: seconds for it to stop its programs and end.
    """
    try:
        pid = int(pid_file.read_text())
        handle = os.pidfd_open(pid)
    except (OSError, ValueError):
        return
    try:
        words = (_PROC / str(pid) / "cmdline").read_bytes().split(b"\0")
        if os.fsencode(configuration) in words:
            _signal([handle], signal.SIGTERM)
            _signal(_wait([handle], patience), signal.SIGKILL)
            _wait([handle], patience)
    except OSError:  # it has ended
        return
    finally:
        os.close(handle)


def _signal(handles: list[int], number: signal.Signals) -> None:
    for handle in handles:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            signal.pidfd_send_signal(handle, number)


def _wait(handles: list[int], patience: float) -> list[int]:
    """Return the processes that still run after at most `patience` seconds."""
    remaining = list(handles)
    deadline = time.monotonic() + patience
    while remaining and (left := deadline - time.monotonic()) > 0:
        poll = select.poll()
        for handle in remaining:
            poll.register(handle, select.POLLIN)
        ended = {descriptor for descriptor, _ in poll.poll(left * 1000)}
        remaining = [handle for handle in remaining if handle not in ended]
    return remaining


def _survivor(pid: int, socket: Path) -> Survivor | None:
    try:
        variables = (_PROC / str(pid) / "environ").read_bytes().split(b"\0")
    except OSError:  # it has ended, or is another user's
        return None
    if _URL + b"unix://" + os.fsencode(socket) not in variables:
        return None
    return Survivor(pid=pid, group=_value(variables, _GROUP), program=_value(variables, _PROCESS))


def _value(variables: list[bytes], prefix: bytes) -> str:
    values = [variable.removeprefix(prefix) for variable in variables if variable.startswith(prefix)]
    return values[0].decode(errors="replace") if values else ""


def ancestors() -> set[int]:
    """Return this process and those it hangs on."""
    found: set[int] = set()
    pid = os.getpid()
    while pid > 0:
        found.add(pid)
        try:
            pid = int((_PROC / str(pid) / "stat").read_bytes().rpartition(b")")[2].split()[1])
        except (OSError, IndexError, ValueError):
            break
    return found
