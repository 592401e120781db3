"""Makes every step known to every feature, and installs the existing implementation once for a whole run."""

import fcntl
import os
import shutil
import tempfile
from pathlib import Path

import pytest
from features.worlds.existing_implementation import ExistingImplementation, install_existing_implementation
from hypothesis import HealthCheck, settings

# What takes longest begins first, so that no worker is left with it at the end while the others idle.
_LONGEST_FIRST = (
    "packages/slap-node/tests/test_surviving.py",
    "features",
    "packages/slap-cli/tests/commands/node",
    "packages/slap-node/tests/buildout",
)
_STEPS = Path(__file__).parent / "features" / "steps"
# Where the run keeps what its workers share: not below pytest's own folder, which only its user may enter.
_SHARED = "SLAP_TESTS_SHARED_FOLDER"

# A busy machine makes examples slow, and no property false.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
if not os.environ.get("CI"):  # there hypothesis is patient, and draws the same examples each time
    settings.load_profile("patient")

pytest_plugins = [f"features.steps.{path.stem}" for path in sorted(_STEPS.glob("*.py"))]


def pytest_configure(config: pytest.Config) -> None:
    """Make the folder that the workers of this run share."""
    if not hasattr(config, "workerinput"):
        folder = Path(tempfile.mkdtemp(prefix="existing-"))
        folder.chmod(0o755)
        os.environ[_SHARED] = str(folder)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Delete it."""
    if not hasattr(config, "workerinput"):
        # Something that clears old temporary files may have been quicker.
        shutil.rmtree(os.environ.pop(_SHARED), ignore_errors=True)


@pytest.fixture(scope="session")
def existing_implementation() -> ExistingImplementation:
    """The pip-installed existing implementation; the first test that asks for it waits for pip."""
    folder = Path(os.environ[_SHARED])
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return install_existing_implementation(folder)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest tests."""

    def rank(item: pytest.Item) -> int:
        matching = (number for number, start in enumerate(_LONGEST_FIRST) if item.nodeid.startswith(start))
        return next(matching, len(_LONGEST_FIRST))

    items.sort(key=rank)
