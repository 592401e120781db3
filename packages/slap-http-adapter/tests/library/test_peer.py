"""The library beside the existing one: same requests, same values, same exceptions."""

from pathlib import Path

import pytest
from library_steps import (
    DIFFERENCES,
    OWN,
    STATUS_STEPS,
    STEPS,
    Step,
    run_steps,
)

pytestmark = [pytest.mark.peer, pytest.mark.index]


@pytest.fixture(scope="session")
def peer(existing_implementation) -> Path:
    return existing_implementation.python


@pytest.fixture(scope="session")
def both(peer) -> tuple[dict[str, Step], dict[str, Step]]:
    return run_steps(OWN, STEPS), run_steps(peer, STEPS)


@pytest.mark.parametrize("name", [name for name in STEPS if name not in DIFFERENCES])
def test_requests_values_and_exceptions_are_the_same(both, name):
    ours, theirs = (steps[name] for steps in both)
    assert (ours.asked, ours.gist) == (theirs.asked, theirs.gist)


@pytest.mark.parametrize("name", DIFFERENCES)
def test_differences_are_still_differences(both, name):
    ours, theirs = (steps[name] for steps in both)
    assert (ours.asked, ours.gist) != (theirs.asked, theirs.gist)


@pytest.mark.parametrize(
    "status", [400, 401, 403, 404, 405, 408, 500, 501, 502, 503, 504, 520, 523, 524, 526]
)
def test_each_status_raises_the_same(peer, status):
    ours, theirs = run_steps(OWN, STATUS_STEPS, status), run_steps(peer, STATUS_STEPS, status)
    assert {name: ours[name].gist for name in ours} == {name: theirs[name].gist for name in theirs}
