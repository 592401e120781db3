"""Writing files so that a reader sees all of one or nothing of it, also after a crash."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

SECRET = 0o600
PUBLIC = 0o644


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """A file that is being written, under a name that nobody reads."""

    file: IO[bytes]
    path: Path

    def publish(self, path: Path, mode: int) -> None:
        """Make what was written so far durable, and give it its name."""
        self.file.flush()
        os.fchmod(self.file.fileno(), mode)
        os.fsync(self.file.fileno())
        self.path.replace(path)


@contextmanager
def incoming_file(directory: Path) -> Iterator[Incoming]:
    """Write a file, readable by its owner alone; unless it is published, nothing of it stays."""
    descriptor, name = tempfile.mkstemp(dir=directory, prefix=".incoming-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield Incoming(file=file, path=Path(name))
    finally:
        Path(name).unlink(missing_ok=True)


def write_file(path: Path, content: bytes, mode: int) -> None:
    """Write a whole file."""
    with incoming_file(path.parent) as incoming:
        incoming.file.write(content)
        incoming.publish(path, mode)


def secret_directory(path: Path) -> Path:
    """Return a directory that only its owner may enter; it is made when it is absent."""
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path
