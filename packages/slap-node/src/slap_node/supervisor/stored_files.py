"""The supervisor's configuration files on disk: read as values, written whole or not at all."""

import contextlib
import os
import secrets
import stat
from pathlib import Path

from slap_domain.errors import HostFailure
from slap_domain.planning.node.supervision import StoredFile
from slap_node.supervisor.layout import FILE_MODE, GROUP_FILE_SUFFIX

_SIZE_LIMIT = 16 * 1024 * 1024


def read_stored(path: Path) -> StoredFile | None:
    """Return a file's text and mode, or None when there is none.

    Raises:
        HostFailure: it is there and cannot be read.
    """
    try:
        with path.open("rb") as opened:
            mode = stat.S_IMODE(os.fstat(opened.fileno()).st_mode)
            return StoredFile(text=opened.read(_SIZE_LIMIT).decode(errors="replace"), mode=mode)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise HostFailure(f"cannot read {path}: {error.strerror}") from error


def write_stored(path: Path, text: str, mode: int = FILE_MODE) -> None:
    """Write a file so that at every moment it is the old or the new one, also after a crash.

    Raises:
        HostFailure: it cannot be written.
    """
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, FILE_MODE)
        with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
            opened.write(text)
            opened.flush()
            os.fchmod(descriptor, mode)
            os.fsync(descriptor)
        draft.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)
        raise HostFailure(f"cannot write {path}: {error.strerror}") from error


def write_if_different(path: Path, text: str, mode: int = FILE_MODE) -> bool:
    """Write a file unless its text and mode are right already; tell whether it was written.

    Raises:
        HostFailure: it cannot be read or written.
    """
    if read_stored(path) == StoredFile(text=text, mode=mode):
        return False
    write_stored(path, text, mode)
    return True


def delete_stored(path: Path) -> None:
    """Delete a file; one that is not there is fine.

    Raises:
        HostFailure: it cannot be deleted.
    """
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise HostFailure(f"cannot delete {path}: {error.strerror}") from error


def group_names(directory: Path) -> tuple[str, ...]:
    """Return the groups that have a configuration file, sorted.

    Raises:
        HostFailure: the directory cannot be read.
    """
    try:
        names = [path.name for path in directory.iterdir()]
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise HostFailure(f"cannot list {directory}: {error.strerror}") from error
    return tuple(
        sorted(
            name.removesuffix(GROUP_FILE_SUFFIX)
            for name in names
            if name.endswith(GROUP_FILE_SUFFIX) and not name.startswith(".")
        )
    )
