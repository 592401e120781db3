"""Steps about a master that is served over loopback: how it is set up, and what it answers."""

import contextlib

import pytest
from features.worlds.served_master import COMPUTER, served_master
from pytest_bdd import given, parsers, then

from slap_proxy.settings import TrustMode


@pytest.fixture
def stack():
    with contextlib.ExitStack() as opened:
        yield opened


@given(parsers.parse("an open master with a computer of {count:d} partitions"), target_fixture="master")
def _(stack, tmp_path, count):
    master = stack.enter_context(served_master(tmp_path, TrustMode.OPEN))
    master.describe("somebody", COMPUTER, count)
    return master


@given("a master that trusts certificates", target_fixture="master")
def _(stack, tmp_path):
    return stack.enter_context(served_master(tmp_path, TrustMode.TLS))


@given(parsers.parse("the users {names}"))
def _(master, names):
    for name in names.split(", "):
        master.register_user(name)


@given(parsers.parse("the instances {titles}"))
def _(master, titles):
    for title in titles.split(", "):
        assert master.request("somebody", title).status_code == 200


@then(parsers.parse("it is refused with {status:d}, naming {name}"))
def _(master, status, name):
    assert master.last.status_code == status
    assert name in master.last.text


@then(parsers.parse("it is answered with {status:d}"))
def _(master, status):
    assert master.last.status_code == status, master.last.text


@then(parsers.parse("the operator is shown the instance {title} on {computer}"))
def _(master, title, computer):
    rows = [row for row in master.shown()["instances"] if row["title"] == title]
    assert [row["computer"] for row in rows] == [computer]
