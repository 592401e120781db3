"""Ends a run of the node cleanly when a signal asks for it."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def ended_by_signals(cancel: threading.Event) -> Iterator[None]:
    """Let SIGTERM, and the end of the terminal, end the block as Ctrl-C does, and what runs for it too.

    A signal that the process was started to ignore, as with `nohup`, stays ignored.

    Args:
        cancel: set when the block is interrupted, so that processes that were started are ended.
    """

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        cancel.set()
        raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    former = {
        number: signal.signal(number, interrupt)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
        if signal.getsignal(number) is not signal.SIG_IGN
    }
    try:
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
