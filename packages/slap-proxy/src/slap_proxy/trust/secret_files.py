"""Writing files that nobody else may read, whole or not at all."""

import os
import tempfile
from pathlib import Path

SECRET = 0o600
PUBLIC = 0o644


def write_file(path: Path, content: bytes, mode: int) -> None:
    """Write a file so that a reader sees all of it or none of it."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def secret_directory(path: Path) -> Path:
    """Return a directory that only its owner may enter; it is made when it is absent."""
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path
