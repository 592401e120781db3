"""The supervisor daemon itself: started when it does not run, its watchdog kept alive."""

import contextlib
import fcntl
import os
import sys
import time
from collections.abc import Iterator
from enum import Enum
from pathlib import PurePosixPath

from slap_domain.errors import AlreadyRunning, HostFailure
from slap_domain.planning.node.supervision import GroupAction, GroupDifferences, GroupStep, plan_group_steps
from slap_node.supervisor.layout import SupervisorLayout
from slap_node.supervisor.main_configuration import main_text
from slap_node.supervisor.rpc import (
    ABNORMAL_TERMINATION,
    ALREADY_ADDED,
    ALREADY_STARTED,
    BAD_NAME,
    NO_FILE,
    NOT_EXECUTABLE,
    SHUTDOWN_STATE,
    SPAWN_ERROR,
    STILL_RUNNING,
    STOP_TIMEOUT,
    SupervisorAway,
    SupervisorFault,
    SupervisorRpc,
    SupervisorSlow,
)
from slap_node.supervisor.stored_files import write_if_different
from slap_node.supervisor.survivors import Survivor, end_deaf_daemon, end_survivors, find_survivors

WATCHDOG = "watchdog"
_LAUNCH_TIMEOUT = 30.0
_ANSWER_TIMEOUT = 20.0
_POLL = 0.02
_REMOVAL_TRIES = 10
_LIVELY = frozenset({"STARTING", "RUNNING"})
_LOG_TAIL = 2000
_NOT_STARTED_AGAIN = frozenset(
    {BAD_NAME, NO_FILE, NOT_EXECUTABLE, SPAWN_ERROR, ABNORMAL_TERMINATION, ALREADY_STARTED}
)


class _Life(Enum):
    """How alive the daemon is."""

    AWAY = "away"
    RUNNING = "running"
    ENDING = "ending"


class SupervisorDaemon:
    """Starts supervisord and changes what it runs."""

    def __init__(self, layout: SupervisorLayout, watchdog: tuple[str, ...]) -> None:
        self._layout = layout
        self._watchdog = watchdog

    @property
    def rpc(self) -> SupervisorRpc:
        """Return the interface of the daemon, running or not."""
        return SupervisorRpc(self._layout.socket)

    def is_running(self) -> bool:
        """Tell whether the daemon answers, and means to go on doing so."""
        return self._life(self.rpc) is _Life.RUNNING

    def ensure(self) -> bool:
        """Write the configuration and start the daemon and its watchdog unless they run.

        Returns:
            whether the daemon had to be started.

        Raises:
            HostFailure: it cannot be started.
        """
        self._layout.prepare()
        with self._start_lock():
            self._stop_second_daemon()
            rewritten = write_if_different(
                self._layout.configuration, main_text(self._layout, self._watchdog)
            )
            if not self._lives_on():
                self._launch()
                return True
        self._ensure_watchdog(reread=rewritten)
        return False

    def foreground_command(self) -> tuple[str, ...]:
        """Write the configuration and return the command that runs the daemon in the foreground.

        Raises:
            AlreadyRunning: a daemon runs already.
            HostFailure: the configuration cannot be written.
        """
        self._layout.prepare()
        with self._start_lock():
            if self._lives_on():
                raise AlreadyRunning(
                    f"supervisord runs already, for {self._layout.instance_root}",
                    hint="stop it with `slapos node supervisorctl shutdown`",
                )
            write_if_different(self._layout.configuration, main_text(self._layout, self._watchdog))
            self._end_remains()
        return (*daemon_command(self._layout), "-n")

    def pid(self) -> int:
        """Return the daemon's process id; 0 when it does not run."""
        try:
            return int(self.rpc.call("getPID"))
        except SupervisorAway:
            return 0

    def differences(self) -> GroupDifferences:
        """Let the daemon read its files again and return how they differ from what it runs.

        Raises:
            HostFailure: a file is malformed, or the daemon does not answer.
        """
        added, changed, removed = self.rpc.call("reloadConfig")[0]
        return GroupDifferences(added=tuple(added), changed=tuple(changed), removed=tuple(removed))

    def apply(self, differences: GroupDifferences) -> None:
        """Make the daemon's groups what its files say.

        Raises:
            HostFailure: a group does not stop, or the daemon does not answer.
        """
        for step in plan_group_steps(differences):
            self._apply(step)

    def shut_down(self) -> None:
        """Stop everything the daemon runs, the daemon, and what one that was killed has left at work.

        Raises:
            HostFailure: it does not end.
        """
        try:
            self.rpc.call("shutdown")
            self._await_end(self.rpc)
        except SupervisorAway:
            pass
        except SupervisorFault as fault:
            if fault.code != SHUTDOWN_STATE:
                raise
            self._await_end(self.rpc)
        self._end_remains()

    def survivors(self) -> tuple[Survivor, ...]:
        """Return one process of each program that a daemon which was killed has left at work."""
        found = find_survivors(self._layout.socket, lambda _: True)
        return tuple({(one.group, one.program): one for one in reversed(found)}.values())

    def _lives_on(self) -> bool:
        life = self._life(self.rpc)
        if life is _Life.ENDING:
            self._await_end(self.rpc)
        return life is _Life.RUNNING

    @staticmethod
    def _life(rpc: SupervisorRpc) -> _Life:
        try:
            rpc.call("getState", timeout=_ANSWER_TIMEOUT)
        except SupervisorSlow:  # a second daemon beside it would be worse than none
            raise
        except SupervisorAway:
            return _Life.AWAY
        except SupervisorFault as fault:
            if fault.code != SHUTDOWN_STATE:
                raise
            return _Life.ENDING
        return _Life.RUNNING

    def _await_end(self, rpc: SupervisorRpc) -> None:
        deadline = time.monotonic() + STOP_TIMEOUT
        while self._life(rpc) is not _Life.AWAY or self._layout.pid_file.exists():
            if time.monotonic() > deadline:
                raise HostFailure(f"supervisord on {self._layout.socket} does not end")
            time.sleep(_POLL)

    def _apply(self, step: GroupStep) -> None:
        match step.action:
            case GroupAction.STOP:
                self._tolerate(BAD_NAME, "stopProcessGroup", step.group)
            case GroupAction.REMOVE:
                self._remove(step.group)
            case GroupAction.ADD:
                self._tolerate(ALREADY_ADDED, "addProcessGroup", step.group)

    def _tolerate(self, code: int, method: str, group: str) -> None:
        try:
            self.rpc.call(method, group, timeout=STOP_TIMEOUT)
        except SupervisorFault as fault:
            if fault.code != code:
                raise

    def _remove(self, group: str) -> None:
        for attempt in range(_REMOVAL_TRIES):
            try:
                self._tolerate(BAD_NAME, "removeProcessGroup", group)
            except SupervisorFault as fault:
                if fault.code != STILL_RUNNING or attempt + 1 == _REMOVAL_TRIES:
                    raise
                time.sleep(1)
                self._tolerate(BAD_NAME, "stopProcessGroup", group)
            else:
                return

    @contextlib.contextmanager
    def _start_lock(self) -> Iterator[None]:
        # Two commands at once (`node status` beside a run) must not start two daemons.
        try:
            descriptor = os.open(self._layout.start_lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise HostFailure(f"cannot open {self._layout.start_lock}: {error.strerror}") from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _stop_second_daemon(self) -> None:
        default = self._layout.default_socket
        if self._layout.socket != default and default.exists():
            with contextlib.suppress(SupervisorAway):
                SupervisorRpc(default).call("shutdown")
                self._await_end(SupervisorRpc(default))

    def _launch(self) -> None:
        survivors = self._end_remains()
        from slap_node.programs import processes  # noqa: PLC0415 - costly, and the daemon mostly runs already

        command = processes.Command(
            argv=daemon_command(self._layout),
            directory=PurePosixPath("/"),
            timeout=_LAUNCH_TIMEOUT,
            lasting=True,
        )
        finished = processes.run(command)
        if not finished.succeeded:
            raise HostFailure(f"supervisord does not start: {finished.output.strip()[-_LOG_TAIL:]}")
        deadline = time.monotonic() + _ANSWER_TIMEOUT
        while not self.is_running():
            if time.monotonic() > deadline:
                raise HostFailure(
                    f"supervisord was started but does not answer: {self._log_tail()}",
                    hint=f"look into {self._layout.log}",
                )
            time.sleep(_POLL)
        for name in sorted({f"{survivor.group}:{survivor.program}" for survivor in survivors}):
            self._start_again(name)

    def _end_remains(self) -> tuple[Survivor, ...]:
        """End what a former daemon left, and return it.

        A daemon that was killed leaves its programs behind; a new one would start them a second time.
        """
        survivors = find_survivors(self._layout.socket, lambda _: True)
        end_deaf_daemon(self._layout.pid_file, self._layout.configuration)
        end_survivors(survivors, self._layout.socket)
        return survivors

    def _start_again(self, name: str) -> None:
        """Start what ran under the daemon that was killed; what its files no longer have stays ended."""
        try:
            self.rpc.call("startProcess", name, False)  # noqa: FBT003 - XML-RPC has no names
        except SupervisorFault as fault:
            if fault.code not in _NOT_STARTED_AGAIN:
                raise

    def _ensure_watchdog(self, *, reread: bool) -> None:
        if reread:
            self.apply(self.differences().only(WATCHDOG))
        if self._watchdog and not self._watchdog_lives():
            self.apply(GroupDifferences(changed=(WATCHDOG,)))

    def _watchdog_lives(self) -> bool:
        try:
            info = self.rpc.call("getProcessInfo", f"{WATCHDOG}:{WATCHDOG}")
        except SupervisorFault as fault:
            if fault.code != BAD_NAME:
                raise
            self.differences()  # so that the daemon knows the group it is about to be given
            return False
        return info["statename"] in _LIVELY

    def _log_tail(self) -> str:
        try:
            return self._layout.log.read_text(errors="replace")[-_LOG_TAIL:]
        except OSError as error:
            return f"no log: {error.strerror}"


def daemon_command(layout: SupervisorLayout) -> tuple[str, ...]:
    """Return the command that runs supervisord: the node's own Python, nothing of the caller's settings."""
    # -B: as root with a umask of its own, it would leave compiled files that others cannot read.
    program = "slap_node.supervisor.supervisord"
    return (sys.executable, "-I", "-B", "-m", program, "-c", str(layout.configuration))
