"""Which releases a run works on, what is to be done about each, and which directories are left over."""

from collections.abc import Sequence
from enum import StrEnum

from slap_domain.model.references import SoftwareUrl
from slap_domain.model.software_release import SoftwareState, SuppliedRelease, release_directory_name


class ReleaseAction(StrEnum):
    """What a run does about a release."""

    BUILD = "build"
    REMOVE = "remove"
    LEAVE = "leave"


def release_action(release: SuppliedRelease, *, complete: bool, forced: bool) -> ReleaseAction:
    """Decide what to do about a release.

    Args:
        release: what the master wants.
        complete: it has been built before.
        forced: build it again all the same.
    """
    if release.state is SoftwareState.DESTROYED:
        return ReleaseAction.REMOVE
    return ReleaseAction.LEAVE if complete and not forced else ReleaseAction.BUILD


def selected_releases(
    releases: Sequence[SuppliedRelease], only: Sequence[str]
) -> tuple[SuppliedRelease, ...]:
    """Return the releases that a run works on, in the master's order.

    Args:
        releases: what the master wants.
        only: URLs or directory names; none: all releases.
    """
    wanted = set(only)
    return tuple(
        release
        for release in releases
        if not wanted or release.url in wanted or release_directory_name(release.url) in wanted
    )


def unmatched_selection(releases: Sequence[SuppliedRelease], only: Sequence[str]) -> tuple[str, ...]:
    """Return what was asked for by name but is supplied under no such name, in the order asked."""
    known = {release.url for release in releases} | {release_directory_name(r.url) for r in releases}
    return tuple(name for name in only if name not in known)


def leftover_directories(
    directories: Sequence[str], releases: Sequence[SuppliedRelease], used: Sequence[SoftwareUrl] = ()
) -> tuple[str, ...]:
    """Return the release directories that no available release needs.

    Args:
        directories: names of the directories there are.
        releases: what the master wants.
        used: releases of instances that are still there; theirs are kept.
    """
    needed = {
        release_directory_name(release.url)
        for release in releases
        if release.state is SoftwareState.AVAILABLE
    } | {release_directory_name(url) for url in used}
    return tuple(name for name in directories if name not in needed)
