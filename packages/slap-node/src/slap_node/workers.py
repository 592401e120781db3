"""The pool that works on several partitions or releases at once, with threads."""

import threading
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from slap_domain.errors import SlapError

Item = TypeVar("Item")
Result = TypeVar("Result")

_MOMENT = 0.02  # seconds


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
        round_ = _Round(work, items, self._cancel)
        threads = [threading.Thread(target=round_.work_on) for _ in range(min(self._jobs, len(items)))]
        try:
            # In most passes there is hardly anything to do: threads would only take turns at looking.
            threads[0].start()
            threads[0].join(_MOMENT)
            if threads[0].is_alive():
                for thread in threads[1:]:
                    thread.start()
            _join(threads)
        except BaseException as error:
            round_.end(error)
            _join(threads)
            raise
        return round_.results()

    @staticmethod
    def beside(aside: Callable[[], None], work: Callable[[], Result]) -> Result:
        """Do something aside while the caller works; return what the work returns once both are done.

        When both fail, what the work raises has a note of the other failure.
        """
        failures: list[BaseException] = []

        def run() -> None:
            try:
                aside()
            except BaseException as error:  # noqa: BLE001 - raised where both are waited for
                failures.append(error)

        # Should the work be interrupted, the process does not wait for it.
        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        try:
            result = work()
        except Exception as error:
            thread.join()
            for failure in failures:
                error.add_note(_note(failure))
            raise
        thread.join()
        if failures:
            raise failures[0]
        return result


def _note(failure: BaseException) -> str:
    hint = failure.hint if isinstance(failure, SlapError) else ""
    return f"besides: {failure}\nhint: {hint}" if hint else f"besides: {failure}"


class _Round(Generic[Item, Result]):
    """Items that threads take from, and what became of them."""

    def __init__(
        self, work: Callable[[Item], Result], items: Sequence[Item], cancel: threading.Event
    ) -> None:
        self._work = work
        self._items = items
        self._cancel = cancel
        self._lock = threading.Lock()
        self._left = iter(range(len(items)))
        self._results: dict[int, Result] = {}
        self._failure: BaseException | None = None

    def work_on(self) -> None:
        """Work on items until none is left."""
        while (position := self._next()) is not None:
            try:
                self._results[position] = self._work(self._items[position])
            except BaseException as error:  # noqa: BLE001 - raised where the results are asked for
                self.end(error)

    def end(self, failure: BaseException) -> None:
        """Begin nothing new, and cancel what runs."""
        with self._lock:
            self._failure = self._failure or failure
            self._left = iter(())
        self._cancel.set()

    def results(self) -> tuple[Result, ...]:
        """Return the results in the order of the items, or raise the first failure."""
        if self._failure is not None:
            raise self._failure
        return tuple(self._results[position] for position in range(len(self._items)))

    def _next(self) -> int | None:
        with self._lock:
            return next(self._left, None)


def _join(threads: Sequence[threading.Thread]) -> None:
    for thread in threads:
        if thread.ident is not None:
            thread.join()
