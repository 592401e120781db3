"""The time of this machine."""

import time
from datetime import UTC, datetime


class WallClock:
    """The clock of a running master."""

    def now(self) -> datetime:
        """Return the present wall time."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return seconds since an arbitrary moment."""
        return time.monotonic()
