"""What the tables about a master make of what it knows."""

import io
from argparse import Namespace
from pathlib import Path

import pytest

from slap_cli.master.overview_tables import say_overview
from slap_cli.terminal import Terminal

TRACEBACK = """Traceback (most recent call last):
  File "grid.py", line 7, in launch
    raise BuildFailed(said)
slapos.BuildFailed: no compiler

"""


@pytest.mark.parametrize(
    ("message", "cell"),
    [(TRACEBACK, "slapos.BuildFailed: no compiler"), ("the first line\nthe second", "the first line")],
)
def test_a_message_is_shown_by_the_line_that_tells_what_failed(message, cell):
    out = io.StringIO()
    terminal = Terminal(out=out, error=io.StringIO(), input=io.StringIO(), environment={}, home=Path())
    others = dict.fromkeys(("computers", "partitions", "slaves", "params", "network", "forwarded"), False)
    row = {"computer": "COMP-1", "software_release": "/r.cfg", "state": "error", "message": message}
    say_overview({"software": [row]}, Namespace(software=True, **others), terminal)
    assert out.getvalue().splitlines()[2].endswith(f"error  {cell}")
