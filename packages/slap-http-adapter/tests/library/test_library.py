"""The library: what it asks, answers and raises is what was recorded of the existing one."""

import json

import pytest
from library_steps import (
    DIFFERENCES,
    RECORDED,
    STATUS_STEPS,
    STATUSES,
    STEPS,
    recording,
    run_steps_here,
)

from slapos import slap

pytestmark = pytest.mark.usefixtures("impatient")


@pytest.fixture(scope="module")
def recorded():
    return json.loads(RECORDED.read_text())


@pytest.fixture
def ours():
    return run_steps_here(STEPS)


def test_every_step_is_as_recorded(ours, recorded):
    found = recording(ours, {})["steps"]
    same = {name: step for name, step in recorded["steps"].items() if name not in DIFFERENCES}
    assert {name: found[name] for name in same} == json.loads(json.dumps(same))
    assert set(found) == set(recorded["steps"])


def test_parameters_are_fetched_before_one_is_said_not_to_exist(ours):
    assert ours["getInstanceParameter"].gist == "10"
    assert ours["getInstanceParameter absent"].gist == "NotFoundError"


def test_the_status_of_a_partition_is_asked_for(ours):
    assert ours["getStatus"].gist["text"] == "#access ok"


@pytest.mark.parametrize("status", STATUSES)
def test_each_status_raises_as_recorded(status, recorded):
    found = run_steps_here(STATUS_STEPS, status)
    assert {name: step.gist for name, step in found.items()} == recorded["statuses"][str(status)]


def test_the_library_is_the_one_of_the_interface():
    assert slap.slap is not slap
    assert slap.NotFoundError is __import__("slapos.slap.slap", fromlist=["x"]).NotFoundError
