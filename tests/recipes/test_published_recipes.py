"""Published recipes run with our library in place of the original, which is not installed."""

import json
import subprocess
import sys
import venv
from collections.abc import Iterator
from pathlib import Path

import pytest

from slap_http_adapter.wire.marshal import dumps
from slap_proxy.server import running_master
from slap_proxy.settings import ProxySettings
from slapos import slap

PACKAGES = Path(__file__).parents[2] / "packages"
OURS = (PACKAGES / "slap-domain", PACKAGES / "slap-http-adapter")
# What the recipes below import besides the library.
NEEDED = ("six", "netaddr", "zc.buildout", "zc.recipe.egg", "setuptools<81")
RECIPES = "slapos.cookbook==1.0.514"
COMPUTER = "COMP-1"
RELEASE = "https://example.com/sr.cfg"

pytestmark = pytest.mark.index


@pytest.fixture(scope="session")
def interpreter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install our library beside the recipes, which are installed without their dependencies."""
    folder = tmp_path_factory.mktemp("recipes")
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    for packages in ((*OURS, *NEEDED), ("--no-deps", RECIPES)):
        subprocess.run(
            [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages],
            check=True,
            timeout=600,
            stdout=sys.stderr,
        )
    return python


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[tuple[slap.slap, str]]:
    """Start a master with two partitions, the first of which runs a service."""
    settings = ProxySettings(database_uri=str(tmp_path / "master.sqlite"), port=0)
    with running_master(settings) as url:
        opened = slap.slap()
        opened.initializeConnection(url)
        partitions = [{"reference": f"slappart{number}", "address_list": []} for number in range(2)]
        description = dumps({"reference": COMPUTER, "partition_list": partitions}).decode()
        opened.registerComputer(COMPUTER).updateConfiguration(description)
        opened.registerOpenOrder().request(RELEASE, "web")
        yield opened, url


def test_recipes_request_and_publish(interpreter: Path, connection: tuple[slap.slap, str]) -> None:
    opened, url = connection
    done = subprocess.run(
        [interpreter, "-W", "ignore", Path(__file__).parent / "recipe_run.py"],
        input=json.dumps({"url": url, "computer": COMPUTER, "partition": "slappart0"}),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)

    assert found["library"].startswith(str(interpreter.parents[1]))
    assert found["request"].pop("instance-status").startswith("#")
    assert found["request"] == {
        "requested-state": "started",
        "instance-guid": f"b'{COMPUTER}-slappart1'",
        "instance_guid": f"b'{COMPUTER}-slappart1'",
        "instance-state": "started",
    }
    assert (
        "Connection parameter url not found. Status of requested instance is: started"
        in found["request return"]
    )
    assert "No free computer partition found for: more" in found["request refused"]
    assert found["request optional"] == found["request serialised"] == []
    assert found["publish"] == found["publish serialised"] == []

    child = opened.registerComputerPartition(COMPUTER, "slappart1")
    assert json.loads(child.getInstanceParameter("_")) == {"size": "10"}
    assert child.getInstanceParameter("instance_title") == "db"
    published = opened.registerOpenOrder().request(RELEASE, "web").getConnectionParameter("_")
    assert json.loads(published)["url"] == "http://web/"
