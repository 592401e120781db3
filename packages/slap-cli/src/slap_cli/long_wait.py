"""Tells people what is waited for, where it takes long enough to wonder."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from logging import getLogger

_LOG = getLogger(__name__)
_SILENCE = 2.0


@contextmanager
def told_of_waiting(what: str, patience: float) -> Iterator[None]:
    """Say what is waited for when the block takes long.

    Args:
        what: "the cache to answer".
        patience: seconds after which the block gives up.
    """
    timer = threading.Timer(_SILENCE, _LOG.info, ("waiting for %s, up to %g s", what, patience))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
