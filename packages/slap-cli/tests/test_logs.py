"""What of other libraries' chatter gets into the log."""

import io
import logging

import pytest

from slap_cli.logs import LogSettings, logging_to
from slap_cli.terminal import Terminal


@pytest.mark.parametrize(("verbosity", "told"), [(0, False), (1, False), (2, True)])
def test_libraries_chatter_with_vv_only(tmp_path, terminal, verbosity, told):
    file = tmp_path / "log"
    with logging_to(LogSettings(verbosity=verbosity, file=str(file)), terminal):
        logging.getLogger("pyroute2.netlink.core").debug("a dump of the kernel's answer")
        logging.getLogger("slap_node.network").debug("an interface")
    assert ("dump" in terminal.error.getvalue()) is told
    assert ("dump" in file.read_text()) is told
    assert "an interface" in file.read_text()


@pytest.mark.parametrize("name", ["pyroute2", "pyroute2.netlink.core"])
def test_a_library_that_sets_its_own_level_when_it_is_imported_chatters_no_more(terminal, name):
    with logging_to(LogSettings(verbosity=1), terminal):
        logging.getLogger("pyroute2").setLevel(logging.NOTSET)  # as its import does
        logging.getLogger(name).debug("a dump of the kernel's answer")
        logging.getLogger(name).warning("a complaint")
    assert terminal.error.getvalue() == "warning: a complaint\n"


@pytest.fixture
def terminal(tmp_path):
    return Terminal(
        input=io.StringIO(), out=io.StringIO(), error=io.StringIO(), environment={}, home=tmp_path
    )


def test_a_full_disk_is_told_once_and_ends_only_the_log_file(terminal):
    with logging_to(LogSettings(file="/dev/full"), terminal):
        for number in range(3):
            logging.getLogger("slap_cli").info("step %d", number)
    told = terminal.error.getvalue()
    assert (
        told.count("warning: the log file /dev/full cannot be written any more: No space left on device") == 1
    )
    assert "Traceback" not in told
    assert "step 2" in told
