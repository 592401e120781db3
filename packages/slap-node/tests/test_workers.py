import threading
import time

import pytest

from slap_domain.errors import HostFailure, NotFound
from slap_domain.testing.node_hooks import NodeHooksContract
from slap_domain.testing.workers import WorkersContract
from slap_node.managers.no_hooks import NoHooks
from slap_node.system_clock import SystemClock
from slap_node.workers import ThreadWorkers


class TestOne(WorkersContract):
    def make_workers(self) -> ThreadWorkers:
        return ThreadWorkers(1)


class TestMany(WorkersContract):
    def make_workers(self) -> ThreadWorkers:
        return ThreadWorkers(4)


class TestNoHooks(NodeHooksContract):
    @pytest.fixture(autouse=True)
    def on(self, site):
        self.site = site

    def make_hooks(self) -> NoHooks:
        return NoHooks()

    def make_place(self):
        return self.site.partition()


def test_no_more_than_so_many_work_at_once():
    working, most, guard = [0], [0], threading.Lock()

    def work(item: int) -> None:
        with guard:
            working[0] += 1
            most[0] = max(most[0], working[0])
        time.sleep(0.01)
        with guard:
            working[0] -= 1

    ThreadWorkers(3).each(work, list(range(12)))
    assert most == [3]


def test_an_interruption_cancels_what_runs_and_begins_nothing_new():
    cancel = threading.Event()
    begun = []

    def work(item: int) -> None:
        begun.append(item)
        if item == 0:
            raise KeyboardInterrupt
        cancel.wait(10)

    with pytest.raises(KeyboardInterrupt):
        ThreadWorkers(2, cancel).each(work, list(range(50)))
    assert cancel.is_set()
    assert len(begun) < 10


def test_when_both_fail_both_are_told():
    def refuse(error: Exception) -> None:
        raise error

    with pytest.raises(NotFound, match="no partition") as raised:
        ThreadWorkers(2).beside(
            lambda: refuse(HostFailure("no supervisor", hint="start it")),
            lambda: refuse(NotFound("no partition")),
        )
    assert raised.value.__notes__ == ["besides: no supervisor\nhint: start it"]
    with pytest.raises(NotFound) as raised:
        ThreadWorkers(2).beside(lambda: refuse(OSError("disk")), lambda: refuse(NotFound("no partition")))
    assert raised.value.__notes__ == ["besides: disk"]


def test_the_clock_tells_aware_time():
    clock = SystemClock()
    assert clock.now().tzinfo is not None
    assert clock.monotonic() <= clock.monotonic()
