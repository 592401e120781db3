"""Steps about masters that hand requests on to each other."""

import contextlib
import itertools

import pytest
from features.worlds.loopback import free_port
from features.worlds.served_master import COMPUTER, RELEASE, served_master
from pytest_bdd import given, parsers, then, when

from slap_http_adapter.wire.marshal import dumps
from slap_proxy.configured_sections import OtherMaster
from slap_proxy.settings import TrustMode


class Chain:
    """Masters by their names, each of which may be stopped."""

    def __init__(self, directory, names):
        self._stacks = {}
        self.masters = {}
        ports = {name: free_port() for name in names}
        following = dict(itertools.pairwise(names))
        for name, port in ports.items():
            url = f"http://127.0.0.1:{ports.get(following.get(name), 0)}/"
            others = (OtherMaster(url=url, releases=(RELEASE,)),) if name in following else ()
            stack = self._stacks[name] = contextlib.ExitStack()
            (directory / name).mkdir()
            served = served_master(directory / name, TrustMode.OPEN, port=port, masters=others)
            self.masters[name] = stack.enter_context(served)

    def stop(self, name):
        self._stacks[name].close()

    def close(self):
        for name in self._stacks:
            self.stop(name)


@pytest.fixture
def chains():
    made = []
    yield made
    for chain in made:
        chain.close()


@given(parsers.parse("the masters {names}, each handing on to the next"), target_fixture="chain")
def _(chains, tmp_path, names):
    chains.append(Chain(tmp_path, names.split(" > ")))
    return chains[-1]


@given(parsers.parse("a computer of {count:d} partitions at {name}"))
def _(chain, count, name):
    chain.masters[name].describe("somebody", COMPUTER, count)


@when(parsers.parse("{name} does not answer any more"))
def _(chain, name):
    chain.stop(name)


@when(
    parsers.re(r"(?P<name>\w+) is asked for (?P<title>\w+)(?: in state (?P<state>\w+))?"),
    target_fixture="master",
)
def _(chain, name, title, state):
    chain.masters[name].request("somebody", title, state=dumps(state).decode())
    return chain.masters[name]


@then(parsers.parse("{name} lists as run elsewhere: {titles}"))
def _(chain, name, titles):
    listed = [row["title"] for row in chain.masters[name].shown()["forwarded"]]
    assert ", ".join(listed) == titles.replace("nothing", "")
