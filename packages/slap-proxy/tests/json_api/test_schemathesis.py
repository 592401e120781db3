"""Schemathesis, installed from the index as it is, finds no fault with what the OpenAPI document promises."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.index

INSTALL_SECONDS, RUN_SECONDS = 300, 300
# What no schema can say, and the document says in words: which release could be fetched, that a journal is
# well-formed XML, that no partition is there twice.
IN_WORDS = (
    "slapos_post_v0_software_installation",
    "slapos_post_v0_software_instance",
    "slapos_post_v0_compute_node_usage",
    "slapos_put_v0_compute_node_format",
)
STRICTER = ("--exclude-checks", "positive_data_acceptance")
# Nor can it say of names inside any object that they hold no NUL.
NO_NUL = ("--generation-allow-x00", "false")


def each(option):
    return tuple(word for name in IN_WORDS for word in (option, name))


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
@pytest.mark.parametrize(
    ("chosen", "count"),
    [(each("--exclude-operation-id"), 21), ((*each("--include-operation-id"), *STRICTER), 4)],
    ids=["whole", "in words"],
)
def test_the_document_is_kept(client, recorded, schemathesis, tmp_path, seed, chosen, count, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("loadComputerConfigurationFromXML", "requestComputerPartition.root"):
        recorded(name).send(client)
    document = f"{str(client.base_url).rstrip('/')}/openapi.json"
    examples = ("--max-examples", "20", "--seed", seed, "--workers", "1", *NO_NUL)
    words = ("run", document, "--checks", "all", *chosen, *examples, "--no-color")
    said = run(schemathesis, *words, seconds=RUN_SECONDS)
    assert f"Tested: {count}" in said
