import configparser

from slap_node.buildout.runner import _with_buildout_options

GROWN = """\
[buildout]
installed_develop_eggs =
parts = port page

[port]
port = 8000
text = one
\ttwo

[page]
recipe = slapos.recipe.template

[buildout]
parts = page port

"""


def test_the_record_has_each_section_once_and_the_last_options():
    text = _with_buildout_options(GROWN, {"parts": "port page extra"})
    parser = configparser.RawConfigParser()
    parser.read_string(text)
    assert parser.sections() == ["buildout", "port", "page"]
    assert parser.get("buildout", "parts") == "port page extra"
    assert parser.get("port", "text") == "one\ntwo"


def test_a_record_written_twice_stays_the_same():
    once = _with_buildout_options(GROWN, {"parts": "port"})
    assert _with_buildout_options(once, {"parts": "port"}) == once
