"""How much space a folder takes, as `du` counts it."""

import os
import stat
from pathlib import Path

_BLOCK = 512


def folder_size(folder: Path) -> int:
    """Return the bytes that a folder takes on its disk: links are not followed, hard links count once.

    What disappears or cannot be read while it is counted does not count.

    Raises:
        OSError: the folder itself cannot be looked at.
    """
    status = folder.stat()
    seen: set[tuple[int, int]] = set()
    total = status.st_blocks * _BLOCK
    pending = [os.fspath(folder)]
    while pending:
        total += _entries_size(pending.pop(), status.st_dev, seen, pending)
    return total


def _entries_size(folder: str, device: int, seen: set[tuple[int, int]], pending: list[str]) -> int:
    total = 0
    try:
        entries = os.scandir(folder)
    except OSError:  # it was deleted meanwhile, or nobody may read it
        return 0
    with entries:
        for entry in entries:
            try:
                status = entry.stat(follow_symlinks=False)
            except OSError:
                continue
            if status.st_nlink > 1 and not stat.S_ISDIR(status.st_mode):
                if (status.st_dev, status.st_ino) in seen:
                    continue
                seen.add((status.st_dev, status.st_ino))
            total += status.st_blocks * _BLOCK
            if stat.S_ISDIR(status.st_mode) and status.st_dev == device:
                pending.append(entry.path)
    return total
