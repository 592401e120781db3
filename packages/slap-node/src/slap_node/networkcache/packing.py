"""Packing a built release into an archive, without trusting whoever built it.

A release belongs to the user who builds, who may put links in it, and exchange files while root packs it. So
the tree is walked by descriptors that follow no link, and what the builder could not read is refused.
"""

import os
import stat
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from slap_domain.errors import HostFailure, InvalidInput
from slap_domain.model.partition import Account
from slap_node.networkcache.archives import check_member

# Secrets of this machine, and what says that this machine finished a build.
_NOT_PACKED = frozenset({".netrc", ".completed", ".python/pip.conf", "extends-cache"})
_DEPTH_LIMIT = 200
_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# A pipe that takes the place of a file must not hang us.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def pack(release: Path, archive: Path, *, links_allowed: frozenset[str], builder: Account | None) -> None:
    """Pack a release into a new file.

    Args:
        release: its directory.
        archive: the file.
        links_allowed: where a symbolic link may lead outside of the release.
        builder: who built it; None: whoever runs this.

    Raises:
        InvalidInput: it holds what no computer would accept, or what its builder may not read.
        HostFailure: it cannot be read, or the archive not be written.
    """
    try:
        with (
            tarfile.open(archive, "w:gz", compresslevel=6) as file,
            _opened(str(release), _DIRECTORY) as directory,
        ):
            packing = _Packing(file, release, links_allowed, builder)
            packing.add_directory(directory, release.name, 0)
    except OSError as error:
        raise HostFailure(f"cannot pack {release}: {error}") from error


class _Packing:
    """Adds members one after the other; of a file with several names, the later ones become links."""

    def __init__(
        self, file: tarfile.TarFile, release: Path, links_allowed: frozenset[str], builder: Account | None
    ) -> None:
        self._file = file
        self._release = release
        self._links_allowed = links_allowed
        self._builder = builder
        self._known: dict[tuple[int, int], str] = {}

    def add_directory(self, directory: int, name: str, depth: int) -> None:
        if depth > _DEPTH_LIMIT:
            raise InvalidInput(f"{name[:200]!r} is more than {_DEPTH_LIMIT} directories deep")
        status = os.fstat(directory)
        self._refuse_unreadable(status, name)
        self._add(self._member(name, status, tarfile.DIRTYPE))
        for entry in sorted(os.listdir(directory)):
            path = f"{name}/{entry}"
            if path.partition("/")[2] not in _NOT_PACKED:
                self._add_entry(directory, entry, path, depth)

    def _add_entry(self, directory: int, entry: str, path: str, depth: int) -> None:
        status = os.stat(entry, dir_fd=directory, follow_symlinks=False)
        if stat.S_ISDIR(status.st_mode):
            with _opened(entry, _DIRECTORY, directory) as below:
                self.add_directory(below, path, depth + 1)
        elif stat.S_ISLNK(status.st_mode):
            link = self._member(path, status, tarfile.SYMTYPE)
            link.linkname = os.readlink(entry, dir_fd=directory)
            self._add(link)
        elif stat.S_ISREG(status.st_mode):
            with _opened(entry, _FILE, directory) as content:
                self._add_file(content, path)
        else:
            raise InvalidInput(f"{path[:200]!r} is a device or a pipe")

    def _add_file(self, content: int, path: str) -> None:
        status = os.fstat(content)
        if not stat.S_ISREG(status.st_mode):
            raise InvalidInput(f"{path[:200]!r} is no file any more")
        self._refuse_unreadable(status, path)
        identity = (status.st_dev, status.st_ino)
        first = self._known.setdefault(identity, path)
        if first != path:
            link = self._member(path, status, tarfile.LNKTYPE)
            link.linkname = first
            self._add(link)
            return
        member = self._member(path, status, tarfile.REGTYPE)
        member.size = status.st_size
        with open(content, "rb", closefd=False) as file:
            self._add(member, file)

    def _refuse_unreadable(self, status: os.stat_result, path: str) -> None:
        if self._builder is not None and not _may_read(self._builder, status):
            raise InvalidInput(f"{path[:200]!r} is nothing that its builder {self._builder.name} may read")

    @staticmethod
    def _member(name: str, status: os.stat_result, kind: bytes) -> tarfile.TarInfo:
        member = tarfile.TarInfo(name)
        member.type = kind
        member.mode = stat.S_IMODE(status.st_mode)
        member.mtime = int(status.st_mtime)
        member.uname = member.gname = "root"
        return member

    def _add(self, member: tarfile.TarInfo, content: BinaryIO | None = None) -> None:
        check_member(member, self._release.name, str(self._release), self._links_allowed)
        self._file.addfile(member, content)


def _may_read(reader: Account, status: os.stat_result) -> bool:
    """Tell whether a user may read a file, by its mode alone."""
    if status.st_uid == reader.uid:
        return bool(status.st_mode & stat.S_IRUSR)
    if status.st_gid == reader.gid:
        return bool(status.st_mode & stat.S_IRGRP)
    return bool(status.st_mode & stat.S_IROTH)


@contextmanager
def _opened(name: str, flags: int, directory: int | None = None) -> Iterator[int]:
    descriptor = os.open(name, flags, dir_fd=directory)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
