"""Removes trees that belong to others, who may move what is in them or put links there meanwhile."""

import contextlib
import os
import stat
from dataclasses import dataclass, field
from pathlib import Path

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def remove_entry(parent: int, name: str) -> None:
    """Remove what has a name in an open directory: a file, a link, or a directory and all below it.

    Raises:
        OSError: it cannot be removed, is not there, or was moved meanwhile.
    """
    if stat.S_ISDIR(os.stat(name, dir_fd=parent, follow_symlinks=False).st_mode):
        _remove_directory(parent, name)
    else:
        os.unlink(name, dir_fd=parent)


def _remove_directory(parent: int, name: str) -> None:
    """Remove a directory with all below it; however deep that is, few descriptors are open at a time."""
    way = [_Level(name=name, above=_identity(parent))]
    current = _entered(parent, name)
    try:
        way[-1].directories = _without_files(current)
        while way:
            if way[-1].directories:
                name = way[-1].directories.pop()
                way.append(_Level(name=name, above=_identity(current)))
                current = _exchanged(current, _entered(current, name))
                way[-1].directories = _without_files(current)
                continue
            level = way.pop()
            current = _exchanged(current, _left(current, level) if way else os.dup(parent))
            os.rmdir(level.name, dir_fd=current)
    finally:
        os.close(current)


@dataclass(slots=True, kw_only=True)
class _Level:
    """A directory that is being removed.

    Attributes:
        above: the identity of the directory it is in.
        directories: those in it that are still there.
    """

    name: str
    above: tuple[int, int]
    directories: list[str] = field(default_factory=list)


def _identity(directory: int) -> tuple[int, int]:
    status = os.fstat(directory)
    return status.st_dev, status.st_ino


def _exchanged(old: int, new: int) -> int:
    os.close(old)
    return new


def _entered(parent: int, name: str) -> int:
    try:
        directory = os.open(name, _DIRECTORY, dir_fd=parent)
    except PermissionError:  # we own it but may not read it
        _open_up(parent, name)
        directory = os.open(name, _DIRECTORY, dir_fd=parent)
    if os.fstat(directory).st_mode & 0o700 != 0o700:
        try:
            os.fchmod(directory, 0o700)
        except BaseException:
            os.close(directory)
            raise
    return directory


def _left(directory: int, level: _Level) -> int:
    """Return the directory above, unless somebody has moved the one we are in meanwhile."""
    above = os.open("..", _DIRECTORY, dir_fd=directory)
    if _identity(above) != level.above:
        os.close(above)
        raise OSError(f"{level.name} was moved while it was being removed")
    return above


def _without_files(directory: int) -> list[str]:
    """Remove what is no directory; return the names of the directories."""
    with os.scandir(directory) as found:
        entries_ = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in found]
    for name, is_directory in entries_:
        if not is_directory:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(name, dir_fd=directory)
    return [name for name, is_directory in entries_ if is_directory]


def _open_up(parent: int, name: str) -> None:
    """Let us into a directory of ours; a link that takes its place is not followed."""
    directory = os.open(name, os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=parent)
    try:
        Path(f"/proc/self/fd/{directory}").chmod(0o700)
    finally:
        os.close(directory)
