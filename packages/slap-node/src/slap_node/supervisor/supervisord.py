"""supervisord as the node runs it: it opens logs without following links, and marks the programs of a group.

A program's log lies in its partition, whose user may put a link there that leads anywhere; supervisord runs
as root and would write to where it leads. Programs that run as supervisord's own user get the mark of their
group, by which what forks away from them is found. The configuration stays the one that existing nodes write.
"""

import errno
import os
import stat
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any, NoReturn

import supervisor.loggers  # type: ignore[import-untyped]
import supervisor.supervisord  # type: ignore[import-untyped]

from slap_node.programs.group_marks import bear, group_mark

_LOG_MODE = 0o640
_FLAGS = os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY
_Options: Any = supervisor.supervisord.ServerOptions


class GuardedLogs:
    """Opens logs for supervisord.

    Attributes:
        trusted: users in whose directories a log is opened as ever; they could write anywhere themselves.
        tell: is told each log that is refused, and why.
    """

    def __init__(self, trusted: frozenset[int], tell: Callable[[str], None]) -> None:
        self.trusted = trusted
        self.tell = tell

    def open(self, path: str, mode: str = "ab") -> IO[bytes]:
        """Open a log to append to it, or with the mode `wb` to begin it anew.

        What is no regular file, or not the directory owner's own, is refused: what should be written to it
        is dropped then, and the program runs all the same.

        Raises:
            OSError: a trusted user's log cannot be opened.
        """
        folder, name = os.path.split(path)
        write = "wb" if "w" in mode else "ab"
        try:
            directory = os.open(folder or ".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError as error:
            return self._dropped(path, error)
        try:
            owner = os.fstat(directory)
            if owner.st_uid not in self.trusted:
                return self._open_guarded(path, _Place(directory, name, owner), write)
        finally:
            os.close(directory)
        return Path(path).open(write)

    def _open_guarded(self, path: str, place: "_Place", mode: str) -> IO[bytes]:
        try:
            log = place.open()
            try:
                place.check(log)
                if mode == "wb":
                    os.ftruncate(log, 0)
                return os.fdopen(log, mode)
            except BaseException:
                os.close(log)
                raise
        except OSError as error:
            return self._dropped(path, error)

    def _dropped(self, path: str, error: OSError) -> IO[bytes]:
        self.tell(f"the log {path} is refused, output is dropped: {error.strerror}")
        return Path(os.devnull).open("wb")


class _Place:
    """A log's place in an open directory."""

    def __init__(self, directory: int, name: str, owner: os.stat_result) -> None:
        self._directory = directory
        self._name = name
        self._owner = owner

    def open(self) -> int:
        """Open the log; one that is made becomes the directory owner's."""
        try:
            return os.open(self._name, _FLAGS, dir_fd=self._directory)
        except FileNotFoundError:
            log = os.open(self._name, _FLAGS | os.O_CREAT | os.O_EXCL, _LOG_MODE, dir_fd=self._directory)
        try:
            os.fchown(log, self._owner.st_uid, self._owner.st_gid)
        except BaseException:
            os.close(log)
            raise
        return log

    def check(self, log: int) -> None:
        """Refuse what the directory's owner need not have had access to."""
        status = os.fstat(log)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "it is no regular file")
        if status.st_nlink != 1:
            raise OSError(errno.EMLINK, "it has further names")
        if status.st_uid not in {0, self._owner.st_uid}:
            raise OSError(errno.EPERM, "it belongs to somebody else")


class Options(_Options):  # type: ignore[misc]
    """supervisord's options, which tell of refused logs, and by which it becomes its programs."""

    def execve(self, filename: str, argv: list[str], env: Mapping[str, str]) -> NoReturn:
        """Become a program, in a process of its own that has taken on the program's user."""
        group = env.get("SUPERVISOR_GROUP_NAME", "")
        # A partition's own user tells of itself.
        if group and os.geteuid() == self.daemon_user:
            bear(group_mark(env.get("SUPERVISOR_SERVER_URL", ""), group))
        super().execve(filename, argv, env)
        raise AssertionError("it came back from becoming another program")

    def make_logger(self) -> None:
        """Open supervisord's own log."""
        self.daemon_user = os.geteuid()
        logs = GuardedLogs(frozenset({0, self.daemon_user}), self._tell)
        # The module's own name hides the built-in: each of its ways to open, reopen and rotate comes here.
        supervisor.loggers.open = logs.open
        super().make_logger()

    def _tell(self, text: str) -> None:
        self.logger.log(supervisor.loggers.LevelsByName.WARN, text)


def main() -> None:
    """Run supervisord with the process's own arguments."""
    supervisor.supervisord.ServerOptions = Options
    supervisor.supervisord.main()


if __name__ == "__main__":
    main()
