"""Files in directories that belong to others: no link that their owner put there is ever followed.

Partitions and releases belong to users of their own, and the node may run as root: a plain `open` by path
would let a partition make the node overwrite any file of the machine.
"""

import contextlib
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath

from slap_domain.errors import HostFailure
from slap_domain.model.partition import Account
from slap_node.guarded_removal import remove_entry

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_READ_LIMIT = 16 * 1024 * 1024


def read_text(root: PurePosixPath, *names: str, limit: int = _READ_LIMIT) -> str | None:
    """Return the text of a regular file below a directory; None when there is none.

    Args:
        root: a directory whose own path is trusted.
        names: the way down from there; none of them may be a link.
        limit: bytes read at most.

    Raises:
        HostFailure: it cannot be read.
    """
    found = _read(root, names, limit)
    return None if found is None else found[0]


def read_own_text(root: PurePosixPath, *names: str, limit: int = _READ_LIMIT) -> str | None:
    """Return the text of a file that this process, and no owner of the directory, has written.

    Judged by the opened file itself: it is ours, and has no second name. None when there is none such.

    Raises:
        HostFailure: it cannot be read.
    """
    found = _read(root, names, limit, own=True)
    return None if found is None else found[0]


def read_or_discard(root: PurePosixPath, *names: str, limit: int = _READ_LIMIT) -> str | None:
    """Return the text of a regular file below a directory; what is there and is none, is removed.

    For the node's own files in a partition: whoever puts something else in their place must not be able
    to keep the node from its work.

    Raises:
        HostFailure: it can neither be read nor removed.
    """
    found = read_dated_or_discard(root, *names, limit=limit)
    return None if found is None else found[0]


def read_dated_or_discard(
    root: PurePosixPath, *names: str, limit: int = _READ_LIMIT
) -> tuple[str, float] | None:
    """Return the same, and when it was last written, in seconds since the epoch.

    Raises:
        HostFailure: it can neither be read nor removed.
    """
    try:
        return _read(root, names, limit)
    except HostFailure:
        remove_tree(root, *names)
        return None


def modification_time(root: PurePosixPath, *names: str) -> float | None:
    """Return when a file below a directory was last written, in seconds since the epoch; None: no file.

    Raises:
        HostFailure: it cannot be told.
    """
    try:
        with _opened_parent(root, names) as parent:
            return os.stat(names[-1], dir_fd=parent, follow_symlinks=False).st_mtime
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise _failure("read", root, names, error) from error


def write_text(
    root: PurePosixPath, *names: str, text: str, mode: int = 0o644, owner: Account | None = None
) -> None:
    """Write a file below a directory: at once, or not at all.

    Missing directories on the way are made, 0750, for the owner.

    Raises:
        HostFailure: it cannot be written.
    """
    # Always the same name: what a killed run left is replaced by the next.
    temporary = f".{names[-1]}.tmp"
    try:
        with _opened_parent(root, names, owner, make=True) as parent:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(temporary, dir_fd=parent)
            try:
                flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
                with _opened_file(parent, temporary, flags, 0o600) as file:
                    _write_all(file, text.encode())
                    _hand_over(file, owner)
                    os.fchmod(file, mode)
                os.rename(temporary, names[-1], src_dir_fd=parent, dst_dir_fd=parent)
            except BaseException:
                with contextlib.suppress(OSError):
                    os.unlink(temporary, dir_fd=parent)
                raise
    except OSError as error:
        raise _failure("write", root, names, error) from error


def open_for_appending(
    root: PurePosixPath, *names: str, rotate_at: int = 0, owner: Account | None = None
) -> int:
    """Open a file below a directory to add to it; return a descriptor for the caller to close.

    From `rotate_at` bytes on it is first renamed to `<name>.1` (0: never); one that is made is `owner`'s.

    Raises:
        HostFailure: it cannot be opened.
    """
    try:
        with _opened_parent(root, names, owner, make=True) as parent:
            if rotate_at:
                with contextlib.suppress(FileNotFoundError):
                    if os.stat(names[-1], dir_fd=parent, follow_symlinks=False).st_size >= rotate_at:
                        os.rename(names[-1], f"{names[-1]}.1", src_dir_fd=parent, dst_dir_fd=parent)
            with _opened_for_appending(parent, names[-1], owner) as file:
                return os.dup(file)
    except OSError as error:
        raise _failure("write", root, names, error) from error


def append_text(
    root: PurePosixPath, *names: str, text: str, rotate_at: int = 0, owner: Account | None = None
) -> None:
    """Add text to a file below a directory, opened as by `open_for_appending`."""
    file = open_for_appending(root, *names, rotate_at=rotate_at, owner=owner)
    try:
        _write_all(file, text.encode())
    except OSError as error:
        raise _failure("write", root, names, error) from error
    finally:
        os.close(file)


def make_directory(
    root: PurePosixPath, *names: str, owner: Account | None = None, mode: int | None = None
) -> None:
    """Make a directory below a directory, with the missing ones on the way, 0750, for the owner.

    Args:
        root: a directory whose own path is trusted.
        names: the way down from there.
        owner: whose those become that are made.
        mode: what the last one gets, also where it is there already; None: leave that.

    Raises:
        HostFailure: it cannot be made.
    """
    try:
        with _opened_parent(root, (*names, ""), owner, make=True) as directory:
            if mode is not None:
                os.fchmod(directory, mode)
    except OSError as error:
        raise _failure("make", root, names, error) from error


def remove(root: PurePosixPath, *names: str) -> bool:
    """Remove a file or link below a directory; tell whether there was one.

    Raises:
        HostFailure: it cannot be removed.
    """
    return _removed(root, names, lambda parent, name: os.unlink(name, dir_fd=parent))


def remove_tree(root: PurePosixPath, *names: str) -> bool:
    """Remove a directory and all below it, also what is read-only; tell whether there was one.

    Raises:
        HostFailure: it cannot be removed.
    """
    return _removed(root, names, remove_entry)


def _removed(root: PurePosixPath, names: tuple[str, ...], remove_at: Callable[[int, str], None]) -> bool:
    try:
        with _opened_parent(root, names) as parent:
            remove_at(parent, names[-1])
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise _failure("remove", root, names, error) from error
    return True


def rename(root: PurePosixPath, *names: str, to: str) -> None:
    """Give a file or directory another name in the directory it is in.

    Raises:
        HostFailure: it cannot be renamed.
    """
    try:
        with _opened_parent(root, names) as parent:
            os.rename(names[-1], to, src_dir_fd=parent, dst_dir_fd=parent)
    except OSError as error:
        raise _failure("rename", root, names, error) from error


def entries(root: PurePosixPath, *names: str) -> tuple[str, ...]:
    """Return the names in a directory, sorted; none when there is no such directory.

    Raises:
        HostFailure: it cannot be read.
    """
    try:
        with _opened_directory(root, names) as directory:
            return tuple(sorted(os.listdir(directory)))  # noqa: PTH208 - an open directory
    except (FileNotFoundError, NotADirectoryError):
        return ()
    except OSError as error:
        raise _failure("read", root, names, error) from error


def _read(
    root: PurePosixPath, names: tuple[str, ...], limit: int, *, own: bool = False
) -> tuple[str, float] | None:
    try:
        with _opened_parent(root, names) as parent, _opened_file(parent, names[-1], os.O_RDONLY, 0) as file:
            status = os.fstat(file)
            if own and (status.st_uid != os.geteuid() or status.st_nlink != 1):
                return None
            return os.read(file, limit).decode(errors="replace"), status.st_mtime
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise _failure("read", root, names, error) from error


@contextlib.contextmanager
def _opened_directory(root: PurePosixPath, names: tuple[str, ...]) -> Iterator[int]:
    with _opened_parent(root, (*names, "")) as directory:
        yield directory


@contextlib.contextmanager
def _opened_parent(
    root: PurePosixPath, names: tuple[str, ...], owner: Account | None = None, *, make: bool = False
) -> Iterator[int]:
    directory = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for name in names[:-1]:
            below = _step_down(directory, name, owner, make=make)
            os.close(directory)
            directory = below
        yield directory
    finally:
        os.close(directory)


def _step_down(directory: int, name: str, owner: Account | None, *, make: bool) -> int:
    try:
        return os.open(name, _DIRECTORY, dir_fd=directory)
    except FileNotFoundError:
        if not make:
            raise
    with contextlib.suppress(FileExistsError):
        os.mkdir(name, 0o750, dir_fd=directory)
    below = os.open(name, _DIRECTORY, dir_fd=directory)
    try:
        _hand_over(below, owner)
    except BaseException:
        os.close(below)
        raise
    return below


@contextlib.contextmanager
def _opened_for_appending(parent: int, name: str, owner: Account | None) -> Iterator[int]:
    flags = os.O_WRONLY | os.O_APPEND
    try:
        with _opened_file(parent, name, flags | os.O_CREAT | os.O_EXCL, 0o640) as file:
            _hand_over(file, owner)
            yield file
            return
    except FileExistsError:
        pass
    with _opened_file(parent, name, flags, 0) as file:
        if os.fstat(file).st_nlink != 1:
            raise OSError(f"{name} has another name, and may be somebody else's")
        yield file


@contextlib.contextmanager
def _opened_file(parent: int, name: str, flags: int, mode: int) -> Iterator[int]:
    # O_NONBLOCK: a pipe put in the file's place must not hang us; what is no regular file is refused.
    file = os.open(name, flags | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK, mode, dir_fd=parent)
    try:
        if not stat.S_ISREG(os.fstat(file).st_mode):
            raise OSError(f"{name} is no regular file")
        yield file
    finally:
        os.close(file)


def _write_all(file: int, data: bytes) -> None:
    while data:
        data = data[os.write(file, data) :]


def _hand_over(file: int, owner: Account | None) -> None:
    if owner is not None:
        os.fchown(file, owner.uid, owner.gid)


def _failure(verb: str, root: PurePosixPath, names: tuple[str, ...], error: OSError) -> HostFailure:
    return HostFailure(f"cannot {verb} {root.joinpath(*names)}: {error.strerror or error}")
