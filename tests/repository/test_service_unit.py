"""The systemd unit that operators are told to use is one that systemd accepts."""

import configparser
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

UNIT = Path(__file__).parents[2] / "docs" / "operators" / "slapos-proxy.service"


def test_the_unit_starts_the_master_as_a_user_of_its_own():
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str
    unit.read_string(UNIT.read_text(encoding="utf-8"))
    words = unit["Service"]["ExecStart"].split()
    assert words[1:3] == ["proxy", "start"]
    assert unit["Service"]["User"] != "root"
    assert unit["Service"]["Environment"] == "XDG_STATE_HOME=/var/lib"
    assert unit["Service"]["StateDirectory"] == "slapos"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
def test_systemd_accepts_the_unit(tmp_path):
    copy = tmp_path / UNIT.name
    text = UNIT.read_text(encoding="utf-8")
    copy.write_text(text.replace("/opt/slapos/bin/slapos", sys.executable), encoding="utf-8")
    verified = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(copy)], capture_output=True, text=True, check=False
    )
    assert (verified.returncode, verified.stderr) == (0, "")
