"""Runs programs so that nothing they start outlives them; a process of its own, which forks for each program.

What a program starts may fork twice, take a session of its own and empty its environment: its parent is
nobody but the keeper then, a process that is forked for each program and that the kernel gives all orphans
below it. When the program ends the keeper ends the rest; when the node ends or wishes it, all of it.

Usage: run_keeper.py CONTROL_DESCRIPTOR. Nothing but the standard library is imported here.

A request is a message on the control socket that carries descriptors: the request itself (a file with a JSON
object), where the status goes, the node's end, and the output, the errors second when they are kept apart.
The status is a line `started` or `cannot <why>`, and after that, when nothing is left, a line with the exit
status, or minus the signal. The program is ended when the other end of the node's is closed.
"""

import contextlib
import ctypes
import gc
import json
import os
import resource
import select
import selectors
import signal
import socket
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from typing import Any

Request = dict[str, Any]
Work = Callable[[Request, Callable[[], None]], int]
"""Does what a request asks for in a process of its own; calls its second argument when it has begun."""

_LIBRARY = ctypes.CDLL(None)
_DESCRIPTORS = 8
_LOCKS = 10  # RLIMIT_LOCKS, which the module `resource` does not name
_SET_PARENT_DEATH_SIGNAL = 1
_SET_CHILD_SUBREAPER = 36
_END_TIME = 10.0
_STUBBORN = 0.2
_LASTING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_RESTORED = (*_LASTING, signal.SIGCHLD, signal.SIGPIPE, signal.SIGXFSZ)


def main(control_descriptor: str) -> None:
    """Serve requests until the node closes the control socket."""
    with socket.socket(fileno=int(control_descriptor)) as control:
        gc.freeze()  # so that the keepers' collections do not copy our pages
        gc.disable()
        control.send(b"ready")
        serve(control, execute)


def serve(control: socket.socket, work: Work) -> None:
    """Fork a keeper for each request until the other end of the control socket is closed."""
    keepers: dict[int, int] = {}  # pidfd -> pid
    with selectors.DefaultSelector() as selector:
        selector.register(control, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                if key.fileobj is not control:
                    selector.unregister(key.fd)
                    os.waitpid(keepers.pop(key.fd), 0)
                    os.close(key.fd)
                    continue
                data, descriptors, _, _ = socket.recv_fds(control, 16, _DESCRIPTORS)
                if not data:
                    return
                keeper = _forked(descriptors, work)
                keepers[keeper[0]] = keeper[1]
                selector.register(keeper[0], selectors.EVENT_READ)


def execute(request: Request, _begun: Callable[[], None]) -> int:
    """Become the program of a request; that it has begun is told by its descriptors' closing."""
    os.execvpe(request["argv"][0], request["argv"], request["environment"])  # noqa: S606 - no shell is wanted


def _forked(descriptors: Sequence[int], work: Work) -> tuple[int, int]:
    pid = os.fork()
    if pid == 0:
        try:
            _close_others(descriptors)
            _keep(descriptors, work)
        finally:
            os._exit(0)
    for descriptor in descriptors:
        os.close(descriptor)
    return os.pidfd_open(pid), pid


def _keep(descriptors: Sequence[int], work: Work) -> None:
    """Run one program and tell how it ended, once nothing that it started is left."""
    request_file, status, node, *outputs = descriptors
    with os.fdopen(request_file) as file:
        request: Request = json.load(file)
    _LIBRARY.prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    for number in _LASTING:
        signal.signal(number, signal.SIG_IGN)
    endings = _endings()
    trouble, writer = os.pipe()
    keeper = os.getpid()
    pid = os.fork()
    if pid == 0:
        _program(keeper, request, outputs, writer, work)
    for descriptor in (writer, *outputs):
        os.close(descriptor)
    with os.fdopen(trouble) as file:
        why = file.read()
    # Nobody may listen any more; what was started is ended all the same.
    with contextlib.suppress(OSError):
        os.write(status, f"cannot {' '.join(why.split())}\n".encode() if why else b"started\n")
    ended = _wait(pid, endings, node)
    if ended is None or not request["lasting"]:
        rest = _end_rest(pid, endings)
        ended = rest if ended is None else ended
    with contextlib.suppress(OSError):
        os.write(status, f"{os.waitstatus_to_exitcode(ended or 0)}\n".encode())


def _endings() -> int:
    """Return a descriptor that becomes readable when a child ends."""
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    os.set_blocking(writer, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    return reader


def _wait(pid: int, endings: int, node: int) -> int | None:
    """Return the wait status of a program that has ended; None when the node wants its end."""
    poll = select.poll()
    poll.register(endings, select.POLLIN)
    poll.register(node, select.POLLIN)
    while True:
        status, _ = _reaped(pid)
        if status is not None:
            return status
        if node in [descriptor for descriptor, _ in poll.poll()]:
            return None
        _drain(endings)


def _end_rest(pid: int, endings: int) -> int | None:
    """Kill all that hangs on this process; return the wait status of the program, if it ended meanwhile."""
    poll = select.poll()
    poll.register(endings, select.POLLIN)
    deadline = time.monotonic() + _END_TIME  # what may not be killed, or cannot die, is not waited for
    found = None
    while True:
        status, is_childless = _reaped(pid)
        found = status if found is None else found
        if is_childless or time.monotonic() >= deadline:
            return found
        for number in (signal.SIGSTOP, signal.SIGKILL):  # stopped first, so that none of it escapes
            for descendant in _descendants(os.getpid()):
                with contextlib.suppress(OSError):
                    os.kill(descendant, number)
        poll.poll(_STUBBORN * 1000)
        _drain(endings)


def _reaped(pid: int) -> tuple[int | None, bool]:
    """Take note of children that have ended; return the status of one of them, and whether none is left."""
    found = None
    while True:
        try:
            ended, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return found, True
        if ended == 0:
            return found, False
        if ended == pid:
            found = status


def _drain(endings: int) -> None:
    with contextlib.suppress(BlockingIOError):
        os.read(endings, 4096)


def _descendants(ancestor: int) -> list[int]:
    parents = {}
    for name in os.listdir("/proc"):  # noqa: PTH208 - names only
        if name.isdecimal():
            try:
                with open(f"/proc/{name}/stat", "rb") as file:  # noqa: PTH123 - this is a hot loop
                    parents[int(name)] = int(file.read().rpartition(b")")[2].split()[1])
            except (OSError, IndexError, ValueError):
                continue
    found: list[int] = []
    new = {ancestor}
    while new:
        new = {pid for pid, parent in parents.items() if parent in new}
        found.extend(new)
    return found


def _program(keeper: int, request: Request, outputs: Sequence[int], trouble: int, work: Work) -> None:
    """Become what a request says, and do its work; never return."""
    begun = False

    def begin() -> None:
        nonlocal begun
        begun = True
        os.close(trouble)

    status = 1
    try:
        _become(request, outputs, trouble)
        if os.getppid() != keeper:  # it was killed before its end could be heard of
            return
        status = work(request, begin)
    except BaseException as error:  # noqa: BLE001 - the end of a process: nobody else would tell
        if begun:
            traceback.print_exc()
        else:
            os.write(trouble, f"{error or type(error).__name__}".encode(errors="replace"))
    finally:
        os._exit(status)


def _become(request: Request, outputs: Sequence[int], trouble: int) -> None:
    """Take on session, descriptors, mark, user, directory and umask of the request."""
    signal.set_wakeup_fd(-1)
    for number in _RESTORED:
        signal.signal(number, signal.SIG_DFL)
    os.setsid()
    nothing = os.open(os.devnull, os.O_RDONLY)
    for descriptor, standard in ((nothing, 0), (outputs[0], 1), (outputs[-1], 2)):
        os.dup2(descriptor, standard)
    _close_others((trouble,))
    _bear(request["mark"])
    account = request["account"]
    if account is not None:
        os.setgroups(account["groups"])
        os.setgid(account["gid"])
        os.setuid(account["uid"])
    # Should the keeper be killed, nothing goes on beside the next run. A change of user forgets this.
    _LIBRARY.prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)
    os.umask(request["umask"])
    os.chdir(request["directory"])


def _bear(mark: int) -> None:
    """Let this process and all it starts be known as part of a run (see `run_marks`)."""
    if mark:
        with contextlib.suppress(ValueError, OSError):  # higher than an outer run's, which stays
            resource.setrlimit(_LOCKS, (mark, mark))


def _close_others(kept: Sequence[int]) -> None:
    """Close all descriptors but the standard ones and these."""
    first = 3
    for descriptor in sorted(kept):
        os.closerange(first, descriptor)
        first = descriptor + 1
    os.closerange(first, os.sysconf("SC_OPEN_MAX"))


if __name__ == "__main__":
    main(sys.argv[1])
