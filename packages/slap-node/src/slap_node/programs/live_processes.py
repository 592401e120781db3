"""What the kernel tells of the processes of this machine in `/proc`; of one that has ended, nothing."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

_PROC = Path("/proc")
# Where `stat` has them, counted from what follows the name of the program (proc(5)).
_PARENT, _TERMINAL, _START_TICKS = 1, 4, 19


def all_pids() -> Iterator[int]:
    """Yield the id of every process."""
    with os.scandir(_PROC) as entries:
        for entry in entries:
            if entry.name.isdecimal():
                yield int(entry.name)


def user_of(pid: int) -> int | None:
    """Return the user that a process runs as; None when it has ended."""
    try:
        return (_PROC / str(pid)).stat().st_uid
    except OSError:
        return None


def words_of(pid: int) -> tuple[str, ...]:
    """Return the command line of a process; empty when it has ended."""
    line = _read(pid, "cmdline")
    return tuple(map(os.fsdecode, line.removesuffix(b"\0").split(b"\0"))) if line else ()


def environment_of(pid: int) -> dict[str, str]:
    """Return the environment that a process began with; empty when it has ended, or is another user's."""
    found: dict[str, str] = {}
    for variable in _read(pid, "environ").split(b"\0"):
        name, is_set, value = os.fsdecode(variable).partition("=")
        if is_set:
            found.setdefault(name, value)
    return found


def directory_of(pid: int) -> Path | None:
    """Return the directory that a process works in; None when it has ended, or is another user's."""
    try:
        return (_PROC / str(pid) / "cwd").readlink()
    except OSError:
        return None


def mark_of(pid: int) -> int | None:
    """Return the hard limit of file locks of a process, by which it is marked; None for none."""
    # prlimit(2) would not tell root of another user's process where root lacks a capability.
    limit = _read(pid, "limits").partition(b"\nMax file locks ")[2].split(maxsplit=2)[1:2]
    return int(limit[0]) if limit and limit[0].isdigit() else None


def has_terminal(pid: int) -> bool:
    """Tell whether a process has a controlling terminal."""
    return _stat(pid, _TERMINAL) not in {"", "0"}


def start_of(pid: int) -> str:
    """Return when a process began, in clock ticks since boot; empty when it has ended."""
    return _stat(pid, _START_TICKS)


def time_of_start(pid: int) -> float | None:
    """Return when a process began, in seconds since the epoch; None when it has ended."""
    ticks = start_of(pid)
    if not ticks:
        return None
    boot = time.time() - time.clock_gettime(time.CLOCK_BOOTTIME)
    return boot + int(ticks) / os.sysconf("SC_CLK_TCK")


def line_of(pid: int) -> tuple[int, ...]:
    """Return a process and those that it hangs on, as far as we may see; empty when it has ended."""
    line = _line(pid)
    # When one of them ends meanwhile, those below hang on another one.
    while line != (line := _line(pid)):
        pass
    return line


def _line(pid: int) -> tuple[int, ...]:
    line = []
    while pid and (parent := _stat(pid, _PARENT)):
        line.append(pid)
        pid = int(parent)
    return tuple(line)


def _stat(pid: int, field: int) -> str:
    fields = _read(pid, "stat").rpartition(b")")[2].split()
    return fields[field].decode() if len(fields) > field else ""


def _read(pid: int, name: str) -> bytes:
    try:
        return (_PROC / str(pid) / name).read_bytes()
    except OSError:
        return b""
