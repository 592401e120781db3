"""The lock of a standalone directory: one command at a time changes what is in it."""

import contextlib
import fcntl
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

from slap_domain.errors import AlreadyRunning, HostFailure

_POLL = 0.05


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock until the end of the block; the system frees it when the process dies.

    Raises:
        AlreadyRunning: another process holds it; the message names it.
        HostFailure: the file cannot be made.
    """
    descriptor = _opened(path)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise AlreadyRunning(
                f"directory {path.parent} is in use by process {_written_pid(descriptor)}",
                hint="end that process, run `slapos standalone stop`, or name another --directory",
            ) from error
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield
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
        holder = _written_pid(descriptor)
        _interrupt(holder)
        deadline = time.monotonic() + patience
        while not _is_free(descriptor):
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
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    fcntl.flock(descriptor, fcntl.LOCK_UN)
    return True


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
