"""How much room there is on a disk."""

import os
from pathlib import Path, PurePosixPath

from slap_domain.errors import HostFailure


def check_free_space(path: PurePosixPath, least: int) -> None:
    """Make sure that an ordinary user may still write so many bytes.

    Args:
        path: a directory; if it does not exist, its nearest parent that does counts.
        least: bytes.

    Raises:
        HostFailure: there are fewer.
    """
    nearest = Path(path)
    while not nearest.exists() and nearest != nearest.parent:
        nearest = nearest.parent
    status = os.statvfs(nearest)
    free = status.f_bavail * status.f_frsize
    if free < least:
        raise HostFailure(
            f"not enough space at {path}: {free // 2**20} MiB are free, {least // 2**20} MiB are needed",
            hint="free some space, or lower the minimum in the [slapos] section",
        )
