"""The console and its scripts, against the real master in this process."""

import signal
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from slap_cli.console.interactive_console import console_names
from slap_cli.console.script_failure import say_script_failure
from slap_cli.tenant.client_settings import ClientSettings
from slap_domain.errors import MasterUnreachable
from slap_proxy.server import running_master
from slap_proxy.settings import default_settings

SLAPOS = Path(sys.executable).with_name("slapos")


@pytest.fixture
def client(tmp_path, slapos, monkeypatch):
    settings = default_settings({"XDG_STATE_HOME": str(tmp_path / "state")}).with_options(
        port=0, products={"web": ("http://best/software.cfg",)}
    )
    with running_master(settings) as url:
        path = tmp_path / "client.cfg"
        path.write_text(
            f"[slapos]\nmaster_url = {url}\n[slapconsole]\nalias =\n  kvm http://k/software.cfg\n"
        )
        monkeypatch.setenv("SLAPOS_CLIENT_CONFIGURATION", str(path))
        yield url


def script(tmp_path, text):
    path = tmp_path / "script.py"
    path.write_text(text)
    return str(path)


def test_a_script_has_the_master_the_aliases_and_the_products(client, slapos, tmp_path):
    text = (
        "print(kvm)\nprint(product.web)\nprint(slap.getOpenOrderDict())\nprint(callable(request), __name__)\n"
    )
    ran = slapos("console", script(tmp_path, text))
    assert ran.status == 0
    assert ran.out.splitlines() == [
        "http://k/software.cfg",
        "http://best/software.cfg",
        "{}",
        "True __main__",
    ]


@pytest.mark.parametrize(
    ("text", "complaint"), [("print(", "is not Python"), (None, "cannot be read: No such file or directory")]
)
def test_a_script_that_cannot_be_run_is_named(client, slapos, tmp_path, text, complaint):
    path = script(tmp_path, text) if text else str(tmp_path / "none.py")
    ran = slapos("console", path)
    assert ran.status == 1
    assert f"error: script {path} {complaint}" in ran.err


def test_what_a_script_raises_is_its_own(client, slapos, tmp_path):
    with pytest.raises(ZeroDivisionError):
        slapos("console", script(tmp_path, "1 / 0\n"))
    assert sys.excepthook is say_script_failure
    with pytest.raises(ZeroDivisionError):
        slapos("console", script(tmp_path, "1 / 0\n"), "--debug")


def test_a_master_may_be_named_without_a_configuration(client, slapos, tmp_path, monkeypatch):
    monkeypatch.delenv("SLAPOS_CLIENT_CONFIGURATION")
    ran = slapos("console", "-u", client, script(tmp_path, "print(len(slap.getComputerDict()))\n"))
    assert ran.status == 0
    assert ran.out.strip().isdecimal()


def test_a_script_that_fails_is_shown_without_our_own_frames(client, tmp_path):
    path = script(tmp_path, "def asked():\n    slap.registerComputer('../x').getStatus()\n\nasked()\n")
    ran = subprocess.run([SLAPOS, "console", path], capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 1
    frames = [line for line in ran.stderr.splitlines() if line.startswith("  File ")]
    assert frames == [f'  File "{path}", line 4, in <module>', f'  File "{path}", line 2, in asked']
    whole = subprocess.run(
        [SLAPOS, "console", path, "--debug"], capture_output=True, text=True, timeout=60, check=False
    )
    assert "slap_cli" in whole.stderr


def test_a_script_is_interrupted_quietly(client, tmp_path):
    path = script(tmp_path, "import time\nprint('waits', flush=True)\ntime.sleep(60)\n")
    command = [SLAPOS, "console", path]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        assert running.stdout.readline() == "waits\n"
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=30)
    assert (running.returncode, out, err) == (130, "", "")


def test_a_failure_of_ours_in_a_script_has_its_hint(capsys):
    def fail(**names):
        exec("raise failure from reason", names)

    reason = MasterUnreachable("no answer", hint="is it running?")
    with pytest.raises(ValueError, match="wrapped") as failure:
        fail(failure=ValueError("wrapped"), reason=reason)
    say_script_failure(ValueError, failure.value, failure.tb)
    assert capsys.readouterr().err.endswith("ValueError: wrapped\nhint: is it running?\n")


def test_what_a_script_raised_before_is_shown_too(capsys):
    text = "try:\n    1 / 0\nexcept ZeroDivisionError as error:\n    raise KeyError('x') from error\n"
    with pytest.raises(KeyError) as failure:
        exec(text, {"__name__": "__main__"})
    say_script_failure(KeyError, failure.value, failure.tb)
    said = capsys.readouterr().err
    assert said.index("ZeroDivisionError: division by zero") < said.index("which led to:")
    assert said.endswith("KeyError: 'x'\n")


def test_a_script_is_the_program_that_runs(client, slapos, tmp_path):
    before = list(sys.argv)
    path = script(tmp_path, "import sys\nprint(sys.argv)\n")
    assert slapos("console", path).out == f"{[path]}\n"
    assert sys.argv == before


def test_naming_a_master_keeps_the_aliases_of_the_configuration(client, slapos, tmp_path):
    ran = slapos("console", "-u", client, script(tmp_path, "print(kvm)\n"))
    assert (ran.status, ran.out) == (0, "http://k/software.cfg\n")


@pytest.mark.skipif(
    bool(find_spec("IPython") or find_spec("bpython")), reason="the shells are installed: they would open"
)
@pytest.mark.parametrize(("option", "module"), [("-i", "ipython"), ("-b", "bpython")])
def test_a_shell_that_is_not_installed_is_named(client, slapos, option, module):
    ran = slapos("console", option)
    assert ran.status == 1
    assert f"pip install {module}" in ran.err


def test_the_names_in_scope_are_documented(client):
    names = console_names(ClientSettings(master_url=client, aliases={"kvm": "http://k/"}))
    assert set(names) == {"kvm", "slap", "request", "supply", "product"}


def test_a_mistake_that_is_typed_is_shown_as_python_shows_it(client):
    ran = subprocess.run(
        [SLAPOS, "console", "-p"],
        input="1 / 0\nslap.registerComputer('../x').getStatus()\nprint(6 * 7)\n",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0
    assert "ZeroDivisionError: division by zero\n" in ran.stderr
    assert "42\n" in ran.stdout
    assert "defect" not in ran.stderr
    assert "code.py" not in ran.stderr
    assert "slap_http_adapter" not in ran.stderr
