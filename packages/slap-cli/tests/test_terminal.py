"""What a person sees: colour and tables on a terminal, plain text everywhere else."""

import io
import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from slap_cli.terminal import Terminal, process_terminal

SLAPOS = [sys.executable, "-c", "import sys; from slap_cli.main import main; sys.exit(main())"]


def shown_on_terminal(*words: str, **environment: str) -> str:
    """Return what a command prints, on both streams, when a terminal is what it prints to."""
    reading, writing = pty.openpty()
    clean = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    process = subprocess.Popen(
        [*SLAPOS, *words], stdout=writing, stderr=writing, stdin=writing, env={**clean, **environment}
    )
    os.close(writing)
    shown = b""
    while True:
        try:
            chunk = os.read(reading, 65536)
        except OSError:  # the command has ended, and the terminal with it
            break
        if not chunk:
            break
        shown += chunk
    process.wait(30)
    os.close(reading)
    return shown.decode().replace("\r\n", "\n")


RED = "\x1b[31m"


@pytest.mark.parametrize("words", [("service", "list"), ("service", "list", "--log-color")])
def test_no_color_is_respected(slapos, words):
    assert "\x1b[" not in shown_on_terminal(*words, NO_COLOR="1")


def test_the_log_is_plain_when_it_is_redirected(slapos):
    assert "\x1b[" not in slapos("service", "list", "--log-color").err


def test_a_list_is_a_table_on_a_terminal_and_json_elsewhere(slapos, tmp_path):
    assert slapos("proxy", "token", "user", "-u", str(tmp_path / "db")).status == 0
    assert "\x1b[1mserial" not in shown_on_terminal("proxy", "certificates", "-u", str(tmp_path / "db"))
    assert shown_on_terminal("proxy", "certificates", "-u", str(tmp_path / "db")).endswith(
        "no certificates\n"
    )
    assert slapos("proxy", "certificates", "-u", str(tmp_path / "db")).out == "[]\n"


def test_an_unexpected_failure_shows_no_traceback_unless_asked(slapos, tmp_path):
    # A defect cannot be ordered: a script of the console raises in its place, in a process of its own.
    program = (
        "import sys\n"
        "from slap_cli import running\n"
        "running.log_settings = lambda options: 1 / 0\n"
        "from slap_cli.main import main\n"
        "sys.exit(main(sys.argv[1:]))\n"
    )
    for words, expected in ((("list",), False), (("list", "--debug"), True)):
        ran = subprocess.run(
            [sys.executable, "-c", program, *words], capture_output=True, text=True, timeout=30, check=False
        )
        assert ran.returncode == 1
        assert ("Traceback" in ran.stderr) is expected
        assert "ZeroDivisionError" in ran.stderr


def test_what_a_user_may_not_look_at_is_no_defect(tmp_path):
    # Root may look anywhere: a command raises in place of a kernel that refuses.
    program = (
        "import os, sys, types\n"
        "from slap_cli import running\n"
        "def look(options, terminal):\n"
        "    raise PermissionError(13, 'Permission denied', sys.argv[2])\n"
        "running.command_module = lambda command: types.SimpleNamespace(run=look)\n"
        "from slap_cli.main import main\n"
        "sys.exit(main(sys.argv[1:2]))\n"
    )
    command = [sys.executable, "-c", program, "list", str(tmp_path / "closed" / "file")]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert ran.returncode == 1
    assert ran.stderr.startswith(
        f"error: {tmp_path}/closed/file: permission denied\nhint: {tmp_path} belongs to"
    )
    assert "defect" not in ran.stderr


def test_a_user_without_a_name_and_a_home_may_use_the_command(monkeypatch):
    monkeypatch.delenv("HOME")
    monkeypatch.setattr(os, "getuid", lambda: 2**32 - 5)
    assert process_terminal().home == Path("/")


@pytest.fixture
def terminal(tmp_path):
    return Terminal(
        input=io.StringIO(), out=io.StringIO(), error=io.StringIO(), environment={}, home=tmp_path
    )


EVIL = "a\x1b[2Jb\x9b1mc\x07\rd\u202ee"
SEEN = "a\\x1b[2Jb\\x9b1mc\\x07\\rd\\u202ee"


def test_what_others_print_does_not_steer_the_terminal(terminal):
    terminal.say(EVIL)
    terminal.write(EVIL + "\n")
    assert terminal.out.getvalue() == f"{SEEN}\n{SEEN}\n"


def test_tabs_lines_and_all_that_is_printable_stay(terminal):
    text = "tab\there \\x1b é 漢字 👩\u200d🚀 e\u0301\r\nnext"
    terminal.say(text)
    assert terminal.out.getvalue() == text + "\n"


def test_columns_stay_aligned_beside_what_is_escaped(terminal):
    terminal.say_table(("who", "what"), [(EVIL, "one"), ("b", "two")])
    heading, first, second = terminal.out.getvalue().splitlines()
    assert first == f"{SEEN}  one"
    assert heading.index("what") == first.index("one") == second.index("two")


def test_json_means_the_same_and_does_not_steer_the_terminal(terminal):
    terminal.say_json({EVIL: [EVIL, "é"]})
    shown = terminal.out.getvalue()
    assert json.loads(shown) == {EVIL: [EVIL, "é"]}
    assert all(character.isprintable() or character == "\n" for character in shown)
    assert "é" in shown
