"""Following the directory of local releases when the operator moves it."""

from collections.abc import Callable
from pathlib import Path, PurePosixPath

from slap_domain.use_cases.master.move_local_releases import move_local_releases, must_move, remembered_root
from slap_proxy.storage.opening import Storage


def follow_local_root(storage: Storage, configured: str, say: Callable[[str], None]) -> None:
    """Let releases that are files be where they are now, when the configured directory is another.

    A database in a file is backed up before.

    Raises:
        HostFailure: it cannot be backed up, or not be changed.
    """
    root = PurePosixPath(configured)
    if storage.registry.read(remembered_root) == root:
        return
    backup = (
        storage.back_up("local-root")
        if storage.registry.read(lambda records: must_move(records, root))
        else ""
    )
    count = storage.registry.write(lambda records: move_local_releases(records, root, _exists))
    if backup:
        say(f"local releases are now below {root}: changed {count} records; as they were: {backup}")


def _exists(path: PurePosixPath) -> bool:
    return Path(path).exists()
