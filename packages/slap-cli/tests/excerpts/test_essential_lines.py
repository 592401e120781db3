import pytest

from slap_cli.excerpts.essential_lines import essence

TRACEBACK = 'Traceback (most recent call last):\n  File "p", line 1\nOSError: refused\n'


@pytest.mark.parametrize(
    ("message", "line"),
    [
        ("", ""),
        ("one", "one"),
        ("...of a long story\nthe end\n\n", "the end"),
        (TRACEBACK, "OSError: refused"),
        (f"Promise 'p' failed with output: {TRACEBACK}", "Promise 'p' failed with output: OSError: refused"),
    ],
)
def test_a_message_is_told_by_its_end(message, line):
    assert essence(message) == line
