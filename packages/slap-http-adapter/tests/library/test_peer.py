"""The library beside the existing one: same requests, same values, same exceptions."""

import os
import subprocess
import sys
import venv
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

PEER = "slapos.core==1.26.1"

pytestmark = [pytest.mark.peer, pytest.mark.index]


@pytest.fixture(scope="session")
def peer(tmp_path_factory) -> Path:
    """Install the existing implementation into an environment of its own."""
    folder = tmp_path_factory.mktemp("peer")
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    # The peer's proxy and node are not used here, but its library imports what they need.
    packages = [PEER, "setuptools<81"]
    subprocess.run(
        [python, "-m", "pip", "install", "--quiet", *packages],
        check=True,
        timeout=600,
        env={**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
        stdout=sys.stderr,
    )
    return python


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
