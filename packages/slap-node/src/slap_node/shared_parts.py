"""Which shared parts nothing uses any more, and their removal (node-conventions section 13)."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from slap_domain.errors import ConfigurationError, SlapError
from slap_domain.model.configuration import parse_configuration
from slap_node import guarded_files

_SIGNATURE = re.compile(rb"[0-9A-Za-z._-]{6,}")
_FILE_LIMIT = 64 * 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedPartPruner:
    """Removes the parts of one directory that no release, and no other part, mentions.

    Attributes:
        shared: the directory of shared parts: `<part>/<signature>` below it.
        software_roots: where releases are.
        instance_root: below it, other nodes' `slapos.cfg` are looked for.
    """

    shared: PurePosixPath
    software_roots: tuple[PurePosixPath, ...]
    instance_root: PurePosixPath | None = None

    def unused(self) -> tuple[PurePosixPath, ...]:
        """Return the parts that can go, those which only they use included, sorted."""
        return self._settle(remove=None)

    def prune(self, tell: Callable[[PurePosixPath], None]) -> tuple[PurePosixPath, ...]:
        """Remove the parts that can go; return them, sorted.

        Args:
            tell: is told each part before it goes.

        Raises:
            HostFailure: one cannot be removed.
        """
        return self._settle(remove=tell)

    def _settle(self, remove: Callable[[PurePosixPath], None] | None) -> tuple[PurePosixPath, ...]:
        left = dict.fromkeys(self._parts())
        mentions = _mentions(self._references())
        gone: list[PurePosixPath] = []
        while True:
            own = {part: _mentions(_part_references(part)) for part in left}
            unused = [
                part
                for part in left
                if part.name not in mentions
                and not any(part.name in own[other] for other in left if other != part)
            ]
            if not unused:
                return tuple(sorted(gone))
            for part in unused:
                if remove is not None:
                    remove(part)
                    guarded_files.remove_tree(self.shared, part.parent.name, part.name)
                del left[part]
                gone.append(part)

    def _parts(self) -> Iterator[PurePosixPath]:
        for name in guarded_files.entries(self.shared):
            for signature in guarded_files.entries(self.shared, name):
                path = self.shared / name / signature
                if Path(path).is_dir() and not Path(path).is_symlink():
                    yield path

    def _references(self) -> Iterator[Path]:
        roots = list(self.software_roots)
        if self.instance_root is not None:
            roots += _nested_software_roots(self.instance_root)
        for root in dict.fromkeys(roots):
            for release in sorted(Path(root).glob("*")):
                yield release / ".installed.cfg"
                yield from sorted(release.glob("bin/*"))


def shared_part_directory(parts: Sequence[PurePosixPath], source: str) -> PurePosixPath:
    """Return the directory that is pruned: the last of the list.

    Raises:
        ConfigurationError: the list is empty.
    """
    if not parts:
        raise ConfigurationError(f"{source}: section [slapos]: shared_part_list is missing")
    return parts[-1]


def _part_references(part: PurePosixPath) -> Iterator[Path]:
    yield Path(part) / ".buildout-shared.json"
    yield from sorted(Path(part).glob(".*signature"))


def _mentions(files: Iterator[Path]) -> set[str]:
    words: set[str] = set()
    for file in files:
        try:
            with file.open("rb") as stream:
                words.update(word.decode() for word in _SIGNATURE.findall(stream.read(_FILE_LIMIT)))
        except OSError:  # it is no file, or has just gone
            continue
    return words


def _nested_software_roots(instance_root: PurePosixPath) -> list[PurePosixPath]:
    """Return the software roots of nodes that run inside instances: each has a `slapos.cfg` somewhere."""
    found = []
    for file in sorted(Path(instance_root).rglob("slapos.cfg")):
        try:
            section = parse_configuration(file.read_text(), str(file)).section("slapos")
            found.append(PurePosixPath(section.text("software_root")))
        except (SlapError, OSError, UnicodeDecodeError):  # not a node's configuration
            continue
    return found
