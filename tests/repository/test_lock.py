"""The lock names no index, and the filter that keeps it so changes nothing else."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILTER = ROOT / "tools" / "index_neutral_lock.py"


def filtered(text: str) -> str:
    run = subprocess.run([sys.executable, FILTER], input=text, capture_output=True, text=True, check=True)
    return run.stdout


def test_registries_and_urls_become_names():
    somewhere = "https://index.example/wheels"
    lock = (
        f'source = {{ registry = "{somewhere}" }}\n'
        'sdist = { url = "https://files.example/a/b/thing-1.tar.gz", hash = "sha256:00", size = 1 }\n'
        "[package.metadata]\n"
    )
    assert filtered(lock) == (
        'source = { registry = "index" }\n'
        'sdist = { path = "thing-1.tar.gz", hash = "sha256:00", size = 1 }\n'
        "[package.metadata]\n"
    )


def test_a_neutral_lock_stays_as_it_is():
    neutral = filtered((ROOT / "uv.lock").read_text())
    assert "://" not in neutral
    assert filtered(neutral) == neutral


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="a copy without git holds no committed lock")
def test_the_committed_lock_is_neutral():
    committed = subprocess.run(
        ["git", "show", ":uv.lock"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert filtered(committed) == committed


def test_git_is_told_to_use_the_filter():
    assert "uv.lock filter=index-neutral" in (ROOT / ".gitattributes").read_text()
