"""Binds what tenants and operators do with our commands to the master of the existing implementation.

Every scenario of these features runs; those that it cannot pass are named here, with why, and must go on
failing. So are the features of tenants that cannot say anything about it, with how many scenarios they have.
"""

import pytest
from features.worlds.computer import Computer
from features.worlds.existing_master import ExistingMaster
from features.worlds.masters import MasterOverHttp
from pytest_bdd import scenarios

from slap_http_adapter.client.connection import Connection
from slap_http_adapter.client.master_address import MasterAddress

FEATURES = (
    "tenant/requests.feature",
    "tenant/console.feature",
    "tenant/recipe_author.feature",
    "node/documented_steps.feature",
)
# By the number of their scenarios, an outline being one: whoever adds one decides anew where it belongs.
LEFT_OUT = {
    "tenant/command_line.feature": (13, "no command in it comes so far as to ask a master"),
    "tenant/console_shells.feature": (1, "it is about shells; console.feature asks the master what it asks"),
    "tenant/standalone.feature": (
        13,
        "`slapos standalone` starts and ends a master of its own, which is ours",
    ),
}
# What the existing master does otherwise.
DIFFERENCES = {
    "A state is kept until another is asked for": "it answers the state that is asked for, else started, "
    "and not the one that it keeps (wire-slap 4.3)",
    "A token for a computer": "it gives none",
    "What became of a service is told to its owner": "it forgets what nodes tell it of instances",
}

pytestmark = [pytest.mark.peer, pytest.mark.index]

scenarios(*FEATURES)


@pytest.fixture(scope="module")
def existing_master(existing_implementation):
    """Run the existing master for all scenarios: starting it takes longer than most of them."""
    master = ExistingMaster(existing_implementation.slapos)
    yield master
    master.close()


@pytest.fixture
def any_master(existing_master, request):
    """Give a client of the existing master to who would get one of ours."""
    if request.node.get_closest_marker("over_http") is None:
        pytest.skip("this example is about the rules in memory, without a master")
    existing_master.forget()
    with Connection(MasterAddress(url=existing_master.url)) as connection:
        yield MasterOverHttp(connection)


@pytest.fixture
def computer(shell, existing_master, request):
    """Give a computer whose master is the existing one."""
    _, _, name = request.function.__doc__.partition(": ")
    if name in DIFFERENCES:
        request.applymarker(pytest.mark.xfail(reason=DIFFERENCES[name], strict=True))
    return Computer(shell, other_master=existing_master)
