"""A release builder that builds in imagination, and the contract that every release builder keeps."""

from abc import ABC, abstractmethod

from slap_domain.errors import BuildFailed, SlapError
from slap_domain.model.references import SoftwareUrl
from slap_domain.model.software_release import release_directory_name
from slap_domain.ports.output_lines import OnLine
from slap_domain.ports.release_builder import ReleaseBuilder


class FakeReleaseBuilder:
    """Builds what it is told to at once; tests say what fails, and look at `builds`.

    Attributes:
        builds: the releases in the order in which they were built, with whether newer versions were wanted.
        edited: a file that was written after the release was built from it, by release.
        failures: what building or removing a release raises, by release or directory name.
    """

    def __init__(self) -> None:
        self.builds: list[tuple[SoftwareUrl, bool]] = []
        self.edited: dict[SoftwareUrl, str] = {}
        self.failures: dict[str, Exception] = {}
        self._built: dict[str, bool] = {}

    def is_complete(self, release: SoftwareUrl) -> bool:
        """Tell whether the release was built and the master told so."""
        return self._built.get(release_directory_name(release), False)

    def edited_file(self, release: SoftwareUrl) -> str:
        """Return the file that a test has edited since the release was built; empty for none."""
        return self.edited.get(release, "")

    def build(self, release: SoftwareUrl, on_line: OnLine, *, newest: bool = False) -> None:
        """Build a release."""
        self.edited.pop(release, None)
        name = release_directory_name(release)
        self._built[name] = False
        on_line(f"building {release}")
        if release in self.failures:
            raise self.failures[release]
        self.builds.append((release, newest))

    def complete(self, release: SoftwareUrl) -> None:
        """Mark a built release as complete."""
        self._built[release_directory_name(release)] = True

    def remove(self, release: SoftwareUrl) -> bool:
        """Remove a release; tell whether there was anything."""
        if release in self.failures:
            raise self.failures[release]
        return self._built.pop(release_directory_name(release), None) is not None

    def directories(self) -> tuple[str, ...]:
        """Return the names of all release directories, sorted."""
        return tuple(sorted(self._built))

    def remove_directory(self, name: str) -> None:
        """Remove a release directory by its name."""
        if name in self.failures:
            raise self.failures[name]
        self._built.pop(name, None)


class ReleaseBuilderContract(ABC):
    """What every release builder does; subclass it as a test class and make the subject and releases."""

    @abstractmethod
    def make_builder(self) -> ReleaseBuilder:
        """Return a builder of an empty software root."""

    @abstractmethod
    def make_release(self, builder: ReleaseBuilder, *, fails: bool = False) -> SoftwareUrl:
        """Return the URL of a release that builds quickly and prints a line, or prints a line and fails."""

    def test_builds_and_completes(self) -> None:
        """A release is complete once that is said, not before."""
        builder = self.make_builder()
        release = self.make_release(builder)
        lines: list[str] = []
        assert not builder.is_complete(release)
        builder.build(release, lines.append)
        assert lines
        assert not builder.is_complete(release)
        builder.complete(release)
        assert builder.is_complete(release)
        assert not builder.edited_file(release)
        assert builder.directories() == (release_directory_name(release),)

    def test_a_rebuild_is_not_complete_until_that_is_said(self) -> None:
        """What is being built again does not look built."""
        builder = self.make_builder()
        release = self.make_release(builder)
        for _ in range(2):
            builder.build(release, _ignore, newest=True)
            assert not builder.is_complete(release)
            builder.complete(release)

    def test_a_failure_tells_why_and_completes_nothing(self) -> None:
        """The log's end goes with the error."""
        builder = self.make_builder()
        release = self.make_release(builder, fails=True)
        try:
            builder.build(release, _ignore)
        except BuildFailed as error:
            assert error.log  # noqa: PT017 - contract suites do not import pytest
        else:
            raise AssertionError("it was built")
        assert not builder.is_complete(release)

    def test_removes_a_release(self) -> None:
        """What is removed is gone, and removing it again is no error."""
        builder = self.make_builder()
        release = self.make_release(builder)
        builder.build(release, _ignore)
        builder.complete(release)
        assert builder.remove(release)
        assert not builder.is_complete(release)
        assert not builder.remove(release)
        assert builder.directories() == ()

    def test_removes_a_directory(self) -> None:
        """A directory that nobody knows the URL of goes by its name."""
        builder = self.make_builder()
        release = self.make_release(builder)
        builder.build(release, _ignore)
        builder.remove_directory(release_directory_name(release))
        assert builder.directories() == ()
        try:
            builder.remove_directory(release_directory_name(release))
        except SlapError as error:
            raise AssertionError("removing what is gone is an error") from error


def _ignore(line: str) -> None:
    """Do nothing with a line of output."""
