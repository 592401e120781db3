"""Binds what tenants and operators do with our commands to the master of the existing implementation.

Every scenario runs; those that it cannot pass are named here, with why, and must go on failing.
"""

import pytest
from features.worlds.computer import Computer
from features.worlds.existing_master import ExistingMaster
from pytest_bdd import scenarios

FEATURES = ("tenant/requests.feature", "tenant/console.feature", "node/documented_steps.feature")
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
def computer(shell, existing_master, request):
    """Give a computer whose master is the existing one."""
    _, _, name = request.function.__doc__.partition(": ")
    if name in DIFFERENCES:
        request.applymarker(pytest.mark.xfail(reason=DIFFERENCES[name], strict=True))
    return Computer(shell, other_master=existing_master)
