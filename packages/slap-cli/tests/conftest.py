"""What the tests of the command share: `slapos` run in this process, and configurations for it."""

import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from slap_cli.main import main


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
