"""Which shared parts nothing uses any more, and their removal (node-conventions section 13)."""

import os
import re
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from slap_domain.errors import ConfigurationError, HostFailure, InvalidInput
from slap_domain.model.configuration import parse_configuration
from slap_node import guarded_files

_WORD = re.compile(rb"[0-9A-Za-z._-]+")
_SIGNATURE_FILE = re.compile(r"\..*signature")
_PIECE = 16 * 2**20
_LONGEST_NAME = 512
_HALF_GONE = ".pruned"  # no part is called so: one that was being removed when the node was killed


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
        mentions = _mentions(self._references(), left)
        gone: list[PurePosixPath] = []
        while True:
            own = {part: _mentions(_part_references(part), left) for part in left}
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
                    self._remove(part)
                del left[part]
                gone.append(part)

    def _remove(self, part: PurePosixPath) -> None:
        """Remove a part, which nobody finds any more from the first moment on, should we be killed."""
        folder, name = part.parent.name, part.name
        if not name.endswith(_HALF_GONE):
            aside = f".{name}{_HALF_GONE}"
            guarded_files.rename(self.shared, folder, name, to=aside)
            name = aside
        guarded_files.remove_tree(self.shared, folder, name)

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
            for release in _listed(Path(root)):
                yield release / ".installed.cfg"
                yield from _listed(release / "bin")


def shared_part_directory(parts: Sequence[PurePosixPath], source: str) -> PurePosixPath:
    """Return the directory that is pruned: the last of the list.

    Raises:
        ConfigurationError: the list is empty.
    """
    if not parts:
        raise ConfigurationError(
            f"{source}: section [slapos]: shared_part_list is missing",
            hint="name there the directory of the parts that releases share",
        )
    return parts[-1]


def _part_references(part: PurePosixPath) -> Iterator[Path]:
    yield Path(part) / ".buildout-shared.json"
    yield from (path for path in _listed(Path(part)) if _SIGNATURE_FILE.fullmatch(path.name))


def _mentions(files: Iterator[Path], parts: Iterable[PurePosixPath]) -> set[str]:
    """Return the names that files mention: all words in them, and the names of parts that are no words."""
    odd = [os.fsencode(part.name) for part in parts if not _WORD.fullmatch(os.fsencode(part.name))]
    found: set[str] = set()
    for file in files:
        for text in _pieces(file):
            words = _WORD.findall(text)
            found.update(word.decode() for word in words)
            found.update(word.strip(b"._-").decode() for word in words)
            found.update(os.fsdecode(name) for name in odd if name in text)
    return found


def _pieces(file: Path) -> Iterator[bytes]:
    """Yield the content of a regular file, in pieces that overlap.

    Raises:
        HostFailure: it cannot be read; nobody knows then what it mentions.
    """
    try:
        if not stat.S_ISREG(file.stat().st_mode):
            return
        with file.open("rb") as stream:
            piece = stream.read(_PIECE)
            while piece:
                yield piece
                rest = stream.read(_PIECE)
                piece = piece[-_LONGEST_NAME:] + rest if rest else b""
    except (FileNotFoundError, NotADirectoryError):  # it has just gone, or is a link to nowhere
        return
    except OSError as error:
        raise HostFailure(
            f"cannot read {file}, which may use shared parts: {error.strerror}",
            hint="nothing is pruned before it can be read",
        ) from error


def _listed(directory: Path) -> list[Path]:
    """Return what is in a directory, sorted; nothing where there is none.

    Raises:
        HostFailure: it cannot be read.
    """
    try:
        return sorted(directory.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise HostFailure(
            f"cannot read {directory}, which may use shared parts: {error.strerror}",
            hint="nothing is pruned before it can be read",
        ) from error


def _nested_software_roots(instance_root: PurePosixPath) -> list[PurePosixPath]:
    """Return the software roots of nodes that run inside instances: each has a `slapos.cfg` somewhere."""
    found = []
    for file in sorted(Path(instance_root).rglob("slapos.cfg")):
        try:
            text = b"".join(_pieces(file)).decode()
            section = parse_configuration(text, str(file)).section("slapos")
            found.append(PurePosixPath(section.text("software_root")))
        except (ConfigurationError, InvalidInput, UnicodeDecodeError):  # not a node's configuration
            continue
    return found
