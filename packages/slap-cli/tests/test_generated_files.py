"""The manual pages and completion scripts are those of the commands, and are well made."""

import os
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from slap_cli.catalogue import COMMANDS
from slap_cli.version import VERSION

PACKAGE = Path(__file__).parents[1]
PAGES = sorted((PACKAGE / "man").glob("*.1"))
same_python = pytest.mark.skipif(
    sys.version_info[:2] != (3, 11), reason="they are generated with the words of Python 3.11's argparse"
)


def generated(name: str, function: str) -> dict[Path, str]:
    module = runpy.run_path(str(PACKAGE / "generators" / name))
    return module[function]()


@same_python
@pytest.mark.parametrize(
    ("name", "function"), [("manual_pages.py", "pages"), ("completion_scripts.py", "scripts")]
)
def test_generated_files_are_current(name, function):
    stale = [
        path.name
        for path, text in generated(name, function).items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    assert stale == [], "run `just man`"


def test_every_command_has_a_page():
    names = {path.stem for path in PAGES}
    assert names == {"slapos"} | {"slapos-" + command.replace(" ", "-") for command in COMMANDS}


@pytest.mark.skipif(shutil.which("man") is None, reason="man is not installed")
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_opens_without_warnings(page):
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "MANWIDTH": "100"}
    shown = subprocess.run(
        ["man", "--warnings", "-l", str(page)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert shown.returncode == 0
    assert shown.stderr == ""
    assert "NAME" in shown.stdout
    assert "OPTIONS" in shown.stdout


def test_the_version_is_that_of_the_package():
    text = (PACKAGE / "pyproject.toml").read_text(encoding="utf-8")
    assert f'version = "{VERSION}"' in text
