"""Directories and documents of this machine, for `node format`."""

import errno
import os
import pwd
import re
import shutil
import stat
import tempfile
import zipfile
from datetime import datetime
from pathlib import Path, PurePosixPath

from slap_domain.errors import HostFailure
from slap_domain.model.host.changes import FileChange, MakeDirectory, WriteDocument
from slap_domain.model.host.state import FoundDirectory, FoundFiles
from slap_node.account_names import AccountNames

_DOCUMENT_LIMIT = 256 * 1024 * 1024
_DISK = re.compile(r"data(\d+)\Z")


class LocalFiles:
    """`HostFiles` on the file system."""

    def observe(
        self, directories: frozenset[PurePosixPath], documents: frozenset[PurePosixPath]
    ) -> FoundFiles:
        """Return those of the paths that exist."""
        names = AccountNames()
        found = {
            path: directory for path in directories if (directory := _directory(path, names)) is not None
        }
        texts = {path: text for path in documents if (text := _document(path)) is not None}
        return FoundFiles(directories=found, documents=texts)

    def read(self, path: PurePosixPath) -> str | None:
        """Return a document, or None when there is none."""
        text = _document(path)
        if text == "" and not Path(path).is_file():
            raise HostFailure(f"{path} is not an ordinary file")
        return text

    def read_own(self, path: PurePosixPath) -> str | None:
        """Return a document that only this user can have written: a link, or a file of another, is none."""
        return _document(path, own=True)

    def disks(self, home: PurePosixPath) -> tuple[str, ...]:
        """Return the names of the directories `data0`, `data1`, … below a directory, in that order."""
        try:
            names = [entry.name for entry in Path(home).iterdir() if entry.is_dir()]
        except OSError as error:
            raise HostFailure(
                f"cannot list instance_storage_home {home}: {error.strerror}",
                hint="create it, or remove instance_storage_home from the configuration",
            ) from error
        numbers = sorted(int(match[1]) for name in names if (match := _DISK.match(name)))
        return tuple(f"data{number}" for number in numbers)

    def apply(self, change: FileChange) -> None:
        """Make one change."""
        try:
            if isinstance(change, MakeDirectory):
                _make_directory(change)
            else:
                _write(change)
        except (OSError, KeyError, zipfile.BadZipFile) as error:
            raise HostFailure(f"cannot {change.describe()}: {error}") from error


def _document(path: PurePosixPath, *, own: bool = False) -> str | None:
    """Return what a file says; what is no ordinary file says nothing, and is replaced when written.

    A partition's user may have put anything into its directory: opening a pipe there must not block.
    """
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | (os.O_NOFOLLOW if own else 0)
    try:
        descriptor = os.open(path, flags)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        if own and error.errno == errno.ELOOP:
            return None
        raise HostFailure(f"cannot read {path}: {error.strerror}") from error
    try:
        status = os.fstat(descriptor)
        if own and (status.st_uid != os.geteuid() or status.st_mode & 0o022):
            return None
        if not stat.S_ISREG(status.st_mode) or status.st_size > _DOCUMENT_LIMIT:
            return ""
        return os.read(descriptor, status.st_size).decode(errors="replace")
    finally:
        os.close(descriptor)


def _directory(path: PurePosixPath, names: AccountNames) -> FoundDirectory | None:
    try:
        status = Path(path).stat()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise HostFailure(f"cannot look at {path}: {error.strerror}") from error
    if not stat.S_ISDIR(status.st_mode):
        raise HostFailure(f"{path} exists and is not a directory", hint="move it away")
    return FoundDirectory(
        mode=stat.S_IMODE(status.st_mode),
        user=names.user(status.st_uid),
        group=names.group(status.st_gid),
        link=Path(path).is_symlink(),
    )


def _make_directory(change: MakeDirectory) -> None:
    path = Path(change.path)
    path.mkdir(mode=change.mode, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        if change.user:
            account = pwd.getpwnam(change.user)
            os.fchown(descriptor, account.pw_uid, account.pw_gid)
        os.fchmod(descriptor, change.mode)
    finally:
        os.close(descriptor)


def _write(change: WriteDocument) -> None:
    path = Path(change.path)
    if change.archived and path.exists():
        _archive(path)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(change.text.encode())
            file.flush()
            os.fchmod(descriptor, change.mode)
            os.fsync(descriptor)
        _clear_place(path)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _clear_place(path: Path) -> None:
    """Move a directory away that lies where a document shall be, in a directory of somebody else.

    Its owner could otherwise keep the whole machine from being formatted.
    """
    if path.parent.stat().st_uid != os.geteuid() and path.is_dir() and not path.is_symlink():
        path.rename(tempfile.mkdtemp(dir=path.parent, prefix=f"{path.name}."))


def _archive(path: Path) -> None:
    """Keep what a document says in a zip beside it, under the time at which it was written."""
    archive = path.with_name(f"{path.name}.zip")
    written = datetime.fromtimestamp(path.stat().st_mtime).astimezone()
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{archive.name}.")
    os.close(descriptor)
    temporary = Path(name)
    try:
        if archive.exists():
            with zipfile.ZipFile(archive):  # appending would accept, and bury, a file that is no archive
                shutil.copyfile(archive, temporary)
        else:
            temporary.unlink()
        with zipfile.ZipFile(temporary, "a", zipfile.ZIP_DEFLATED) as file:
            member = f"{path.name}.{written:%Y%m%d-%H:%M}"
            known = set(file.namelist())
            while member in known:
                member += "+"
            file.write(path, member)
        temporary.chmod(0o644)
        temporary.replace(archive)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
