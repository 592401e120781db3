"""The pool that works on several partitions or releases at once, with threads."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class ThreadWorkers:
    """A pool of as many threads as jobs; the work itself is done by the processes they wait for."""

    def __init__(self, jobs: int, cancel: threading.Event | None = None) -> None:
        self._jobs = jobs
        self._cancel = threading.Event() if cancel is None else cancel

    def each(self, work: Callable[[Item], Result], items: Sequence[Item]) -> tuple[Result, ...]:
        """Apply a function to every item, several at once, and return all results in the given order.

        When it is interrupted (Ctrl-C, a signal that raises), what runs is cancelled and nothing new begins.
        """
        if self._jobs == 1 or len(items) <= 1:
            return tuple(work(item) for item in items)
        with ThreadPoolExecutor(max_workers=min(self._jobs, len(items))) as pool:
            try:
                futures = [pool.submit(work, item) for item in items]
                return tuple(future.result() for future in futures)
            except BaseException:
                self._cancel.set()
                pool.shutdown(wait=False, cancel_futures=True)
                raise
