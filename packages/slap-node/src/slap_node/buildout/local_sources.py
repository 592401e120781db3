"""The local files that a release is built from, so that a change of one of them is noticed.

They are the profile, what it extends, what these name beside themselves
(`${:_profile_base_location_}/instance.cfg.in`), and the directories whose code they develop.
"""

import hashlib
import os
import re
from collections.abc import Iterator
from pathlib import Path

_MOST_FILES = 1000
_MOST_BYTES = 10 * 1024 * 1024
_EXTENDS = re.compile(r"^extends[ \t]*[+-]?=(?P<names>.*(?:\n[ \t]+.*)*)", re.MULTILINE)
_DEVELOP = re.compile(r"^develop[ \t]*[+-]?=(?P<names>.*(?:\n[ \t]+.*)*)", re.MULTILINE)
_BESIDE = re.compile(r"\$\{:_profile_base_location_\}/(?P<name>[^\s${}]+)")
_MADE = re.compile(r"\.|__pycache__\Z|.*\.(egg-info|pyc)\Z")  # by builds and version control
_MADE_AT_TOP = frozenset({"build", "dist"})


def fingerprint(release: str) -> str:
    """Return a text that changes when a local file of a release does; empty for a release at a URL.

    Args:
        release: the URL of a profile, or its absolute path.
    """
    if "://" in release:
        return ""
    digest = hashlib.sha256()
    for path, content in sorted(_files(Path(release)).items()):
        known = _content(Path(path)) if content is None else content
        digest.update(f"{path}\0{hashlib.sha256(known).hexdigest()}\n".encode(errors="surrogateescape"))
    return digest.hexdigest()


def written_since(
    release: str, time: float, directory: Path | None = None, *, profiles_only: bool = False
) -> str:
    """Return the path of a local file of a release that was written after a time; empty when there is none.

    Args:
        release: the URL of a profile, or its absolute path.
        time: in seconds since the epoch.
        directory: of the release, where relative directories of code begin; None: these are left out.
        profiles_only: leave code out, which builds may write to.
    """
    if "://" in release:
        return ""
    for path, content in sorted(_files(Path(release), directory).items()):
        if profiles_only and content is None:
            continue
        try:
            if os.stat(path).st_mtime > time:  # noqa: PTH116 - many are looked at in each pass
                return path
        except OSError:  # it is gone; buildout will say so
            continue
    return ""


def _files(profile: Path, directory: Path | None = None) -> dict[str, bytes | None]:
    """Return the files by path, with what profiles hold; what is missing or is no file counts as empty.

    Of code, only the paths are returned.
    """
    found: dict[str, bytes | None] = {}
    waiting = [profile.resolve()]
    while waiting and len(found) < _MOST_FILES:
        path = waiting.pop()
        if str(path) in found:
            continue
        if path.is_dir():
            found.update(dict.fromkeys(_within(path, _MOST_FILES - len(found))))
            continue
        found[str(path)] = content = _content(path)
        names = _names(content.decode(errors="replace"), directory)
        waiting.extend((path.parent / name).resolve() for name in names)
    return found


def _within(folder: Path, most: int) -> list[str]:
    """Return the files of a directory, without what builds make there."""
    found: list[str] = []
    for place, folders, names in os.walk(folder):
        at_top = place == str(folder)
        kept = [name for name in folders if not _MADE.match(name) and not (at_top and name in _MADE_AT_TOP)]
        folders[:] = sorted(kept)
        found += [os.path.join(place, name) for name in sorted(names) if not _MADE.match(name)]  # noqa: PTH118
        if len(found) >= most:
            break
    return found[:most]


def _content(path: Path) -> bytes:
    try:
        if not path.is_file():
            return b""
        with path.open("rb") as file:
            return file.read(_MOST_BYTES)
    except OSError:  # buildout will say so
        return b""


def _names(text: str, directory: Path | None) -> Iterator[str | Path]:
    for match in _EXTENDS.finditer(text):
        yield from (name for name in match["names"].split() if "://" not in name and "$" not in name)
    for match in _DEVELOP.finditer(text):
        for name in match["names"].split():
            if name.startswith("/") and "$" not in name:
                yield name
            elif directory is not None and "$" not in name:
                yield directory / name
    for match in _BESIDE.finditer(text):
        yield match["name"]
