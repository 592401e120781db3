from slap_domain.testing.clock_contract import ClockContract
from slap_node.system_clock import SystemClock


class TestSystemClock(ClockContract):
    def make_clock(self):
        return SystemClock()
