import pytest

from slap_node.buildout.failure import failure_line
from slap_node.programs.processes import Finished


@pytest.mark.parametrize(
    ("output", "line"),
    [
        ("", "it printed nothing"),
        ("one\ntwo\n", "two"),
        ("Error: no egg\nbye\n", "Error: no egg"),
        (
            "a.ParsingError: in /a.cfg\n\t[line  3]: 'bad'\n\t[line  4]: 'worse'\nbye\n",
            "a.ParsingError: in /a.cfg [line  3]: 'bad' [line  4]: 'worse'",
        ),
    ],
)
def test_the_line_that_says_most_of_a_failure_is_found(output, line):
    assert failure_line(Finished(status=1, output=output)) == line


def test_what_was_killed_is_told_by_the_signal_not_by_what_it_printed():
    killed = Finished(status=-9, output="Installing part.\n")
    assert failure_line(killed) == "it was killed by signal 9 (Killed)"
