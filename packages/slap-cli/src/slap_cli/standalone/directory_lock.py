"""The lock of a standalone directory: one command at a time changes what is in it."""

import contextlib
import fcntl
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from slap_domain.errors import AlreadyRunning, HostFailure

_POLL = 0.05
_MOMENT = 0.3


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock until the end of the block; the system frees it when the process dies.

    Raises:
        AlreadyRunning: another process holds it; the message names it.
        HostFailure: the file cannot be made.
    """
    with locked_for_another(path):
        yield


@dataclass(slots=True)
class HeldLock:
    """A lock that is held.

    Attributes:
        descriptor: whoever has a copy of it holds the lock too.
        pid: who holds it; another process that was given a copy may be named here.
    """

    descriptor: int
    pid: int


@contextlib.contextmanager
def locked_for_another(path: Path) -> Iterator[HeldLock]:
    """Hold a lock until the end of the block, or longer where another process is given it.

    Raises:
        AlreadyRunning: another process holds it; the message names it.
        HostFailure: the file cannot be made.
    """
    descriptor = _opened(path)
    try:
        _take(descriptor, path)
        lock = HeldLock(descriptor=descriptor, pid=os.getpid())
        _write_pid(descriptor, lock.pid)
        yield lock
        _write_pid(descriptor, lock.pid)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def taken_over(given: int) -> Iterator[None]:
    """Hold the lock that this process was given as a descriptor, which what it starts does not inherit."""
    descriptor = os.dup(given)
    nothing = os.open(os.devnull, os.O_RDONLY)
    try:
        os.dup2(nothing, given)
        _write_pid(descriptor, os.getpid())
        yield
    finally:
        os.close(nothing)
        os.close(descriptor)


def is_held(path: Path) -> bool:
    """Tell whether a process holds the lock.

    Raises:
        HostFailure: it cannot be found out.
    """
    if not path.exists():
        return False
    descriptor = _opened(path)
    try:
        return not _is_free(descriptor)
    finally:
        os.close(descriptor)


def end_holder(path: Path, patience: float) -> bool:
    """Ask the process that holds the lock to end, and wait until it did.

    Returns:
        whether there was one.

    Raises:
        HostFailure: it does not end in time, or is somebody else's.
    """
    if not path.exists():
        return False
    descriptor = _opened(path)
    try:
        if _is_free(descriptor):
            return False
        told = 0
        deadline = time.monotonic() + patience
        while not _is_free(descriptor):
            # A holder that has just begun may not have written who it is.
            holder = _written_pid(descriptor)
            if holder != told:
                _interrupt(holder)
                told = holder
            if time.monotonic() > deadline:
                raise HostFailure(f"process {holder}, which uses {path.parent}, does not end")
            time.sleep(_POLL)
    finally:
        os.close(descriptor)
    return True


def _opened(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise HostFailure(
            f"directory {path.parent} cannot be used: {error.strerror}",
            hint="name another one with --directory",
        ) from error


def _is_free(descriptor: int) -> bool:
    if not _is_taken(descriptor):
        return False
    fcntl.flock(descriptor, fcntl.LOCK_UN)
    return True


def _take(descriptor: int, path: Path) -> None:
    # Whoever only asks whether it is free holds it for a moment.
    deadline = time.monotonic() + _MOMENT
    while not _is_taken(descriptor):
        if time.monotonic() > deadline:
            raise AlreadyRunning(
                f"directory {path.parent} is in use by process {_written_pid(descriptor)}",
                hint="end that process, run `slapos standalone stop`, or name another --directory",
            )
        time.sleep(_POLL)


def _is_taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _write_pid(descriptor: int, pid: int) -> None:
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, str(pid).encode(), 0)


def _written_pid(descriptor: int) -> int:
    """Return the pid that the holder wrote; 0 when it has not yet."""
    text = os.pread(descriptor, 20, 0)
    return int(text) if text.isdigit() else 0


def _interrupt(pid: int) -> None:
    if not pid:
        return
    try:
        os.kill(pid, signal.SIGTERM)
    except ProcessLookupError:
        return
    except PermissionError as error:
        raise HostFailure(f"process {pid} is somebody else's and cannot be ended") from error
