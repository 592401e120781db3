from slap_cli.standalone.log_excerpt import lines_that_matter

BUILDOUT = [
    *(f"Got package{number} 1.0." for number in range(40)),
    "While:",
    "  Installing.",
    "  Getting section missing.",
    "Error: The referenced section, 'missing', was not defined.",
]


def test_the_story_of_a_failure_is_shown_with_what_was_just_before():
    assert lines_that_matter("\n".join(BUILDOUT)).splitlines() == [
        "Got package38 1.0.",
        "Got package39 1.0.",
        *BUILDOUT[40:],
    ]


def test_a_log_without_a_story_is_shown_from_its_end():
    log = "\n".join(f"line {number}" for number in range(100))
    assert lines_that_matter(log).splitlines() == [f"line {number}" for number in range(80, 100)]


def test_empty_lines_are_left_out():
    assert lines_that_matter("\n\none\n\n") == "one"
    assert lines_that_matter("") == ""
