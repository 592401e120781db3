"""The operator moved the directory that releases of this machine are in."""

from dataclasses import replace
from pathlib import PurePosixPath

from slap_domain.planning.master.local_releases import FileExists, is_move, moved_release
from slap_domain.ports.registry import Records

_SETTING = "local_software_release_root"


def remembered_root(records: Records) -> PurePosixPath | None:
    """Return the directory that local releases were in; None when none was ever configured."""
    text = records.settings.find(_SETTING)
    return PurePosixPath(text) if text else None


def must_move(records: Records, root: PurePosixPath) -> bool:
    """Tell whether a configured directory makes releases move."""
    before = remembered_root(records)
    return before is not None and is_move(before, root)


def move_local_releases(records: Records, root: PurePosixPath, exists: FileExists) -> int:
    """Remember the directory of local releases, and let every release that moved be where it is now.

    Returns:
        How many supplies and instances were changed.
    """
    before = remembered_root(records)
    if before != root:
        records.settings.remember(_SETTING, str(root))
    if before is None or not is_move(before, root):
        return 0
    return _move_supplies(records, before, root, exists) + _move_instances(records, before, root, exists)


def _move_supplies(records: Records, old: PurePosixPath, new: PurePosixPath, exists: FileExists) -> int:
    count = 0
    for release in records.releases.every():
        url = moved_release(release.url, old, new, exists)
        if url != release.url:
            records.releases.remove(release.computer, release.url)
            records.releases.save(replace(release, url=url))
            count += 1
    return count


def _move_instances(records: Records, old: PurePosixPath, new: PurePosixPath, exists: FileExists) -> int:
    count = 0
    for instance in records.trees.every():
        url = moved_release(instance.release, old, new, exists)
        if url != instance.release:
            records.instances.save(replace(instance, release=url))
            count += 1
    return count
