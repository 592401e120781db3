"""What keeps a user from a file: its mode, or that of a directory on the way to it."""

import os
from pathlib import Path

from slap_domain.model.partition import Account


def barrier_before(path: Path, account: Account, wanted: int) -> Path | None:
    """Return the directory, or the file, that keeps a user from a file, as far as modes tell.

    Args:
        path: of the file.
        account: of the user.
        wanted: of the file itself, os.R_OK or os.X_OK; the directories have to let the user pass.
    """
    for way in (path, path.resolve()):
        for step in (*reversed(way.parents), way):
            try:
                status = step.stat()
            except OSError:
                return step
            if not _allows(status, account, wanted if step == way else os.X_OK):
                return step
    return None


def _allows(status: os.stat_result, account: Account, wanted: int) -> bool:
    if account.uid == 0:
        return True
    if account.uid == status.st_uid:
        return bool(status.st_mode >> 6 & wanted)
    if status.st_gid in os.getgrouplist(account.name, account.gid):
        return bool(status.st_mode >> 3 & wanted)
    return bool(status.st_mode & wanted)
