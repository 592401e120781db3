"""Processes of ours that fork for each program the node runs, and programs that run below them.

The only module of the package that starts processes: each is a script that serves `run_keeper`'s requests.
"""

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from slap_domain.errors import HostFailure
from slap_node.programs.keepers import ISOLATED
from slap_node.programs.run_marks import kill_run, mark_of_run

_START_TIME = 60.0
_FORK_TIME = 30.0
_END_TIME = 15.0
_LEAVE_TIME = 5.0
_POLL = 0.2


class ForkServerStuck(Exception):  # noqa: N818 - what is so, not what went wrong
    """A fork server does not answer, or has ended; another one can be started."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptProgram:
    """A program that runs below a keeper.

    Attributes:
        streams: descriptors to read its output from, its standard error second.
        ended: a descriptor that becomes readable when it, and all it has started, has ended.
        mark: of the run (see `run_marks`); 0 for none.
    """

    streams: tuple[int, ...]
    ended: int
    mark: int
    _node: list[int] = field(repr=False)

    def end(self) -> None:
        """Let it, and all it has started, be killed."""
        while self._node:
            os.close(self._node.pop())

    def wait(self) -> int:
        """Return its exit status, or minus the signal that ended it."""
        line = _line(self.ended, _END_TIME)
        if not line:  # its keeper was killed, or cannot end it
            kill_run(self.mark)
        return int(line) if line else -signal.SIGKILL

    def close(self) -> None:
        """Let go of it; what still runs is killed."""
        self.end()
        for descriptor in (*self.streams, self.ended):
            os.close(descriptor)


class ForkServer:
    """A process that forks for each program; closed, it ends, and what runs below it does not."""

    def __init__(self, process: "subprocess.Popen[bytes]", control: socket.socket) -> None:
        self._process = process
        self._control = control
        self._lock = threading.Lock()

    def fork(
        self,
        request: Mapping[str, object],
        *,
        separate_errors: bool = False,
        cancel: threading.Event | None = None,
    ) -> KeptProgram:
        """Run a program.

        Args:
            request: what the server is asked for (see `run_keeper`).
            separate_errors: keep its standard error apart from its standard output.
            cancel: once it is set, nobody waits for the server any more.

        Raises:
            HostFailure: the program cannot be started; the message is the reason alone.
            ForkServerStuck: the server does not do it.
        """
        theirs: list[int] = []
        node_read, node_write = os.pipe2(os.O_CLOEXEC)
        pipes = [os.pipe2(os.O_CLOEXEC) for _ in range(3 if separate_errors else 2)]
        ended, *streams = (reader for reader, _ in pipes)
        status, *outputs = (writer for _, writer in pipes)
        program = KeptProgram(
            streams=tuple(streams), ended=ended, mark=mark_of_run(request), _node=[node_write]
        )
        try:
            theirs = [_file(json.dumps(request).encode()), status, node_read, *outputs]
            with self._lock:
                socket.send_fds(self._control, [b"run"], theirs)
        except OSError as error:
            program.close()
            raise ForkServerStuck from error
        finally:
            for descriptor in theirs or (status, node_read, *outputs):
                os.close(descriptor)
        self._confirm(program, cancel)
        return program

    def end(self) -> None:
        """Let the server end; programs that run below it go on until their node ends."""
        self._control.close()
        try:
            self._process.wait(_LEAVE_TIME)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _confirm(self, program: KeptProgram, cancel: threading.Event | None) -> None:
        answer = ""
        try:
            answer = _line(program.ended, _FORK_TIME, cancel)
        finally:
            if answer != "started":
                program.close()
        if answer.startswith("cannot "):
            raise HostFailure(answer.removeprefix("cannot "))
        if answer != "started":
            raise ForkServerStuck


class StartingServer:
    """A fork server that has been started and may not be ready yet."""

    def __init__(self, process: "subprocess.Popen[bytes]", control: socket.socket, what: str) -> None:
        self._server = ForkServer(process, control)
        self._control = control
        self._what = what

    def ready(self) -> ForkServer:
        """Return it once it is ready.

        Raises:
            HostFailure: it does not get ready.
        """
        self._control.settimeout(_START_TIME)
        with contextlib.suppress(OSError):
            if self._control.recv(16) == b"ready":
                self._control.settimeout(None)
                return self._server
        self._server.end()
        raise HostFailure(f"{self._what} does not start")

    def end(self) -> None:
        """Let it end."""
        self._server.end()


def start(
    script: Path, *arguments: str, environment: Mapping[str, str], python: str = sys.executable
) -> StartingServer:
    """Start a fork server and do not wait for it.

    Args:
        script: gets the descriptor of its control socket as its first argument; says `ready` there.
        arguments: its further arguments.
        environment: all of its environment.
        python: the interpreter that runs it, isolated from everything but the standard library.

    Raises:
        HostFailure: it does not start.
    """
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        try:
            process = subprocess.Popen(  # noqa: S603 - a script of our own
                (python, *ISOLATED, str(script), str(theirs.fileno()), *arguments),
                cwd="/",
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
                pass_fds=(theirs.fileno(),),
            )
        except OSError as error:
            ours.close()
            raise HostFailure(f"cannot run {python}: {error}") from error
    return StartingServer(process, ours, f"{script} with {python}")


def launch(script: Path, *, environment: Mapping[str, str], python: str = sys.executable) -> ForkServer:
    """Start a fork server, as `start` does, and return it when it is ready.

    Raises:
        HostFailure: it does not start.
    """
    return start(script, environment=environment, python=python).ready()


def _file(data: bytes) -> int:
    """Return a descriptor from which data can be read; it may be more than a message may hold."""
    file = os.memfd_create("request")
    try:
        while data:
            data = data[os.write(file, data) :]
        os.lseek(file, 0, os.SEEK_SET)
    except BaseException:
        os.close(file)
        raise
    return file


def _line(descriptor: int, within: float, cancel: threading.Event | None = None) -> str:
    """Read a short line from a pipe; empty when its other end was closed, or it does not come in time.

    Args:
        descriptor: of the pipe.
        within: seconds for all of it.
        cancel: once set, it is waited for no more.
    """
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    text, deadline = b"", time.monotonic() + within
    while not text.endswith(b"\n"):
        while not poll.poll(_POLL * 1000):
            if time.monotonic() >= deadline or (cancel is not None and cancel.is_set()):
                return ""
        byte = os.read(descriptor, 1)
        if not byte:
            return ""
        text += byte
    return text.decode(errors="replace").strip()
