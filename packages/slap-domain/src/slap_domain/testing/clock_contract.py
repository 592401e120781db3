"""What every clock keeps to."""

from abc import ABC, abstractmethod
from datetime import timedelta

from slap_domain.ports.clock import Clock


class ClockContract(ABC):
    """Inherit it, and give a clock; every test must pass."""

    @abstractmethod
    def make_clock(self) -> Clock:
        """Return the clock under test."""

    def test_wall_time_is_aware_and_in_utc(self) -> None:
        """Times of different machines can be compared."""
        assert self.make_clock().now().utcoffset() == timedelta(0)

    def test_monotonic_time_never_goes_back(self) -> None:
        """Durations are never negative."""
        clock = self.make_clock()
        readings = [clock.monotonic() for _ in range(100)]
        assert readings == sorted(readings)
