"""Programs the node runs: as whom, where, with which environment, for how long, and what they printed.

The only module of the package that starts processes. Every program gets its own session, no inherited
descriptor and no standard input; on timeout or cancellation everything it started dies with it, also what
has left its session: each run carries a mark in its environment, by which the remains of a node that was
killed are found too (`slap_node.programs.run_marks`).
"""

import os
import selectors
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import IO

from slap_domain.errors import HostFailure
from slap_domain.model.partition import Account
from slap_node.programs.run_marks import RUN_MARK, kill_tree, new_mark

OUTPUT_LIMIT = 256 * 1024
_LINE_LIMIT = 16 * 1024
_CANCEL_POLL = 0.2
_DRAIN_TIME = 0.5

OnLine = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A program to run.

    Attributes:
        argv: the program and its arguments; no shell is involved.
        directory: its working directory.
        environment: all of its environment (see `slap_node.programs.environment`).
        account: whom to become first; None: stay who we are.
        timeout: seconds it may take, everything it started included; None: no limit.
        output_limit: bytes of its output that are kept, the last ones.
        separate_errors: keep its standard error apart from its standard output.
    """

    argv: tuple[str, ...]
    directory: PurePosixPath
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    account: Account | None = None
    timeout: float | None = None
    umask: int = 0o027
    output_limit: int = OUTPUT_LIMIT
    separate_errors: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """How a program ended.

    Attributes:
        status: its exit status, or minus the signal that ended it.
        output: the end of what it printed (standard error included unless kept apart).
        errors: the end of its standard error, when kept apart.
        timed_out: it took too long and was killed.
        cancelled: the caller gave up on it and it was killed.
    """

    status: int
    output: str = ""
    errors: str = ""
    timed_out: bool = False
    cancelled: bool = False

    @property
    def succeeded(self) -> bool:
        """Tell whether it ended by itself, with status 0."""
        return self.status == 0 and not self.timed_out and not self.cancelled


def run(command: Command, on_line: OnLine | None = None, cancel: threading.Event | None = None) -> Finished:
    """Run a program to its end.

    Args:
        command: what to run.
        on_line: called with each line of output as it comes, without its end; very long lines come in pieces.
        cancel: when it is set, the program and all it started are killed.

    Raises:
        HostFailure: the program cannot be started.
    """
    mark = new_mark()
    errors = subprocess.PIPE if command.separate_errors else subprocess.STDOUT
    process = _popen(command, mark, subprocess.PIPE, errors, ())
    streams = [stream for stream in (process.stdout, process.stderr) if stream is not None]
    ended = os.pidfd_open(process.pid)
    running = Running(
        pid=process.pid,
        mark=mark,
        streams=tuple(stream.fileno() for stream in streams),
        ended=ended,
        wait=process.wait,
    )
    try:
        return follow(command, running, on_line, cancel)
    finally:
        os.close(ended)
        for stream in streams:
            stream.close()


class Background:
    """A program that runs while its caller does other things."""

    def __init__(self, process: "subprocess.Popen[bytes]", mark: str) -> None:
        self._process = process
        self._mark = mark

    @property
    def pid(self) -> int:
        """Return its process id."""
        return self._process.pid

    def ended(self, within: float = 0.0) -> bool:
        """Tell whether it has ended, waiting so many seconds for it."""
        try:
            self._process.wait(within)
        except subprocess.TimeoutExpired:
            return False
        return True

    def kill(self) -> None:
        """Kill it and all it started, also when it has ended by itself."""
        # Its id may be another's once its end was noticed.
        running = self._process.poll() is None
        kill_tree(self._process.pid if running else None, self._mark)
        self._process.wait()


def start(command: Command, *, inherited: tuple[int, ...] = ()) -> Background:
    """Start a program without waiting for it; its output goes nowhere.

    Args:
        command: what to run; its timeout does not apply.
        inherited: descriptors that it shall have.

    Raises:
        HostFailure: the program cannot be started.
    """
    mark = new_mark()
    return Background(_popen(command, mark, subprocess.DEVNULL, subprocess.DEVNULL, inherited), mark)


class _Output:
    """The tail of one stream, and the lines in it as they come."""

    def __init__(self, limit: int, on_line: OnLine | None) -> None:
        self._limit = limit
        self._on_line = on_line
        self._kept: deque[bytes] = deque()
        self._size = 0
        self._line = b""

    def feed(self, data: bytes) -> None:
        self._kept.append(data)
        self._size += len(data)
        while self._size - len(self._kept[0]) >= self._limit:
            self._size -= len(self._kept.popleft())
        if self._on_line is None:
            return
        *lines, self._line = (self._line + data).split(b"\n")
        for line in lines:
            self._emit(line)
        while len(self._line) > _LINE_LIMIT:
            self._emit(self._line[:_LINE_LIMIT])
            self._line = self._line[_LINE_LIMIT:]

    def end(self) -> str:
        if self._line:
            self._emit(self._line)
        return b"".join(self._kept)[-self._limit :].decode(errors="replace")

    def _emit(self, line: bytes) -> None:
        text = line.rstrip(b"\r")
        for begin in range(0, len(text) or 1, _LINE_LIMIT):
            if self._on_line is not None:
                self._on_line(text[begin : begin + _LINE_LIMIT].decode(errors="replace"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A program that runs: its process, where its output comes from, and how one learns that it ended.

    Attributes:
        mark: value of `RUN_MARK` in the environment of what it starts.
        streams: descriptors to read its output from, its standard error second.
        ended: a descriptor that becomes readable when it has ended.
        wait: returns its exit status, or minus the signal that ended it.
    """

    pid: int
    mark: str
    streams: tuple[int, ...]
    ended: int
    wait: Callable[[], int]


def follow(
    command: Command, running: Running, on_line: OnLine | None = None, cancel: threading.Event | None = None
) -> Finished:
    """Follow a program until it ended, or was ended because of its time limit or the caller's wish."""
    watch = _Watch(command, running, on_line, cancel)
    try:
        return watch.follow()
    except BaseException:
        kill_tree(None if watch.reaped else running.pid, running.mark)
        if not watch.reaped:
            running.wait()
        raise


class _Watch:
    """Follows one running program."""

    def __init__(
        self, command: Command, running: Running, on_line: OnLine | None, cancel: threading.Event | None
    ) -> None:
        self.reaped = False  # once it is, its id may be another's
        self._running = running
        self._cancel = cancel
        self._deadline = None if command.timeout is None else time.monotonic() + command.timeout
        self._outputs = {stream: _Output(command.output_limit, on_line) for stream in running.streams}

    def follow(self) -> Finished:
        timed_out = cancelled = False
        with selectors.DefaultSelector() as selector:
            for descriptor in (*self._outputs, self._running.ended):
                selector.register(descriptor, selectors.EVENT_READ)
            while not self._step(selector):
                timed_out = self._deadline is not None and time.monotonic() >= self._deadline
                cancelled = self._cancel is not None and self._cancel.is_set()
                if timed_out or cancelled:
                    kill_tree(self._running.pid, self._running.mark)
                    break
            status = self._running.wait()
            self.reaped = True
            self._drain(selector)
        texts = [output.end() for output in self._outputs.values()]
        return Finished(
            status=status,
            output=texts[0],
            errors=texts[1] if len(texts) > 1 else "",
            timed_out=timed_out,
            cancelled=cancelled,
        )

    def _step(self, selector: selectors.BaseSelector) -> bool:
        """Read once what there is; tell whether the program itself has ended."""
        wait = _CANCEL_POLL if self._cancel is not None else None
        if self._deadline is not None:
            left = max(0.0, self._deadline - time.monotonic())
            wait = left if wait is None else min(wait, left)
        ready = [key.fd for key, _ in selector.select(wait)]
        for descriptor in ready:
            self._read(selector, descriptor)
        return self._running.ended in ready

    def _drain(self, selector: selectors.BaseSelector) -> None:
        # What it started may keep the pipe open for ever (a service that forks away): only what has
        # been written already is read.
        selector.unregister(self._running.ended)
        deadline = time.monotonic() + _DRAIN_TIME
        while time.monotonic() < deadline:
            ready = selector.select(0)
            if not ready:
                return
            for key, _ in ready:
                self._read(selector, key.fd)

    def _read(self, selector: selectors.BaseSelector, descriptor: int) -> None:
        output = self._outputs.get(descriptor)
        if output is None:
            return
        data = os.read(descriptor, 65536)
        if data:
            output.feed(data)
        else:
            selector.unregister(descriptor)


def _popen(
    command: Command,
    mark: str,
    output: int | IO[bytes],
    errors: int | IO[bytes],
    inherited: tuple[int, ...],
) -> "subprocess.Popen[bytes]":
    account = command.account
    try:
        return subprocess.Popen(  # noqa: S603 - running what releases and instances hold is the node's work
            command.argv,
            cwd=str(command.directory),
            env={**command.environment, RUN_MARK: mark},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=errors,
            bufsize=0,
            start_new_session=True,
            pass_fds=inherited,
            umask=command.umask,
            user=None if account is None else account.uid,
            group=None if account is None else account.gid,
            extra_groups=None if account is None else groups_of(account),
        )
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise HostFailure(f"cannot run {command.argv[0]} in {command.directory}: {error}") from error


def groups_of(account: Account) -> list[int]:
    """Return the ids of all groups that an account is in, its own first."""
    return os.getgrouplist(account.name, account.gid)
