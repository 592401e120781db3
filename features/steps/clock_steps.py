"""Steps about a node that goes by a clock that is not this machine's, through its clock port."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from features.worlds.timed_node import TimedNode
from pytest_bdd import given, parsers, then, when

from slap_domain.use_cases.node.deploy_instances import PartitionResult

_DIRECTIONS = {"forwards": 1, "backwards": -1}


@pytest.fixture
def timed_node(computer):
    return TimedNode(computer)


@given("the node goes by a clock of its own")
def _(timed_node):
    assert timed_node.program


@given("the node makes a pass")
@when("the node makes a pass")
def _(timed_node):
    timed_node.make_pass()


@when(parsers.parse("the node makes a pass {times:d} times, each {minutes:d} minutes after the other"))
def _(timed_node, times, minutes):
    for _time in range(times):
        timed_node.make_pass()
        timed_node.clock.advance(minutes * 60)


@when("the node reports")
def _(timed_node):
    timed_node.report()


@when(parsers.parse("the clock jumps {direction} by {days:d} days"))
def _(timed_node, direction, days):
    timed_node.clock.set(datetime.now(UTC) + _DIRECTIONS[direction] * timedelta(days=days))


@when("the clock is right again")
def _(timed_node):
    timed_node.clock.set(datetime.now(UTC))


@given("web has also a promise that holds for now")
def _(computer):
    promise = computer.partition() / "etc" / "promise" / "other"
    promise.write_text("#!/bin/sh\ntest ! -e down\n")
    promise.chmod(0o700)


@when("the promise fails from now on")
def _(computer):
    (computer.partition() / "down").touch()


@given(parsers.parse("the files of web are to be kept for {days:d} days once it is destroyed"))
def _(computer, days):
    delay = computer.partition() / ".slapos-retention-lock-delay"  # as at its first deployment
    assert delay.exists()
    delay.write_text(f"{days}.0")


@then("web was left as it is")
def _(timed_node):
    assert timed_node.outcome.result is PartitionResult.UNCHANGED, timed_node.outcome


@then("web was deployed again")
def _(timed_node):
    assert timed_node.outcome.result is PartitionResult.STARTED, timed_node.outcome


@then("its program is the same as before")
def _(timed_node):
    assert timed_node.program_of_web() == timed_node.program


@then("the promise is said to fail")
def _(timed_node):
    assert timed_node.outcome.result is PartitionResult.PROMISE_FAILED, timed_node.outcome


@then("the files of web are kept")
def _(computer):
    assert Path(computer.partition() / "srv" / "index.html").exists()
