"""The log of a master: the file that its configuration names, besides what it says to whoever started it."""

import logging
import logging.handlers
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from slap_domain.errors import ConfigurationError
from slap_domain.model.visible_text import visible

_FORMAT = "%(asctime)s %(name)s[%(process)d] %(levelname)s %(message)s"


class VisibleFormatter(logging.Formatter):
    """Writes control characters, which callers may have sent, as escapes."""

    def format(self, record: logging.LogRecord) -> str:
        """Return a record as it is written."""
        return visible(super().format(record))


@contextmanager
def logging_also_to(path: Path | None) -> Iterator[None]:
    """Write everything that is logged to a file too, until the end of the block.

    The file is opened again when it was moved away or deleted, as programs that rotate logs do.

    Raises:
        ConfigurationError: it cannot be written.
    """
    if path is None:
        yield
        return
    try:
        handler = logging.handlers.WatchedFileHandler(path, encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(
            f"log_file {path} cannot be written: {error.strerror}",
            hint="name a file in a directory that exists and that the master may write",
        ) from error
    handler.setFormatter(VisibleFormatter(_FORMAT))
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        yield
    finally:
        root.removeHandler(handler)
        handler.close()
