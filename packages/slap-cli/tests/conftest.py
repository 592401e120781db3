"""What the tests of the command share: `slapos` run in this process, and configurations for it."""

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from features.worlds import masters_log

from slap_cli.main import main
from slap_domain.model.references import ComputerGuid
from slap_proxy.server import running_master
from slap_proxy.settings import default_settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """How a command ended."""

    status: int
    out: str
    err: str


class Slapos:
    """Runs `slapos` in this process, as a user whose home is empty."""

    def __init__(self, capsys: pytest.CaptureFixture[str], home: Path) -> None:
        self._capsys = capsys
        self.home = home

    def __call__(self, *words: str) -> Ran:
        self._capsys.readouterr()
        with masters_log.kept_apart():
            status = main(words)
        captured = self._capsys.readouterr()
        return Ran(status=int(status), out=captured.out, err=captured.err)


@pytest.fixture
def slapos(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Slapos:
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("COLUMNS", "100")
    for name in ("SLAPOS_CONFIGURATION", "SLAPOS_CLIENT_CONFIGURATION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "excepthook", sys.__excepthook__)
    return Slapos(capsys, home)


SOFTWARE = {
    "serialisation": "json-in-xml",
    "software-type": {"default": {"request": "input.json"}, "plain": {"serialisation": "xml"}},
}
INPUT = {
    "type": "object",
    "properties": {"count": {"type": "integer"}, "greeting": {"type": "string"}},
    "additionalProperties": False,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A master, a formatted computer COMP-1, and two releases: one with a schema, one without."""

    url: str
    directory: Path
    checked: Path
    unchecked: Path


@pytest.fixture
def world(tmp_path: Path, slapos: Slapos, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    settings = default_settings({"XDG_STATE_HOME": str(tmp_path / "state")}).with_options(
        port=0, computer=ComputerGuid("COMP-1"), products={"web": (str(tmp_path / "unchecked.cfg"),)}
    )
    checked, unchecked = tmp_path / "checked.cfg", tmp_path / "unchecked.cfg"
    checked.touch()
    unchecked.touch()
    (tmp_path / "checked.cfg.json").write_text(json.dumps(SOFTWARE))
    (tmp_path / "input.json").write_text(json.dumps(INPUT))
    with running_master(settings) as url:
        client, node = tmp_path / "client.cfg", tmp_path / "slapos.cfg"
        client.write_text(
            f"[slapos]\nmaster_url = {url}\n"
            f"[slapconsole]\nalias =\n  checked {checked}\n  plain {unchecked}\n"
        )
        node.write_text(
            f"[slapos]\ncomputer_id = COMP-1\nmaster_url = {url}\nroot_check = false\n"
            f"software_root = {tmp_path}/soft\ninstance_root = {tmp_path}/inst\n"
            "[slapformat]\npartition_amount = 3\nalter_user = false\nalter_network = false\n"
            "ipv4_local_network = 10.0.0.0/16\n"
        )
        monkeypatch.setenv("SLAPOS_CLIENT_CONFIGURATION", str(client))
        monkeypatch.setenv("SLAPOS_CONFIGURATION", str(node))
        assert slapos("node", "format").status == 0
        yield World(url=url, directory=tmp_path, checked=checked, unchecked=unchecked)
