"""Archives of built releases: gzipped tars with one top directory, unpacked with care.

Nothing leaves the directory of the release: no member has an absolute path or `..`, none is a device or a
pipe, no link leads out (but to the one interpreter that releases are told to use), and nothing is written
through a link.
"""

import contextlib
import gzip
import os
import shutil
import stat
import tarfile
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from slap_domain.errors import HostFailure, InvalidInput
from slap_domain.model.partition import Account

MEMBER_LIMIT = 2_000_000
_STEP_LIMIT = 4_000
_SAFE_MODE = 0o755


def check_member(
    member: tarfile.TarInfo, top: str, directory: str, links_allowed: frozenset[str]
) -> PurePosixPath:
    """Return the path of a member within the release.

    Args:
        member: of the archive.
        top: the one top directory of the archive.
        directory: where the release will be, or is: absolute links into it stay inside.
        links_allowed: where a symbolic link may lead outside of the release.

    Raises:
        InvalidInput: it would leave the release, or is neither file, directory nor link.
    """
    path = PurePosixPath(member.name)
    if path.is_absolute() or ".." in path.parts or not path.parts or path.parts[0] != top:
        raise InvalidInput(f"archive member {member.name[:200]!r} is not below {top}")
    if member.islnk():
        target = PurePosixPath(member.linkname)
        if target.is_absolute() or ".." in target.parts or target.parts[:1] != (top,):
            raise InvalidInput(f"archive member {member.name[:200]!r} links out of the release")
    elif member.issym():
        _check_symbolic_link(path, member.linkname, directory, links_allowed)
    elif not (member.isreg() or member.isdir()):
        raise InvalidInput(f"archive member {member.name[:200]!r} is a device or a pipe")
    return PurePosixPath(*path.parts[1:])


def _check_symbolic_link(
    path: PurePosixPath, target: str, directory: str, links_allowed: frozenset[str]
) -> None:
    if target in links_allowed:
        return
    if target.startswith("/"):
        resolved = os.path.normpath(target)
        inside = resolved == directory or resolved.startswith(directory + "/")
    else:
        resolved = os.path.normpath(os.path.join(path.parent, target))  # noqa: PTH118 - text, not a file
        inside = resolved.split("/")[0] == path.parts[0]
    if not inside:
        raise InvalidInput(f"archive member {str(path)[:200]!r} links out of the release")


def unpack(
    archive: Path,
    release: Path,
    waiting: Path,
    *,
    links_allowed: frozenset[str],
    owner: Account | None,
    limit: int,
) -> None:
    """Unpack an archive into a directory that does not exist yet: all of it, or nothing.

    Args:
        archive: a verified file; what it holds is still not trusted.
        release: the directory; its name is the archive's top directory.
        waiting: a directory of ours alone, on the same file system: files are made there, and given to their
            owner, before the release gets its place.
        links_allowed: where a symbolic link may lead outside of the release.
        owner: whose the files become; None: ours.
        limit: bytes that all files may have together.

    Raises:
        InvalidInput: it is no such archive, or a member would leave the release.
        HostFailure: it cannot be written.
    """
    for remains in waiting.glob(f"{release.name}.*"):  # of a run that was killed
        shutil.rmtree(remains, ignore_errors=True)
    scratch = Path(tempfile.mkdtemp(dir=waiting, prefix=f"{release.name}."))
    try:
        with tarfile.open(archive, "r:gz") as file:
            made = _Unpacking(scratch / release.name, release, links_allowed, owner)
            made.make_all(_members(file, limit), file)
        (scratch / release.name).rename(release)
    except (tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError, ValueError) as error:
        raise InvalidInput(f"the archive of {release.name} is damaged: {error}") from error
    except OSError as error:
        raise HostFailure(f"cannot unpack the archive of {release.name}: {error}") from error
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _members(file: tarfile.TarFile, limit: int) -> Iterator[tarfile.TarInfo]:
    total = 0
    for number, member in enumerate(file):
        total += member.size
        if total > limit or number >= MEMBER_LIMIT:
            raise InvalidInput(f"the archive unpacks to more than {limit} bytes or {MEMBER_LIMIT} members")
        yield member


class _Unpacking:
    """Makes members one after the other; links come last, so that nothing is written through them."""

    def __init__(
        self, root: Path, release: Path, links_allowed: frozenset[str], owner: Account | None
    ) -> None:
        self._root = root
        self._release = release
        self._links_allowed = links_allowed
        self._owner = owner
        self._links: list[tuple[Path, tarfile.TarInfo]] = []
        self._modes: list[tuple[Path, int]] = []

    def make_all(self, members: Iterator[tarfile.TarInfo], file: tarfile.TarFile) -> None:
        self._root.mkdir(mode=_SAFE_MODE)
        for member in members:
            inside = check_member(member, self._release.name, str(self._release), self._links_allowed)
            path = self._root / inside
            if member.issym() or member.islnk():
                self._links.append((path, member))
            elif member.isdir():
                path.mkdir(mode=_SAFE_MODE, parents=True, exist_ok=True)
                self._modes.append((path, member.mode))
            else:
                self._make_file(path, member, file)
        self._make_links()
        if not any(self._root.iterdir()):
            raise InvalidInput(f"the archive of {self._release.name} is empty")
        self._give()
        for path, mode in reversed(self._modes):
            path.chmod(stat.S_IMODE(mode) & 0o777)

    def _make_links(self) -> None:
        for path, member in self._links:
            self._make_link(path, member)
        # Only now is it known where a link leads that passes through others.
        for path, member in self._links:
            if member.issym() and member.linkname not in self._links_allowed:
                self._refuse_leaving(path)

    def _make_file(self, path: Path, member: tarfile.TarInfo, file: tarfile.TarFile) -> None:
        path.parent.mkdir(mode=_SAFE_MODE, parents=True, exist_ok=True)
        content = file.extractfile(member)
        if content is None:
            raise InvalidInput(f"archive member {member.name[:200]!r} has no content")
        with content, path.open("xb") as made:
            shutil.copyfileobj(content, made, 1024 * 1024)
        os.utime(path, (member.mtime, member.mtime))
        path.chmod(member.mode & 0o777)

    def _make_link(self, path: Path, member: tarfile.TarInfo) -> None:
        path.parent.mkdir(mode=_SAFE_MODE, parents=True, exist_ok=True)
        self._refuse_links_above(path)
        if member.issym():
            path.symlink_to(member.linkname)
            return
        target = self._root / PurePosixPath(*PurePosixPath(member.linkname).parts[1:])
        self._refuse_links_above(target)
        if target.is_symlink() or not target.is_file():
            raise InvalidInput(f"archive member {member.name[:200]!r} is a hard link to no file")
        path.hardlink_to(target)

    def _refuse_leaving(self, link: Path) -> None:
        """Follow a link as the kernel will, one name after the other, and refuse any step out.

        A `..` after a link goes up from where that link leads, which the text of a path does not tell.
        """
        inside = link.relative_to(self._root)
        here, ahead = self._root, list(reversed(inside.parts))
        for _ in range(_STEP_LIMIT):
            if not ahead:
                return
            name = ahead.pop()
            if name == "..":
                here = self._above(here, inside)
            elif not (here / name).is_symlink():
                here /= name
            else:
                here, further = self._followed(here, str((here / name).readlink()), inside, last=not ahead)
                ahead += reversed(further)
        raise InvalidInput(f"archive member {str(inside)[:200]!r} is a link without an end")

    def _above(self, here: Path, inside: Path) -> Path:
        if here == self._root:
            raise InvalidInput(f"archive member {str(inside)[:200]!r} links out of the release")
        return here.parent

    def _followed(self, here: Path, target: str, inside: Path, *, last: bool) -> tuple[Path, tuple[str, ...]]:
        """Return where a link's target begins, and the names that follow."""
        if target in self._links_allowed:
            if not last:
                raise InvalidInput(f"archive member {str(inside)[:200]!r} links out of the release")
            return here, ()
        if not target.startswith("/"):
            return here, PurePosixPath(target).parts
        if not PurePosixPath(target).is_relative_to(self._release):
            raise InvalidInput(f"archive member {str(inside)[:200]!r} links out of the release")
        return self._root, PurePosixPath(target).relative_to(self._release).parts

    def _refuse_links_above(self, path: Path) -> None:
        for parent in path.relative_to(self._root).parents:
            if (self._root / parent).is_symlink():
                raise InvalidInput(f"an archive member lies below the link {parent}")

    def _give(self) -> None:
        if self._owner is None:
            return
        for folder, names, files in os.walk(self._root):
            for name in (".", *names, *files):
                with contextlib.suppress(FileNotFoundError):
                    os.chown(Path(folder) / name, self._owner.uid, self._owner.gid, follow_symlinks=False)
