"""The pid file that keeps a second run of the same kind away."""

import contextlib
import errno
import fcntl
import os
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from slap_domain.errors import AlreadyRunning, HostFailure
from slap_node.partitions.places import permission_hint
from slap_node.programs import live_processes

_NODE_PROGRAM = re.compile(r"slapos|slapgrid(-(sr|cp|ur|supervisord|supervisorctl))?")
_CARETAKER = re.compile(r"standalone|slap_cli\.wiring\.standalone_caretaker")
_CLOCK_STEP = 2.0  # seconds: the kernel counts starts from a time of boot that is rounded


@contextlib.contextmanager
def run_lock(pidfile: PurePosixPath) -> Iterator[None]:
    """Hold a pid file while a run lasts.

    The file is locked, not only written, so that of two runs that start at once exactly one goes on, and the
    file of a run that was killed keeps nobody away. A run of an existing node, which only writes its pid,
    is respected too.

    Raises:
        AlreadyRunning: another run holds it.
        HostFailure: it cannot be written.
    """
    file = _open(pidfile)
    try:
        _lock(file, pidfile)
        _write_pid(file)
        try:
            yield
        finally:
            with contextlib.suppress(FileNotFoundError):
                Path(pidfile).unlink()
    finally:
        os.close(file)


def _open(pidfile: PurePosixPath) -> int:
    try:
        Path(pidfile).parent.mkdir(parents=True, exist_ok=True)
        return os.open(pidfile, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
    except OSError as error:
        raise HostFailure(
            f"cannot write the pid file {pidfile}: {error.strerror}", hint=permission_hint(pidfile, error)
        ) from error


def _lock(file: int, pidfile: PurePosixPath) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise _refusal(pidfile, _pid_in(file)) from None
    # The holder before us may have removed the file between our opening and our locking it.
    with contextlib.suppress(FileNotFoundError):
        if os.path.samestat(os.fstat(file), Path(pidfile).stat()):
            pid = _pid_in(file)
            if pid and pid != os.getpid():
                if _is_a_node(pid) and _began_before(pid, os.fstat(file).st_mtime):
                    raise _refusal(pidfile, pid)
                # It was killed, else its file were gone: what it had started must not go on beside us.
                from slap_node.programs.run_marks import kill_remains  # noqa: PLC0415 - costly, and rarely needed

                kill_remains(pid)
            return
    raise _refusal(pidfile, 0)


def _write_pid(file: int) -> None:
    os.truncate(file, 0)
    try:
        os.pwrite(file, f"{os.getpid()}\n".encode(), 0)
    except OSError as error:
        # A full disk must not keep away the very passes that make room on it: the file is locked anyway.
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise


def _pid_in(file: int) -> int:
    text = os.pread(file, 32, 0).decode(errors="replace").strip()
    return int(text) if text.isdecimal() else 0


def _is_a_node(pid: int) -> bool:
    """Tell whether a process is `slapos node ...` or one of the older `slapgrid` commands."""
    # The program comes first, or after its interpreter and that one's options.
    names = [PurePosixPath(word).name for word in live_processes.words_of(pid) if not word.startswith("-")]
    program = next((index for index, name in enumerate(names[:2]) if _NODE_PROGRAM.fullmatch(name)), None)
    return program is not None and (names[program] != "slapos" or "node" in names[program + 1 :])


def _began_before(pid: int, written: float) -> bool:
    """Tell whether a process is as old as the file: else its id was another's when the file was written."""
    began = live_processes.time_of_start(pid)
    return began is not None and began <= written + _CLOCK_STEP


def _refusal(pidfile: PurePosixPath, pid: int) -> AlreadyRunning:
    who = f"process {pid}" if pid else "another process"
    hint = "a pass of this kind is at work; run the command again when it has ended"
    if any(map(_CARETAKER.fullmatch, live_processes.words_of(pid)[:4])):
        who += ", which looks after a standalone directory,"
        hint = "it makes this pass itself when something changed; or run the command again in a moment"
    return AlreadyRunning(f"{who} holds {pidfile}", hint=hint)
