"""What the local files of a release hold, so that a change of one of them is noticed."""

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

_MOST_FILES = 1000
_MOST_BYTES = 10 * 1024 * 1024
_EXTENDS = re.compile(r"^extends[ \t]*[+-]?=(?P<names>.*(?:\n[ \t]+.*)*)", re.MULTILINE)
_BESIDE = re.compile(r"\$\{:_profile_base_location_\}/(?P<name>[^\s${}]+)")


def fingerprint(release: str) -> str:
    """Return a text that changes when a local file of a release does; empty for a release at a URL.

    Its files are the profile, what it extends, and what these name beside themselves
    (`${:_profile_base_location_}/instance.cfg.in`).

    Args:
        release: the URL of a profile, or its absolute path.
    """
    if "://" in release:
        return ""
    digest = hashlib.sha256()
    for path, content in sorted(_files(Path(release)).items()):
        digest.update(f"{path}\0{hashlib.sha256(content).hexdigest()}\n".encode(errors="surrogateescape"))
    return digest.hexdigest()


def _files(profile: Path) -> dict[str, bytes]:
    """Return the files by path; what is missing or is no file counts as empty."""
    found: dict[str, bytes] = {}
    waiting = [profile.resolve()]
    while waiting and len(found) < _MOST_FILES:
        path = waiting.pop()
        if str(path) not in found:
            found[str(path)] = content = _content(path)
            waiting.extend(
                (path.parent / name).resolve() for name in _names(content.decode(errors="replace"))
            )
    return found


def _content(path: Path) -> bytes:
    try:
        if not path.is_file():
            return b""
        with path.open("rb") as file:
            return file.read(_MOST_BYTES)
    except OSError:  # buildout will say so
        return b""


def _names(text: str) -> Iterator[str]:
    for match in _EXTENDS.finditer(text):
        yield from (name for name in match["names"].split() if "://" not in name and "$" not in name)
    for match in _BESIDE.finditer(text):
        yield match["name"]
