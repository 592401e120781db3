"""Which releases a run works on, what is to be done about each, and which directories are left over."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
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


def release_labels(releases: Sequence[SuppliedRelease]) -> Mapping[SoftwareUrl, str]:
    """Return a short name for each release, which tells it from the others.

    It is the folder of the profile; where others are named alike, with folders above it, or the file in it.
    """
    labels: dict[SoftwareUrl, str] = {}
    names = {release.url: _names(release.url) for release in releases}
    while unnamed := [url for url in names if url not in labels]:
        tried = {url: next(names[url]) for url in unnamed}
        counts = Counter([*tried.values(), *labels.values()])
        labels |= {url: name for url, name in tried.items() if counts[name] == 1 or name == url}
    return labels


def _names(url: SoftwareUrl) -> Iterator[str]:
    """Yield ever longer names of a release; in the end its URL, which no other has."""
    *folders, name = url.rstrip("/").split("/")
    where = [folder for folder in folders if folder and not folder.endswith(":")]
    is_profile = name.endswith(".cfg") and bool(where)
    if is_profile:
        for length in range(1, len(where) + 1):
            yield "/".join(where[-length:])
    for length in range(int(is_profile), len(where) + 1):
        yield "/".join([*where[len(where) - length :], name])
    while True:
        yield url


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
