"""Whose the directories of releases and partitions are."""

import os
import pwd
import stat
from pathlib import Path, PurePosixPath

from slap_domain.errors import HostFailure
from slap_domain.model.partition import Account, PartitionPlace
from slap_domain.model.references import PartitionId


def runs_as_root() -> bool:
    """Tell whether this process may become other users."""
    return os.geteuid() == 0


def permission_hint(path: PurePosixPath, error: OSError) -> str:
    """Return what to do about a path that could not be read or written; empty where that says itself."""
    if not isinstance(error, PermissionError):
        return ""
    # Unlike `Path.exists`, which raises, this passes over what a directory closed to us may hold.
    there = next(one for one in (Path(path), *Path(path).parents, Path("/")) if os.path.exists(one))  # noqa: PTH110
    owner = there.stat().st_uid
    return f"{there} belongs to {name_of(owner)}, and this runs as {name_of(os.geteuid())}: run it as root"


def name_of(uid: int) -> str:
    """Return the name of a user; the number of one without."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def owner_of(path: PurePosixPath, *, single_user: bool = False) -> Account | None:
    """Return the account that owns a directory; None when the node does not run as root.

    Args:
        path: of the directory.
        single_user: the node's operator wants that nobody else is become, even as root: None as well.

    Raises:
        HostFailure: there is no such directory, or it is root's.
    """
    try:
        status = Path(path).stat()
    except OSError as error:
        raise HostFailure(f"cannot look at {path}: {error.strerror}") from error
    return _account(path, status, single_user=single_user)


def _account(path: PurePosixPath, status: os.stat_result, *, single_user: bool) -> Account | None:
    if single_user or not runs_as_root():
        return None
    try:
        entry = pwd.getpwuid(status.st_uid)
    except KeyError:
        raise HostFailure(f"{path} belongs to user {status.st_uid}, who does not exist") from None
    return Account(
        name=entry.pw_name,
        uid=status.st_uid,
        gid=status.st_gid or entry.pw_gid,
        home=PurePosixPath(entry.pw_dir),
    )


def partition_place(
    instance_root: PurePosixPath, partition: PartitionId, *, single_user: bool = False
) -> PartitionPlace:
    """Return where a partition is and whose it is.

    Raises:
        HostFailure: there is no such directory, or it is root's.
    """
    path = instance_root / partition
    try:
        status = os.stat(path)  # noqa: PTH116 - once for each partition in each pass
    except (FileNotFoundError, NotADirectoryError):
        status = None
    if status is None or not stat.S_ISDIR(status.st_mode):
        raise HostFailure(
            f"partition {partition} has no directory {path}",
            hint="run `slapos node format`, which makes it",
        )
    account = _account(path, status, single_user=single_user)
    return PartitionPlace(id=partition, path=path, account=account)
