"""Ends processes that are known by their ids, and never one that has got the id of another meanwhile."""

import contextlib
import os
import select
import signal
import time
from collections.abc import Callable, Iterable

_PATIENCE = 10.0


def end_processes(pids: Iterable[int], is_meant: Callable[[int], bool], patience: float = _PATIENCE) -> None:
    """Ask processes to end, and kill those that do not in time; what we may not signal is left alone.

    Args:
        pids: of the processes.
        is_meant: tells whether a pid is still that of a process that shall end.
        patience: seconds; 0: they are killed at once.
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
        if patience:
            _signal(handles, signal.SIGTERM)
            _signal(handles, signal.SIGCONT)
        remaining = _wait(handles, patience)
        _signal(remaining, signal.SIGKILL)
        _wait(remaining, _PATIENCE)


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
