from slap_domain.testing.clock_contract import ClockContract
from slap_proxy.wall_clock import WallClock


class TestWallClock(ClockContract):
    def make_clock(self):
        return WallClock()
