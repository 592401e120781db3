from slap_domain.testing.clock_contract import ClockContract
from slap_domain.testing.manual_clock import ManualClock


class TestManualClock(ClockContract):
    def make_clock(self):
        return ManualClock()
