"""Finding the command that is meant."""

import errno
import io
import subprocess
import sys
from pathlib import Path

import pytest

from slap_cli.catalogue import COMMANDS, GROUPS
from slap_cli.terminal import OutputFailed, Terminal

SLAPOS = Path(sys.executable).with_name("slapos")


@pytest.mark.parametrize("words", [(), ("--help",), ("-h",), ("-v", "--help"), ("help",)])
def test_without_a_command_all_are_listed_in_their_groups(slapos, words):
    ran = slapos(*words)
    assert ran.status == 0
    places = [ran.out.index(f"\n{title}:\n") for title, _ in GROUPS]
    assert places == sorted(places)
    for command, summary in COMMANDS.items():
        assert f"  {command:<22} {summary}\n" in ran.out


@pytest.mark.parametrize(
    ("typed", "nearest"),
    [
        (("reqest", "a", "b"), "request"),
        (("node", "sttaus"), "node status"),
        (("servce", "list"), "service list"),
        (("nod", "format"), "node format"),
    ],
)
def test_an_unknown_command_names_the_nearest_and_lists_all(slapos, typed, nearest):
    ran = slapos(*typed)
    assert ran.status == 5
    assert ran.out == ""
    assert ran.err.endswith(f"hint: did you mean `slapos {nearest}`?\n")
    assert "is not a slapos command" in ran.err
    assert "node software" in ran.err


def test_a_command_nobody_could_mean_is_refused_without_a_guess(slapos):
    ran = slapos("xyzzy")
    assert ran.status == 5
    assert "did you mean" not in ran.err
    assert "error: 'xyzzy' is not a slapos command" in ran.err


def test_half_a_command_names_the_other_halves(slapos):
    ran = slapos("service")
    assert ran.status == 5
    assert "`slapos service info`, `slapos service list`" in ran.err


@pytest.mark.parametrize("option", ["-h", "--help"])
def test_half_a_command_can_be_asked_for_help(slapos, option):
    ran = slapos("service", option)
    assert (ran.status, ran.err) == (0, "")
    assert [line.split("  ")[1] for line in ran.out.splitlines()[1:]] == ["service info", "service list"]


def test_common_options_without_a_command_are_refused(slapos):
    ran = slapos("-v")
    assert ran.status == 5
    assert "a command is missing after -v" in ran.err


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_explains_itself_in_both_ways(slapos, command):
    by_option = slapos(*command.split(), "--help")
    by_help = slapos("help", *command.split())
    assert by_option.status == by_help.status == 0
    assert by_option.out == by_help.out
    assert by_option.out.startswith(f"usage: slapos {command}")
    assert by_option.err == ""


def test_help_for_a_command_may_come_first(slapos):
    assert slapos("--help", "request").out == slapos("request", "--help").out


def test_help_of_a_family_lists_it(slapos):
    assert "service info" in slapos("help", "service").out


def test_help_of_an_unknown_command_names_the_nearest(slapos):
    ran = slapos("help", "requets")
    assert ran.status == 5
    assert "did you mean `slapos request`" in ran.err


def test_help_of_a_command_and_more_names_the_command(slapos):
    ran = slapos("help", "request", "x")
    assert ran.status == 5
    assert ran.err == ("error: there is no command 'request x'\nhint: did you mean `slapos help request`?\n")


@pytest.mark.parametrize("words", [("service", "lst"), ("help", "service", "lst")])
def test_an_unknown_command_of_a_family_lists_that_family_alone(slapos, words):
    ran = slapos(*words)
    assert ran.status == 5
    assert ran.err.startswith("service commands:\n")
    assert "  service info" in ran.err
    assert "node software" not in ran.err
    assert ran.err.endswith("hint: did you mean `slapos service list`?\n")


def test_a_mistyped_choice_names_the_nearest(slapos):
    ran = slapos("request", "name", "url", "--state", "sttarted")
    assert ran.status == 5
    assert "invalid choice: 'sttarted'" in ran.err
    assert "hint: did you mean started? `slapos request --help` says what it takes" in ran.err
    assert "did you mean" not in slapos("request", "name", "url", "--state", "xyzzy").err


@pytest.mark.parametrize("words", [["--help"], ["node", "instance", "--help"], ["complete"]])
def test_an_output_that_cannot_be_written_is_named(words):
    with Path("/dev/full").open("w") as full:
        ran = subprocess.run([SLAPOS, *words], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert ran.returncode == 1
    assert ran.stderr == "error: the output cannot be written: No space left on device\n"


@pytest.mark.parametrize("words", ["--version", "complete", "service list --cfg /dev/null"])
def test_closed_streams_are_no_defect(words):
    ran = subprocess.run(
        ["bash", "-c", f"exec 3>&2; {SLAPOS} {words} <&- >&- 2>&-; echo $? >&3"],
        stderr=subprocess.PIPE,
        text=True,
        timeout=30,
        check=False,
    )
    assert ran.stderr == ("1\n" if "list" in words else "0\n")
    ran = subprocess.run(
        ["bash", "-c", f"{SLAPOS} {words} >&-"], stderr=subprocess.PIPE, text=True, timeout=30, check=False
    )
    assert "defect" not in ran.stderr
    assert "Traceback" not in ran.stderr


def test_programs_that_are_started_do_not_find_streams_closed_again():
    code = (
        "import os, sys\nfrom slap_cli.standard_output import open_closed_streams\nopen_closed_streams()\n"
        "os.execv(sys.executable, [sys.executable, '-c', "
        "'import sys; sys.exit(None in (sys.stdin, sys.stdout, sys.stderr))'])"
    )
    command = ["sh", "-c", 'exec "$0" -c "$1" <&- >&- 2>&-', sys.executable, code]
    assert subprocess.run(command, timeout=30, check=False).returncode == 0


def test_a_result_that_cannot_be_written_is_a_failure_of_the_host():
    class Full(io.StringIO):
        def write(self, text):
            raise OSError(errno.ENOSPC, "No space left on device")

    terminal = Terminal(
        out=Full(), error=io.StringIO(), input=io.StringIO(), environment={}, home=Path("/nonexistent")
    )
    with pytest.raises(OutputFailed, match="the output cannot be written: No space left on device"):
        terminal.say("x" * 10)


def test_an_unknown_option_before_a_command_is_named(slapos):
    ran = slapos("--debgu")
    assert ran.status == 5
    assert "error: unrecognized arguments: --debgu" in ran.err
    assert "hint: did you mean --debug?" in ran.err


def test_an_option_of_a_command_before_it_says_where_it_goes(slapos):
    ran = slapos("--cfg", "file.cfg", "list")
    assert ran.status == 5
    assert "error: unrecognized arguments: --cfg" in ran.err
    assert "hint: options of a command come after it: `slapos COMMAND --cfg …`" in ran.err


def test_an_unknown_option_is_a_usage_error(slapos):
    ran = slapos("request", "--paramters", "a=b", "name", "url")
    assert ran.status == 5
    assert "error: unrecognized arguments: --paramters" in ran.err
    assert "hint: did you mean --parameters? `slapos request --help` says what it takes" in ran.err


def test_a_value_that_begins_with_a_dash_is_explained(slapos):
    ran = slapos("configure", "client", "--token", "-abc")
    assert ran.status == 5
    assert "a value that begins with a dash is written --option=VALUE" in ran.err


def test_a_reader_that_goes_away_is_no_error():
    # `head -1` has read enough after one line and closes the pipe.
    command = f"{sys.executable} -c 'from slap_cli.main import main; import sys; sys.exit(main())' | head -1"
    ran = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=30, check=False)
    assert ran.stdout.startswith("usage: slapos")
    assert ran.stderr == ""
