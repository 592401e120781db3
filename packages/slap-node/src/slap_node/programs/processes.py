"""Programs the node runs: as whom, where, with which environment, for how long, and what they printed.

Every program gets its own session, no inherited descriptor and no standard input. Everything it started ends
with it, also what has left its session: it runs below a keeper (`slap_node.programs.run_keeper`). Should a
keeper be killed, what is left is found by the mark of each run (`slap_node.programs.run_marks`).
"""

import atexit
import errno
import grp
import os
import selectors
import signal
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from slap_domain.errors import HostFailure
from slap_domain.model.partition import Account
from slap_node.programs import run_keeper
from slap_node.programs.environment import environment_of_runs
from slap_node.programs.fork_server import ForkServer, ForkServerStuck, KeptProgram, launch
from slap_node.programs.output_tail import OutputTail
from slap_node.programs.own_python import barred_hint
from slap_node.programs.run_marks import new_mark

if TYPE_CHECKING:
    from slap_domain.ports.output_lines import OnLine

OUTPUT_LIMIT = 256 * 1024
_DENIED = os.strerror(errno.EACCES)
_CANCEL_POLL = 0.2
_DRAIN_TIME = 0.5


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
        lasting: what it leaves running at its end is left alone, as when it starts a daemon.
    """

    argv: tuple[str, ...]
    directory: PurePosixPath
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    account: Account | None = None
    timeout: float | None = None
    umask: int = 0o027
    output_limit: int = OUTPUT_LIMIT
    separate_errors: bool = False
    lasting: bool = False


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

    @property
    def ending(self) -> str:
        """Return how it ended, to follow its name in a message."""
        if self.timed_out:
            return "took too long"
        if self.status >= 0:
            return f"exited with {self.status}"
        return f"was killed by signal {-self.status} ({signal.strsignal(-self.status)})"


def run(command: Command, on_line: "OnLine | None" = None, cancel: threading.Event | None = None) -> Finished:
    """Run a program to its end; what it leaves running is ended then, unless the command says otherwise.

    Args:
        command: what to run.
        on_line: called with output as it comes, a line or several at once; of a long one the beginning.
        cancel: when it is set, the program and all it started are killed.

    Raises:
        HostFailure: the program cannot be started.
    """
    try:
        program = _FORK_SERVER.fork(command)
    except HostFailure as failure:
        where = f"{command.argv[0]} in {command.directory}"
        hint = barred_hint(command.account) if _DENIED in failure.message else ""
        raise HostFailure(f"cannot run {where}: {failure.message}", hint=hint) from failure
    return follow(command, program, on_line, cancel)


def request_of(command: Command) -> dict[str, object]:
    """Return what a fork server is asked for (see `run_keeper`)."""
    account = command.account
    return {
        "argv": list(command.argv),
        "directory": str(command.directory),
        "environment": dict(command.environment),
        "umask": command.umask,
        "lasting": command.lasting,
        # What may stay is no remains of a run.
        "mark": 0 if command.lasting else new_mark(),
        "account": None
        if account is None
        else {"uid": account.uid, "gid": account.gid, "groups": groups_of(account)},
    }


class _NodeForkServer:
    """The process that forks for each program of the node, started with the first one."""

    def __init__(self) -> None:
        self._server: ForkServer | None = None
        self._owner = 0
        self._lock = threading.Lock()

    def fork(self, command: Command) -> KeptProgram:
        request = request_of(command)
        server = self._present()
        try:
            return server.fork(request, separate_errors=command.separate_errors)
        except ForkServerStuck:
            self._discard(server)
        try:
            return self._present().fork(request, separate_errors=command.separate_errors)
        except ForkServerStuck as stuck:
            raise HostFailure("the process that forks for the node does not answer") from stuck

    def _present(self) -> ForkServer:
        with self._lock:
            # A fork of this process must not speak over the socket of the other one.
            if self._server is None or self._owner != os.getpid():
                environment = environment_of_runs(os.environ, home=PurePosixPath("/"))
                self._server = launch(Path(run_keeper.__file__), environment=environment)
                self._owner = os.getpid()
                atexit.register(self._discard, self._server)
            return self._server

    def _discard(self, server: ForkServer) -> None:
        with self._lock:
            if self._server is not server or self._owner != os.getpid():
                return
            self._server = None
        server.end()


_FORK_SERVER = _NodeForkServer()


def follow(
    command: Command,
    program: KeptProgram,
    on_line: "OnLine | None" = None,
    cancel: threading.Event | None = None,
) -> Finished:
    """Follow a program until it ended, or was ended because of its time limit or the caller's wish."""
    try:
        return _Watch(command, program, on_line, cancel).follow()
    except BaseException:
        program.end()
        program.wait()
        raise
    finally:
        program.close()


class _Watch:
    """Follows one running program."""

    def __init__(
        self, command: Command, program: KeptProgram, on_line: "OnLine | None", cancel: threading.Event | None
    ) -> None:
        self._program = program
        self._cancel = cancel
        self._deadline = None if command.timeout is None else time.monotonic() + command.timeout
        self._outputs = {stream: OutputTail(command.output_limit, on_line) for stream in program.streams}

    def follow(self) -> Finished:
        timed_out = cancelled = False
        with selectors.DefaultSelector() as selector:
            for descriptor in (*self._outputs, self._program.ended):
                selector.register(descriptor, selectors.EVENT_READ)
            while not self._step(selector):
                timed_out = self._deadline is not None and time.monotonic() >= self._deadline
                cancelled = self._cancel is not None and self._cancel.is_set()
                if timed_out or cancelled:
                    self._program.end()
                    break
            status = self._program.wait()
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
        return self._program.ended in ready

    def _drain(self, selector: selectors.BaseSelector) -> None:
        # A daemon that it started may keep the pipe open for ever: only what has been written is read.
        selector.unregister(self._program.ended)
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


def groups_of(account: Account) -> list[int]:
    """Return the ids of all groups that an account is in, its own first."""
    return os.getgrouplist(account.name, account.gid)


def group_name(gid: int) -> str:
    """Return the name of a group; its number where it has none."""
    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return str(gid)
