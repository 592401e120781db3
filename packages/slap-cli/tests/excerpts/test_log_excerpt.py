from slap_cli.excerpts.log_excerpt import lines_that_matter

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


SYNTAX = """\
While:
  Initializing.

An internal error occurred due to a bug in either zc.buildout or in a
recipe being used:
Traceback (most recent call last):
  File "<frozen runpy>", line 198, in _run_module_as_main
  File "/s/.python/lib/python3.11/site-packages/slap_buildout_runner.py", line 133, in __init__
    super().__init__(*arguments, **options)
    ^^^^^^^^^
  File "/s/.python/lib/python3.11/site-packages/zc/buildout/configparser.py", line 270, in parse
    raise e
zc.buildout.configparser.ParsingError: File contains parsing errors: /a/software.cfg
\t[line  3]: 'this is bad\\n'
"""


def test_a_profile_that_cannot_be_read_is_told_without_the_inside_of_buildout():
    assert lines_that_matter(SYNTAX).splitlines() == [
        "While:",
        "  Initializing.",
        "zc.buildout.configparser.ParsingError: File contains parsing errors: /a/software.cfg",
        "\t[line  3]: 'this is bad\\n'",
    ]


def test_a_recipe_that_fails_is_told_with_its_own_frames():
    log = SYNTAX.replace("/zc/buildout/configparser.py", "/my/recipe.py")
    shown = lines_that_matter(log).splitlines()
    assert shown[4:7] == [
        "Traceback (most recent call last):",
        '  File "/s/.python/lib/python3.11/site-packages/my/recipe.py", line 270, in parse',
        "    raise e",
    ]
    assert "slap_buildout_runner" not in "".join(shown)


def test_what_is_said_already_is_left_out():
    assert lines_that_matter("one\nError: two\n", "x does not build: Error: two") == "one"


def test_frames_of_the_runner_are_left_out_wherever_it_was_loaded_from():
    log = (
        "Traceback (most recent call last):\n"
        '  File "/x/site-packages/slap_node/buildout/runner.py", line 64, in _initialize\n'
        "    super()._initialize()\n"
        '  File "/x/recipe.py", line 14, in __init__\n'
        "    self.text.replace()\n"
        "AttributeError: no\n"
    )
    assert "runner.py" not in lines_that_matter(log)
    assert "recipe.py" in lines_that_matter(log)
