from datetime import UTC, datetime

import pytest

from slap_domain.testing.manual_clock import ManualClock


def test_time_passes_when_it_is_told_to():
    clock = ManualClock(datetime(2024, 1, 1, tzinfo=UTC))
    clock.advance(90)
    assert (clock.now(), clock.monotonic()) == (datetime(2024, 1, 1, 0, 1, 30, tzinfo=UTC), 90.0)
    clock.set(datetime(2023, 1, 1, tzinfo=UTC))
    assert (clock.now(), clock.monotonic()) == (datetime(2023, 1, 1, tzinfo=UTC), 90.0)
    with pytest.raises(ValueError, match="backwards"):
        clock.advance(-1)
