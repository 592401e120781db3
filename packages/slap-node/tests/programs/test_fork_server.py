import os
import sys
from pathlib import Path

import pytest

from slap_domain.errors import HostFailure
from slap_node.programs import fork_server
from slap_node.programs.processes import Command, run


def test_half_a_line_is_not_waited_for_without_end():
    reader, writer = os.pipe()
    try:
        os.write(writer, b"12")
        assert fork_server._line(reader, 0.1) == ""
        os.write(writer, b"34\n")
        assert fork_server._line(reader, 10) == "34"
    finally:
        os.close(reader)
        os.close(writer)


@pytest.mark.parametrize("python", ["/nowhere/python", sys.executable])
def test_a_server_that_does_not_start_is_a_failure_of_the_host(python, tmp_path):
    with pytest.raises(HostFailure, match=r"cannot run|does not start"):
        fork_server.launch(Path(tmp_path / "nothing.py"), environment={}, python=python)


def test_a_request_of_any_size_is_taken(tmp_path):
    finished = run(Command(argv=("/bin/sh", "-c", "echo $#", "sh", *["x" * 1000] * 1000), directory=tmp_path))
    assert finished.output == "1000\n"
