"""The pool that works on several partitions or releases at once."""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class Workers(Protocol):
    """A bounded pool of workers.

    Order: items are taken up in the given order; results come back in that order, whatever ended first.
    Raises: what the function raises, after every item that was taken up has ended.
    """

    def each(self, work: Callable[[Item], Result], items: Sequence[Item]) -> tuple[Result, ...]:
        """Apply a function to every item, several at once, and return all results."""
        ...

    def beside(self, aside: Callable[[], None], work: Callable[[], Result]) -> Result:
        """Do something aside while the caller itself works; return what the work returns once both are done.

        An interruption of the work does not wait for what is done aside.
        """
        ...
