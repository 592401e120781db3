"""A node whose commands run on a real master, a real supervisor and real builds, all as one user."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from slap_domain.model.references import ComputerGuid
from slap_proxy.server import running_master
from slap_proxy.settings import default_settings

SLAPOS = [sys.executable, "-c", "import sys; from slap_cli.main import main; sys.exit(main())"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A formatted node and the directory that holds everything of it."""

    directory: Path
    configuration: Path
    release: Path

    @property
    def partition(self) -> Path:
        return self.directory / "inst" / "slappart0"

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command in a process of its own, as a person does."""
        return subprocess.run(
            [*SLAPOS, *words], capture_output=True, text=True, timeout=120, check=False, env=dict(os.environ)
        )

    def start(self, *words: str, **options: object) -> "subprocess.Popen[str]":
        """Start a command in a process of its own, and leave it running."""
        return subprocess.Popen([*SLAPOS, *words], text=True, env=dict(os.environ), **options)

    def add_service(self, name: str, text: str) -> None:
        """Put a program into the partition that shall run as long as its instance."""
        self._add(self.partition / "etc" / "service" / name, text)

    def add_promise(self, name: str, text: str) -> None:
        """Put a promise into the partition."""
        self._add(self.partition / "etc" / "promise" / name, text)

    def _add(self, path: Path, text: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)


@pytest.fixture
def node(tmp_path, slapos, monkeypatch):
    directory = tmp_path / "n"
    directory.mkdir()
    settings = default_settings({"XDG_STATE_HOME": str(tmp_path / "state")}).with_options(
        port=0, computer=ComputerGuid("COMP-1")
    )
    configuration, client = directory / "slapos.cfg", directory / "client.cfg"
    release = directory / "software.cfg"
    release.write_text("[buildout]\nparts =\n")
    with running_master(settings) as url:
        client.write_text(f"[slapos]\nmaster_url = {url}\n")
        configuration.write_text(
            f"[slapos]\ncomputer_id = COMP-1\nmaster_url = {url}\nroot_check = false\nsingle_user = true\n"
            f"software_root = {directory}/soft\ninstance_root = {directory}/inst\n"
            "instance_min_free_space = 1M\nsoftware_min_free_space = 1M\n"
            "[slapformat]\npartition_amount = 2\nalter_user = false\nalter_network = false\n"
            "create_tap = false\npartition_has_ipv6_range = false\nshared_addresses = 127.0.0.1 ::1\n"
        )
        monkeypatch.setenv("SLAPOS_CLIENT_CONFIGURATION", str(client))
        monkeypatch.setenv("SLAPOS_CONFIGURATION", str(configuration))
        made = Node(directory=directory, configuration=configuration, release=release)
        yield made
        # Whatever instance root a test named has a supervisor of its own.
        for pid_file in directory.glob("*/var/run/supervisord.pid"):
            end_supervisor(pid_file)


def end_supervisor(pid_file: Path) -> None:
    """End a supervisor, which may be ending already, and wait until its pid file is gone."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        os.kill(int(pid_file.read_text()), signal.SIGTERM)
    deadline = time.monotonic() + 20
    while pid_file.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not pid_file.exists(), f"the supervisor of {pid_file} does not end"


@pytest.fixture
def served(node, slapos):
    """Give a node with one release built and one instance requested, whose profile makes nothing."""
    assert slapos("node", "format").status == 0
    assert slapos("supply", str(node.release), "COMP-1").status == 0
    assert slapos("node", "software").status == 0
    (directory,) = (node.directory / "soft").iterdir()
    (directory / "instance.cfg").write_text("[buildout]\nparts =\n")
    assert slapos("request", "one", str(node.release)).status == 0
    return node
