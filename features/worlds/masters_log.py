"""The log of masters that share a process with commands: kept apart, as where each has a process."""

import contextlib
import logging
import threading
from collections.abc import Iterator


class _OwnLines(logging.Handler):
    """Passes on what the thread says that runs a command; masters work in others."""

    def __init__(self) -> None:
        super().__init__()
        self._thread = threading.get_ident()

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread == self._thread:
            logging.getLogger().handle(record)


@contextlib.contextmanager
def kept_apart() -> Iterator[None]:
    """Keep what masters log out of what the command of this thread says, until the end of the block."""
    masters, own = logging.getLogger("slap_proxy"), _OwnLines()
    masters.addHandler(own)
    masters.propagate = False
    try:
        yield
    finally:
        masters.propagate = True
        masters.removeHandler(own)
