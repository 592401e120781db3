"""Schemathesis, installed from the index as it is, finds no fault with what the OpenAPI document promises."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.index

INSTALL_SECONDS, RUN_SECONDS = 300, 300
# The document says less than the rules do: what it allows may still be no id, no title or no release.
STRICTER = "positive_data_acceptance"


def run(*words, seconds):
    done = subprocess.run(
        [str(word) for word in words], capture_output=True, text=True, check=False, timeout=seconds
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    return done.stdout


@pytest.fixture(scope="module")
def schemathesis(tmp_path_factory):
    environment = tmp_path_factory.mktemp("schemathesis")
    run(sys.executable, "-m", "venv", environment, seconds=INSTALL_SECONDS)
    run(
        environment / "bin" / "python",
        "-m",
        "pip",
        "install",
        "-q",
        "schemathesis>=4,<5",
        seconds=INSTALL_SECONDS,
    )
    return environment / "bin" / "schemathesis"


@pytest.mark.parametrize("seed", [1, 2])
def test_the_document_is_kept(client, recorded, schemathesis, tmp_path, seed, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("loadComputerConfigurationFromXML", "requestComputerPartition.root"):
        recorded(name).send(client)
    document = f"{str(client.base_url).rstrip('/')}/openapi.json"
    checks = ("--checks", "all", "--exclude-checks", STRICTER)
    examples = ("--max-examples", "20", "--seed", seed, "--workers", "1")
    said = run(schemathesis, "run", document, *checks, *examples, "--no-color", seconds=RUN_SECONDS)
    assert "Tested: 25" in said
