"""The configuration of this machine, as files."""

import shutil
import tempfile
from pathlib import Path, PurePosixPath

from slap_domain.errors import HostFailure
from slap_domain.model.host.changes import FileChange, MakeDirectory
from slap_node.host.files import LocalFiles

_PROBE = 64 * 1024


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

    def check_writable(self, directory: PurePosixPath) -> None:
        """Make sure that files can be written in a directory, or that it can be made; nothing is changed."""
        path = Path(directory)
        place = next(each for each in (path, *path.parents) if each.exists())
        if not place.is_dir():
            raise HostFailure(f"{place} is no directory", hint="move it away, or choose another place")
        try:
            # Written for real: a file system may be read-only or full, which the mode does not tell.
            with tempfile.TemporaryFile(dir=place) as file:
                file.write(bytes(_PROBE))
                file.flush()
        except OSError as error:
            raise HostFailure(
                f"nothing can be written in {place}: {error.strerror}",
                hint="run it as whoever may write there, or choose another place with --cfg",
            ) from error

    def back_up(self, directory: PurePosixPath) -> PurePosixPath:
        """Copy a directory to `<name>.old`, or `<name>.old.1` and so on, and return the new path."""
        target = directory.with_name(f"{directory.name}.old")
        number = 0
        while Path(target).exists():
            number += 1
            target = directory.with_name(f"{directory.name}.old.{number}")
        try:
            Path(target).mkdir(mode=0o700)  # nobody reads a key before it has its mode
            shutil.copytree(directory, target, symlinks=True, dirs_exist_ok=True)
        except OSError as error:
            shutil.rmtree(target, ignore_errors=True)
            raise HostFailure(f"cannot copy {directory} to {target}: {error}") from error
        return target

    def apply(self, change: FileChange) -> None:
        """Make one change; a directory that exists is left as it is."""
        if not (isinstance(change, MakeDirectory) and self.is_made(change)):
            self._files.apply(change)
