"""The log file that the configuration of a master names, besides what it says to whoever started it."""

import logging
import logging.handlers
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from slap_domain.errors import ConfigurationError

_FORMAT = "%(asctime)s %(name)s[%(process)d] %(levelname)s %(message)s"


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
    handler.setFormatter(logging.Formatter(_FORMAT))
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        yield
    finally:
        root.removeHandler(handler)
        handler.close()
