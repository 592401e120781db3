"""Processes that work for a partition and that nobody supervises: they forked away and hid.

Whoever gets the partition next has the same user: what a former instance left could read its files.
"""

import os
import pwd
from dataclasses import dataclass
from pathlib import Path

from slap_node.programs.run_marks import belongs_to_a_live_run
from slap_node.supervisor.survivors import ancestors, end_processes

_PROC = Path("/proc")
_ROUNDS = 3  # one may have forked while it was looked for


def end_strays(folder: Path, daemon: int) -> None:
    """End the processes of a partition that run neither below supervisord nor below the node.

    Where the partition has a user of its own, who is at home there, these are all of the user's processes.
    Else they are its owner's processes that work in its directory and have no terminal.

    Args:
        folder: of the partition.
        daemon: supervisord's process id; 0 when it does not run.
    """
    try:
        owner = folder.stat().st_uid
    except OSError:  # there is no partition
        return
    strays = _Strays(folder=folder, owner=owner, is_home=_is_home(owner, folder), daemon=daemon)
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

    def find(self) -> list[int]:
        parents = _parents()
        looked_after = {os.getpid(), self.daemon}
        return [
            pid
            for pid in parents.keys() - ancestors()
            if self.is_one(pid) and looked_after.isdisjoint(_line(pid, parents))
        ]

    def is_one(self, pid: int) -> bool:
        place = _PROC / str(pid)
        try:
            if place.stat().st_uid != self.owner or belongs_to_a_live_run(pid):
                return False
            return self.is_home or (not _terminal(place) and self._works_here(place))
        except OSError:  # it has ended, or is none of our business
            return False

    def _works_here(self, place: Path) -> bool:
        return (place / "cwd").readlink().is_relative_to(self.folder)


def _is_home(owner: int, folder: Path) -> bool:
    try:
        return owner != 0 and Path(pwd.getpwuid(owner).pw_dir) == folder
    except KeyError:
        return False


def _fields(place: Path) -> list[bytes]:
    return (place / "stat").read_bytes().rpartition(b")")[2].split()


def _terminal(place: Path) -> int:
    return int(_fields(place)[4])


def _parents() -> dict[int, int]:
    parents = {}
    for entry in os.scandir(_PROC):
        if entry.name.isdecimal():
            try:
                parents[int(entry.name)] = int(_fields(_PROC / entry.name)[1])
            except (OSError, IndexError):
                continue
    return parents


def _line(pid: int, parents: dict[int, int]) -> set[int]:
    """Return a process and its ancestors."""
    found: set[int] = set()
    while pid > 0 and pid not in found:
        found.add(pid)
        pid = parents.get(pid, 0)
    return found
