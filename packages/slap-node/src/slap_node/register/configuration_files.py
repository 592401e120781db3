"""The configuration of this machine, as files."""

from pathlib import Path, PurePosixPath

from slap_domain.errors import HostFailure
from slap_domain.model.host_changes import FileChange, MakeDirectory
from slap_node.host.files import LocalFiles


class ConfigurationOnDisk:
    """`ConfigurationFiles` on the file system."""

    def __init__(self) -> None:
        self._files = LocalFiles()

    def read(self, path: PurePosixPath) -> str | None:
        """Return what a file says; None when there is nothing at its path."""
        return self._files.read(path)

    def is_made(self, change: FileChange) -> bool:
        """Tell whether a change is made already: the directory exists, the file says just that."""
        if isinstance(change, MakeDirectory):
            return Path(change.path).is_dir()
        return self.read(change.path) == change.text

    def set_aside(self, directory: PurePosixPath) -> PurePosixPath:
        """Rename a directory to `<name>.old`, or `<name>.old.1` and so on, and return the new path."""
        target = directory.with_name(f"{directory.name}.old")
        number = 0
        while Path(target).exists():
            number += 1
            target = directory.with_name(f"{directory.name}.old.{number}")
        try:
            Path(directory).rename(target)
        except OSError as error:
            raise HostFailure(f"cannot rename {directory} to {target}: {error.strerror}") from error
        return target

    def apply(self, change: FileChange) -> None:
        """Make one change; a directory that exists is left as it is."""
        if not (isinstance(change, MakeDirectory) and self.is_made(change)):
            self._files.apply(change)
