"""How long an answer is waited for: each part of it, its head, and the whole."""

import time
from collections.abc import Callable

from slap_http_adapter.client.exchange_failures import LateAnswerError

_WHOLE = 10


class Patience:
    """Tells how long the next part of an answer may take: a part in time is no end in sight.

    Args:
        seconds: for each part of an answer, and for all of its head; the whole may take ten times that.
        clock: tells the seconds since some moment.
    """

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        self.begin()

    def begin(self) -> None:
        """Begin to wait: the request is sent."""
        self._allowed = self._seconds
        self._began = self._clock()

    def see_head(self) -> None:
        """Wait for the rest."""
        self._allowed = _WHOLE * self._seconds

    def left(self) -> float:
        """Return the seconds in which the next part has to come.

        Raises:
            LateAnswerError: none are left.
        """
        left = self._began + self._allowed - self._clock()
        if left <= 0:
            raise self.late()
        return min(left, self._seconds)

    def late(self) -> LateAnswerError:
        """Return the error that tells for how long was waited in vain."""
        is_over = self._clock() - self._began >= self._allowed
        return LateAnswerError(self._allowed if is_over else self._seconds)
