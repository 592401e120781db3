"""The existing implementation, pip-installed in an environment of its own and run as a black box."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

# Its library imports pkg_resources and, without saying so, its cache client.
PACKAGES = ("slapos.core==1.26.1", "slapos.libnetworkcache", "setuptools<81")
_BUILD_SECONDS = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class ExistingImplementation:
    """Where it is installed."""

    folder: Path

    @property
    def python(self) -> Path:
        """Return its interpreter."""
        return self.folder / "bin" / "python"

    @property
    def slapos(self) -> Path:
        """Return its command."""
        return self.folder / "bin" / "slapos"

    def require_node(self) -> None:
        """Skip the test, saying why, where its node cannot run."""
        if next((self.folder / "lib").iterdir()).name in {"python3.10", "python3.11"}:
            pytest.skip("the existing node needs Python 3.12 or later, and there is none here")


def install_existing_implementation(into: Path) -> ExistingImplementation:
    """Install it below a folder, with a Python that every user may run, unless that is done already.

    Its node needs Python 3.12 or later; its library and its master run on any that we do.
    """
    installed, done = ExistingImplementation(folder=into / "environment"), into / "installed"
    if not done.exists():
        _run(_python(into), "-m", "venv", installed.folder)
        _run(installed.python, "-m", "pip", "install", "-q", *PACKAGES)
        done.touch()
    return installed


def _python(into: Path) -> Path:
    for candidate in _candidates():
        found = subprocess.run(
            [candidate, "-c", "import sys; print(sys.version_info[:2] >= (3, 12), sys.base_prefix)"],
            capture_output=True,
            text=True,
            check=False,
        )
        recent, _, prefix = found.stdout.strip().partition(" ")
        if found.returncode == 0 and recent == "True":
            return _for_everyone(Path(prefix), into)
    return Path(sys.executable)


def _candidates() -> Iterator[Path]:
    yield Path(sys.executable)
    for minor in (12, 13, 14):
        if (found := shutil.which(f"python3.{minor}")) is not None:
            yield Path(found)
    versions = Path.home() / ".pyenv" / "versions"
    if versions.is_dir():
        yield from sorted(versions.glob("3.1[2-9]*/bin/python3"))


def _for_everyone(prefix: Path, into: Path) -> Path:
    """Return the interpreter of a prefix, from a copy when other users cannot reach it."""
    reachable = all(folder.stat().st_mode & 0o005 == 0o005 for folder in (prefix, *prefix.parents))
    if os.geteuid() != 0 or reachable:
        return prefix / "bin" / "python3"
    copy = into / "python"
    # Its own test suite is most of a Python; nothing here runs it.
    shutil.copytree(prefix, copy, symlinks=True, ignore=shutil.ignore_patterns("test", "__pycache__", "*.a"))
    return copy / "bin" / "python3"


def _run(*words: Path | str) -> None:
    done = subprocess.run(
        [str(word) for word in words], capture_output=True, text=True, check=False, timeout=_BUILD_SECONDS
    )
    if done.returncode:
        pytest.fail(f"{words[0]} {words[-1]}: {done.stderr[-2000:]}")
