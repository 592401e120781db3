"""Where downloads wait until they are verified and unpacked: ours alone, whoever owns the software root."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from slap_domain.errors import HostFailure

NAME = ".networkcache"
_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC


@contextlib.contextmanager
def staging(software_root: PurePosixPath) -> Iterator[Path]:
    """Give a directory of the software root that nobody else can write to, or look into.

    Builds run as the owner of the software root, who may rename the directory or put another in its place.
    So it is opened once and judged by what was opened; the path that is given leads through the descriptor,
    and holds until the end of the block.

    Raises:
        HostFailure: it cannot be made, or is somebody else's.
    """
    try:
        directory = _opened(software_root)
    except OSError as error:
        raise HostFailure(f"cannot use {software_root / NAME}: {error.strerror}") from error
    try:
        status = os.fstat(directory)
        if status.st_uid != os.geteuid() or status.st_mode & 0o077:
            raise HostFailure(
                f"{software_root / NAME} is not the node's alone",
                hint="find out who made it, and remove it: the node makes it anew",
            )
        yield Path(f"/proc/self/fd/{directory}")
    finally:
        os.close(directory)


def _opened(software_root: PurePosixPath) -> int:
    root = os.open(software_root, _DIRECTORY)
    try:
        with contextlib.suppress(FileExistsError):
            os.mkdir(NAME, 0o700, dir_fd=root)
        return os.open(NAME, _DIRECTORY | os.O_NOFOLLOW, dir_fd=root)
    finally:
        os.close(root)
