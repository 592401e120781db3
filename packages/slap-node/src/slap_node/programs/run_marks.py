"""Finds and kills what a run of the node has started, by the mark in the environment of each run."""

import contextlib
import os
import secrets
import signal
from pathlib import Path

RUN_MARK = "SLAPOS_NODE_RUN"
"""Environment variable of every program: `<pid of the node>.<its start, in clock ticks>.<random>`."""


def new_mark() -> str:
    """Return a value of `RUN_MARK` that tells this node's runs from each other and from other nodes'."""
    return f"{os.getpid()}.{_start_ticks(os.getpid())}.{secrets.token_hex(8)}"


def _start_ticks(pid: int) -> str:
    """Return the start time of a process in clock ticks since boot; empty when there is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[19].decode()
    except (OSError, IndexError):
        return ""


def _is_alive(pid: int, start_ticks: str) -> bool:
    return start_ticks != "" and _start_ticks(pid) == start_ticks


def _marks(pid: int) -> list[str]:
    """Return the marks in the environment of a process; none when it has ended, or is another user's."""
    prefix = RUN_MARK.encode() + b"="
    try:
        variables = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return []
    return [v[len(prefix) :].decode(errors="replace") for v in variables if v.startswith(prefix)]


def _marked() -> list[tuple[int, str]]:
    """Return pid and mark of every process that this node, or another, has started as one of its runs."""
    pids = [int(place.name) for place in Path("/proc").iterdir() if place.name.isdecimal()]
    return [(pid, mark) for pid in pids for mark in _marks(pid)]


def belongs_to_a_live_run(pid: int) -> bool:
    """Tell whether a node that is alive has started a process as one of its runs."""
    for mark in _marks(pid):
        owner, _, rest = mark.partition(".")
        if owner.isdecimal() and _is_alive(int(owner), rest.partition(".")[0]):
            return True
    return False


def kill_remains(owner: int) -> tuple[int, ...]:
    """Kill what a node that was killed left running (builds, recipes, promises), and return the pids.

    Services are no remains: supervisor starts with an environment of its own.

    Args:
        owner: process id of the node that was killed; nothing happens while it is alive.
    """
    gone = []
    for pid, mark in _marked():
        started_by, _, rest = mark.partition(".")
        if started_by == str(owner) and not _is_alive(owner, rest.partition(".")[0]):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
                gone.append(pid)
    return tuple(gone)
