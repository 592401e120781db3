"""Processes that work for a partition and that nobody looks after: they forked away and hid.

Whoever gets the partition next has the same user: what a former instance left could read its files.
"""

import os
import pwd
from dataclasses import dataclass
from pathlib import Path

from slap_node.programs import live_processes
from slap_node.programs.ending import end_processes
from slap_node.programs.keepers import is_keeper

_ROUNDS = 3  # one may have forked while it was looked for


def end_strays(folder: Path, daemon: int, marks: frozenset[int] = frozenset()) -> None:
    """End the processes of a partition that run neither below supervisord nor below a node.

    Where the partition has a user of its own, who is at home there, these are all of the user's processes.
    Else they are its owner's processes that bear a mark of it, or work in its directory and have no terminal.

    Args:
        folder: of the partition.
        daemon: supervisord's process id; 0 when it does not run.
        marks: of the partition's groups of programs.
    """
    try:
        owner = folder.stat().st_uid
    except OSError:  # there is no partition
        return
    strays = _Strays(folder=folder, owner=owner, is_home=_is_home(owner, folder), daemon=daemon, marks=marks)
    for _ in range(_ROUNDS):
        found = strays.find()
        if not found:
            return
        end_processes(found, strays.is_one)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Strays:
    """Which processes are meant."""

    folder: Path
    owner: int
    is_home: bool
    daemon: int
    marks: frozenset[int]

    def find(self) -> list[int]:
        own = live_processes.line_of(os.getpid())
        return [pid for pid in live_processes.all_pids() if pid not in own and self.is_one(pid)]

    def is_one(self, pid: int) -> bool:
        return (
            live_processes.user_of(pid) == self.owner
            and (self.is_home or self._is_marked(pid) or self._works_here(pid))
            and not self._is_looked_after(pid)
        )

    def _is_marked(self, pid: int) -> bool:
        return bool(self.marks) and live_processes.mark_of(pid) in self.marks

    def _works_here(self, pid: int) -> bool:
        directory = live_processes.directory_of(pid)
        is_here = directory is not None and directory.is_relative_to(self.folder)
        return is_here and not live_processes.has_terminal(pid)

    def _is_looked_after(self, pid: int) -> bool:
        """Tell whether a process hangs on whom its owner cannot pretend to be, whatever it says of itself."""
        line = live_processes.line_of(pid)
        return os.getpid() in line or self.daemon in line or any(map(is_keeper, line))


def _is_home(owner: int, folder: Path) -> bool:
    try:
        return owner != 0 and Path(pwd.getpwuid(owner).pw_dir) == folder
    except KeyError:
        return False
