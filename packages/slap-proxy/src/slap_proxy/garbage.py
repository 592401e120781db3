"""When Python looks for garbage in cycles: not while the master starts, and seldom afterwards."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def put_off() -> Iterator[None]:
    """Collect nothing until the master has started: importing makes no garbage, but takes a tenth longer."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def settle() -> None:
    """Collect again, but never what was imported and built so far: it lives until the end."""
    gc.freeze()
    # Ten thousand partitions are read as a hundred thousand small values, none of them in a cycle.
    gc.set_threshold(50_000, 20, 50)
    gc.enable()
