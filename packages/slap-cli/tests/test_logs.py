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


def test_what_others_print_does_not_steer_who_reads_the_log(tmp_path, terminal):
    file = tmp_path / "log"
    with logging_to(LogSettings(file=str(file)), terminal):
        logging.getLogger("slap_cli").warning("%s", "it says \x1b[2J\x9b1m\n\tthis é")
        error = ValueError("\x1b]0;title\x07")
        logging.getLogger("slap_cli").error("no", exc_info=error)
    told = terminal.error.getvalue()
    assert told.startswith("warning: it says \\x1b[2J\\x9b1m\n\tthis é\n")
    for text in (told, file.read_text()):
        assert "ValueError: \\x1b]0;title\\x07" in text
        assert "\x1b" not in text


def test_the_colour_of_the_log_itself_stays(tmp_path):
    terminal = Terminal(input=io.StringIO(), out=io.StringIO(), error=_Tty(), environment={}, home=tmp_path)
    with logging_to(LogSettings(colour=True), terminal):
        logging.getLogger("slap_cli").error("\x1b[32mfine")
    assert terminal.error.getvalue() == "\x1b[31merror: \\x1b[32mfine\x1b[0m\n"


class _Tty(io.StringIO):
    def isatty(self):
        return True
