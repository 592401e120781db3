import pytest

from slap_node.buildout.failure import failure_line


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
    assert failure_line(output) == line
