import io
import logging
import re
from dataclasses import dataclass, field

import pytest

from slap_cli.logs import LogSettings, logging_to
from slap_cli.standalone.progress_display import ProgressDisplay, progress_display
from slap_cli.terminal import Terminal
from slap_domain.ports.progress_listener import Progress, ProgressKind


@dataclass
class Screen:
    lines: list[str] = field(default_factory=list)
    now: list[str] = field(default_factory=list)


def event(kind, subject="slappart0", text=""):
    return Progress(kind=ProgressKind(kind), subject=subject, text=text)


def test_each_step_is_a_line():
    screen = Screen()
    display = ProgressDisplay(screen.lines.append)
    display.tell(event("building", "/a/software.cfg"))
    display.tell(event("deploying", text="hello"))
    display.tell(event("awaiting"))
    display.tell(event("deployment failed", text="Promise 'p' failed with output: no\nmore"))
    assert screen.lines == [
        "building /a/software.cfg",
        "deploying hello in slappart0",
        "asking the promises of slappart0",
        "slappart0 is not there yet: Promise 'p' failed with output: more",
    ]


def test_a_build_that_fails_is_left_to_the_end_of_the_command():
    screen = Screen()
    ProgressDisplay(screen.lines.append).tell(event("build failed", "/a/software.cfg", "Error: no"))
    assert screen.lines == []


def test_a_repeated_step_is_shown_once_until_it_was_in_order():
    screen = Screen()
    display = ProgressDisplay(screen.lines.append)
    for _ in range(3):
        display.tell(event("awaiting"))
    display.tell(event("deployed"))
    display.tell(event("awaiting"))
    assert screen.lines == [
        "asking the promises of slappart0",
        "slappart0 is deployed, its promises hold",
        "asking the promises of slappart0",
    ]


def test_of_a_build_only_telling_lines_are_written():
    screen = Screen()
    display = ProgressDisplay(screen.lines.append)
    for line in ("Got waitress 3.0.", "Reading index", "", "Installing server."):
        display.tell(event("output", text=line))
    assert screen.lines == ["  Got waitress 3.0.", "  Installing server."]


def test_on_a_terminal_output_moves_in_one_line():
    screen = Screen()
    display = ProgressDisplay(screen.lines.append, screen.now.append)
    display.tell(event("output", "release", "Reading index"))
    display.tell(event("output", "release", ""))
    display.tell(event("unchanged"))
    display.tell(event("awaiting"))
    assert screen.lines == ["asking the promises of slappart0"]
    assert screen.now == ["release: Reading index", "asking the promises of slappart0"]
    display.rest()
    assert screen.now[-1] == ""


class FakeTty(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(("error", "moves"), [(io.StringIO(), False), (FakeTty(), True)])
def test_what_goes_on_now_is_shown_to_people_only(error, moves, tmp_path):
    terminal = Terminal(
        out=io.StringIO(), error=error, input=io.StringIO(), environment={"TERM": "xterm"}, home=tmp_path
    )
    lines = []
    with progress_display(terminal, lines.append) as display:
        display.tell(event("output", "release", "Reading index"))
        display.tell(event("awaiting"))
    assert lines == ["asking the promises of slappart0"]
    assert bool(error.getvalue()) is moves


def test_what_is_logged_stands_on_lines_of_its_own_above_the_moving_line(tmp_path):
    error = FakeTty()
    terminal = Terminal(
        out=io.StringIO(), error=error, input=io.StringIO(), environment={"TERM": "xterm"}, home=tmp_path
    )
    long = "a" * 200
    with logging_to(LogSettings(), terminal), progress_display(terminal, logging.getLogger().info) as display:
        display.tell(event("output", "release", "Reading index"))
        display.tell(event("deploying", text=long))
        logging.getLogger().warning("by somebody else")
        display.tell(event("deployed"))
        error.write("the result\n")
        logging.getLogger().info("later")
    written = [line.rpartition("\x1b[2K")[2] for line in error.getvalue().split("\n")]
    lines = [re.sub(r"\x1b\[[?0-9;]*[A-Za-z]|\r", "", line) for line in written]
    assert [line for line in lines if line and not line.startswith("⠋")] == [
        f"deploying {long} in slappart0",
        "warning: by somebody else",
        "slappart0 is deployed, its promises hold",
        "the result",
        "later",
    ]


def test_what_each_pass_prints_again_is_shown_once():
    screen = Screen()
    display = ProgressDisplay(screen.lines.append)
    for _ in range(3):
        display.tell(event("output", text="Updating page."))
    assert screen.lines == ["  Updating page."]
