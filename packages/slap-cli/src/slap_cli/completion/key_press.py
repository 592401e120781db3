"""The patience of somebody who has pressed a key to have a word completed."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager

from slap_cli.exit_status import Ended, ExitStatus

_PATIENCE = 3.0  # seconds; longer than this they do without


@contextmanager
def answered_in_time() -> Iterator[None]:
    """End the block when it takes too long, whatever it waits for.

    Raises:
        Ended: it did.
    """

    def give_up(_number: int, _frame: object) -> None:
        raise Ended(f"the master did not answer within {_PATIENCE:g} s", ExitStatus.FAILED)

    before = signal.signal(signal.SIGALRM, give_up)
    signal.setitimer(signal.ITIMER_REAL, _PATIENCE)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
