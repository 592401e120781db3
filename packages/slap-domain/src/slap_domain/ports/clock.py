"""Time, as the rules may ask for it."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time. Wall time may jump in either direction; monotonic time never goes back."""

    def now(self) -> datetime:
        """Return the present wall time, aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Return seconds since an arbitrary moment, for measuring durations."""
        ...
