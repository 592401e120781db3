"""In-memory directories and documents, and the contract that every store of them keeps."""

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath

from slap_domain.errors import HostFailure
from slap_domain.model.host.changes import FileChange, MakeDirectory, WriteDocument
from slap_domain.model.host.state import FoundDirectory, FoundFiles
from slap_domain.ports.host import HostFiles

_DISK = re.compile(r"data(\d+)\Z")


class FakeHostFiles:
    """Directories and documents in imagination; a directory made without an owner is `root`'s.

    Tests may look at `documents` and `archived`.
    """

    def __init__(
        self, documents: Mapping[PurePosixPath, str] | None = None, disks: Iterable[str] = ()
    ) -> None:
        self.documents = dict(documents or {})
        self.archived: list[tuple[PurePosixPath, str]] = []
        self._directories: dict[PurePosixPath, FoundDirectory] = {}
        self._disks = tuple(disks)

    def observe(
        self, directories: frozenset[PurePosixPath], documents: frozenset[PurePosixPath]
    ) -> FoundFiles:
        """Return those of the paths that exist."""
        for path in directories & set(self.documents):
            raise HostFailure(f"{path} exists and is not a directory")
        return FoundFiles(
            directories={path: self._directories[path] for path in directories & set(self._directories)},
            documents={path: self.documents[path] for path in documents & set(self.documents)},
        )

    def read(self, path: PurePosixPath) -> str | None:
        """Return a document, or None when there is none."""
        return self.documents.get(path)

    def read_own(self, path: PurePosixPath) -> str | None:
        """Return a document; all are ours here."""
        return self.documents.get(path)

    def disks(self, home: PurePosixPath) -> tuple[str, ...]:  # noqa: ARG002 - there is one storage home
        """Return the names of the disks, by their numbers."""
        numbers = [int(match[1]) for name in self._disks if (match := _DISK.match(name))]
        return tuple(f"data{number}" for number in sorted(numbers))

    def apply(self, change: FileChange) -> None:
        """Make one change."""
        if isinstance(change, MakeDirectory):
            found = self._directories.get(change.path, FoundDirectory(mode=0, user="root", group="root"))
            self._directories[change.path] = FoundDirectory(
                mode=change.mode, user=change.user or found.user, group=change.user or found.group
            )
            return
        if change.path.parent not in self._directories:
            raise HostFailure(f"directory {change.path.parent} does not exist")
        if change.archived and change.path in self.documents:
            self.archived.append((change.path, self.documents[change.path]))
        self.documents[change.path] = change.text


class HostFilesContract(ABC):
    """What every store of directories and documents does; subclass it as a test class."""

    @abstractmethod
    def make_files(self) -> HostFiles:
        """Return the subject."""

    @abstractmethod
    def folder(self) -> PurePosixPath:
        """Return the path of a directory that does not exist yet; its parent may not either."""

    def test_nothing_is_found_where_nothing_is(self) -> None:
        """Neither directory nor document."""
        files, folder = self.make_files(), self.folder()
        found = files.observe(frozenset({folder}), frozenset({folder / "x"}))
        assert found == FoundFiles(directories={}, documents={})
        assert files.read(folder / "x") is None
        assert files.read_own(folder / "x") is None

    def test_a_directory_gets_its_mode(self) -> None:
        """Also when it exists with another."""
        files, folder = self.make_files(), self.folder()
        for mode in (0o750, 0o755, 0o700):
            files.apply(MakeDirectory(path=folder, mode=mode))
            assert files.observe(frozenset({folder}), frozenset()).directories[folder].mode == mode

    def test_a_document_says_what_was_written_last(self) -> None:
        """Whole, and with every character."""
        files, folder = self.make_files(), self.folder()
        files.apply(MakeDirectory(path=folder, mode=0o755))
        for text in ("first", "segundo, más largo\n", ""):
            files.apply(WriteDocument(path=folder / "x", text=text, archived=True))
            assert files.read(folder / "x") == text
            assert files.read_own(folder / "x") == text
            assert files.observe(frozenset(), frozenset({folder / "x"})).documents == {folder / "x": text}

    def test_a_document_needs_its_directory(self) -> None:
        """Nothing is made on the way."""
        files, folder = self.make_files(), self.folder()
        try:
            files.apply(WriteDocument(path=folder / "x", text="text"))
        except HostFailure:
            return
        raise AssertionError("it was written")

    def test_a_document_in_the_place_of_a_directory_is_a_failure(self) -> None:
        """It is not overwritten."""
        files, folder = self.make_files(), self.folder()
        files.apply(MakeDirectory(path=folder, mode=0o755))
        files.apply(WriteDocument(path=folder / "x", text="text"))
        try:
            files.observe(frozenset({folder / "x"}), frozenset())
        except HostFailure:
            return
        raise AssertionError("it was taken for a directory")
