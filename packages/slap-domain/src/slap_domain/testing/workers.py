"""Workers that do one thing after the other, and the contract that every pool of workers keeps."""

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import TypeVar

from slap_domain.ports.workers import Workers

Item = TypeVar("Item")
Result = TypeVar("Result")


class SequentialWorkers:
    """Works on one item at a time, in order."""

    def each(self, work: Callable[[Item], Result], items: Sequence[Item]) -> tuple[Result, ...]:
        """Apply a function to every item and return all results."""
        return tuple(work(item) for item in items)

    def beside(self, aside: Callable[[], None], work: Callable[[], Result]) -> Result:
        """Do the one, then the other."""
        aside()
        return work()


class WorkersContract(ABC):
    """What every pool of workers does; subclass it as a test class and make the subject."""

    @abstractmethod
    def make_workers(self) -> Workers:
        """Return a pool."""

    def test_results_come_in_the_order_of_the_items(self) -> None:
        """Whatever ends first."""
        assert self.make_workers().each(lambda item: item * 2, [3, 1, 2]) == (6, 2, 4)

    def test_nothing_to_do_is_done(self) -> None:
        """No item, no result."""
        nothing: list[int] = []
        assert self.make_workers().each(abs, nothing) == ()

    def test_every_item_is_taken_up_once(self) -> None:
        """Each of many items is worked on exactly once."""
        seen: list[int] = []
        lock = threading.Lock()

        def note(item: int) -> None:
            with lock:
                seen.append(item)

        self.make_workers().each(note, list(range(50)))
        assert sorted(seen) == list(range(50))

    def test_an_error_reaches_the_caller(self) -> None:
        """What the function raises is raised."""

        def refuse(item: int) -> None:
            raise LookupError(item)

        try:
            self.make_workers().each(refuse, [1, 2])
        except LookupError:
            return
        raise AssertionError("the error was swallowed")

    def test_what_is_done_aside_is_done_too(self) -> None:
        """Both are done when the result of the work is returned."""
        done: list[str] = []
        assert self.make_workers().beside(lambda: done.append("aside"), lambda: "worked") == "worked"
        assert done == ["aside"]

    def test_an_error_of_what_is_done_aside_reaches_the_caller(self) -> None:
        """It is raised where the work alone would have done."""

        def refuse() -> None:
            raise LookupError

        try:
            self.make_workers().beside(refuse, lambda: None)
        except LookupError:
            return
        raise AssertionError("the error was swallowed")
