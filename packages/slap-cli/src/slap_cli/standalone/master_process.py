"""The process of a standalone system's master: started, found again, ended."""

import contextlib
import os
import select
import signal
import socket
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path

from slap_cli.standalone.configuration_files import configuration_files
from slap_cli.standalone.place import Place
from slap_cli.standalone.record import Record, read_record, write_record, write_whole
from slap_domain.errors import HostFailure

# -P: what lies in the directory that the command is given in is not taken for a module.
_MODULE = ("-P", "-m", "slap_proxy")
_ADDRESS = "127.0.0.1"
_START_SECONDS = 30.0
_STOP_SECONDS = 20.0
_POLL = 0.02
_LOG_TAIL = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalMaster:
    """The master of one place, in a process of its own that outlives whoever started it."""

    place: Place

    def is_running(self) -> bool:
        """Tell whether the master of this place runs."""
        return self._pid() is not None

    def start(self) -> None:
        """Start it unless it runs, on the port it had if that is free, and return when it answers.

        Raises:
            HostFailure: it does not start; the message holds the end of its log.
        """
        if self.is_running():
            return
        self._end_strays()
        record = self._with_free_port()
        pid = self._launch()
        write_whole(self.place.master_pid, f"{pid} {_start_ticks(pid)}\n")
        deadline = time.monotonic() + _START_SECONDS
        while not _answers(record.port):
            if not self.is_running() or time.monotonic() > deadline:
                self.stop()
                raise HostFailure(
                    f"the master does not start: {self._log_tail()}", hint=f"see {self.place.master_log}"
                )
            time.sleep(_POLL)

    def stop(self) -> None:
        """Stop it if it runs, and return when it has ended.

        Raises:
            HostFailure: it does not end, not even when killed.
        """
        pid = self._pid()
        if pid is not None and not (
            _end(pid, signal.SIGTERM, _STOP_SECONDS) or _end(pid, signal.SIGKILL, _STOP_SECONDS)
        ):
            raise HostFailure(f"the master, process {pid}, does not end")
        self._end_strays()
        self.place.master_pid.unlink(missing_ok=True)

    def _end_strays(self) -> None:
        """End masters of this place that nobody knows: their command was killed before it wrote the pid."""
        ending = str(self.place.master_configuration).encode()
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            with contextlib.suppress(OSError):  # it has ended meanwhile, or is none of ours
                words = (entry / "cmdline").read_bytes().rstrip(b"\0").split(b"\0")
                if words[1:] == [*map(os.fsencode, _MODULE), b"--cfg", ending]:
                    _end(int(entry.name), signal.SIGKILL, _STOP_SECONDS)

    def _pid(self) -> int | None:
        try:
            pid, _, ticks = self.place.master_pid.read_text().strip().partition(" ")
        except OSError:
            return None
        # Numbers of processes come back: the time of its start tells whether it is still the same one.
        return int(pid) if pid.isdigit() and ticks and _start_ticks(int(pid)) == ticks else None

    def _with_free_port(self) -> Record:
        record = read_record(self.place.record)
        if not (record.port and _is_free(record.port)):
            record = replace(record, port=_free_port())
            write_record(self.place.record, record)
        for path, text in configuration_files(self.place, record).items():
            write_whole(path, text)
        return record

    def _launch(self) -> int:
        """Start the process in a session of its own, so that a Ctrl-C at the terminal leaves it alone."""
        log = str(self.place.master_log)
        actions = [
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ]
        command = [sys.executable, *_MODULE, "--cfg", str(self.place.master_configuration)]
        try:
            self.place.master_log.parent.mkdir(exist_ok=True)
            return os.posix_spawn(sys.executable, command, os.environ, file_actions=actions, setsid=True)
        except OSError as error:
            raise HostFailure(f"the master cannot be started: {error}") from error

    def _log_tail(self) -> str:
        try:
            return self.place.master_log.read_text(errors="replace")[-_LOG_TAIL:].strip()
        except OSError as error:
            return f"its log cannot be read: {error.strerror}"


def _answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection((_ADDRESS, port), timeout=1):
        return True
    return False


def _is_free(port: int) -> bool:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((_ADDRESS, port))
        except OSError:
            return False
    return True


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind((_ADDRESS, 0))
        return int(listener.getsockname()[1])


def _start_ticks(pid: int) -> str:
    """Return when a process started, in clock ticks since boot; empty when it is no more."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
    except OSError:
        return ""
    # A zombie has ended, whoever has not yet taken note of it.
    return "" if fields[0] == b"Z" else fields[19].decode()


def _end(pid: int, sign: signal.Signals, patience: float) -> bool:
    """Send a signal to a process and tell whether it ended in time."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        signal.pidfd_send_signal(handle, sign)
        ended, _, _ = select.select([handle], [], [], patience)
    except ProcessLookupError:
        return True
    finally:
        os.close(handle)
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
    return bool(ended)
