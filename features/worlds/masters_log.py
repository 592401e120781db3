"""The log of masters that share a process with commands: kept apart, as where each has a process."""

import contextlib
import logging
import threading
from collections.abc import Iterator


class _OwnLines(logging.Handler):
    """Passes on what the thread says that runs a command; what masters say in others is kept."""

    def __init__(self) -> None:
        super().__init__()
        self._thread = threading.get_ident()
        self.masters: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread == self._thread:
            logging.getLogger().handle(record)
        else:
            self.masters.append(record.getMessage())


@contextlib.contextmanager
def kept_apart() -> Iterator[list[str]]:
    """Keep what masters log out of what the command of this thread says, and give it in a list of its own."""
    masters, own = logging.getLogger("slap_proxy"), _OwnLines()
    masters.addHandler(own)
    masters.propagate = False
    try:
        yield own.masters
    finally:
        masters.propagate = True
        masters.removeHandler(own)
