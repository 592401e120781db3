"""A clock that moves when it is told to."""

from datetime import UTC, datetime, timedelta

START = datetime(2020, 1, 1, tzinfo=UTC)


class ManualClock:
    """The fake of `Clock`."""

    def __init__(self, now: datetime = START) -> None:
        self._now = now
        self._monotonic = 0.0

    def now(self) -> datetime:
        """Return the present wall time."""
        return self._now

    def monotonic(self) -> float:
        """Return seconds since the clock was made."""
        return self._monotonic

    def advance(self, seconds: float) -> None:
        """Let time pass.

        Raises:
            ValueError: seconds is negative; `set` lets wall time jump back.
        """
        if seconds < 0:
            raise ValueError("time does not pass backwards")
        self._now += timedelta(seconds=seconds)
        self._monotonic += seconds

    def set(self, now: datetime) -> None:
        """Let wall time jump; monotonic time stays."""
        self._now = now
