import pytest

from slap_domain.errors import ConfigurationError
from slap_domain.model.configuration import parse_configuration


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("a = 1\n", "a.cfg, line 1: 'a = 1' comes before any section", "[slapos]"),
        ("[one]\na = 1\nnonsense\n", "a.cfg, line 3, section [one]: 'nonsense' is neither", "key = value"),
        ("[one]\n[two\n", "a.cfg, line 2, section [one]: '[two' is neither", "[section]"),
        ("[one]\n[one]\n", "a.cfg, line 2, section [one]: '[one]' begins a section that is there", "one"),
        ("[one]\na=1\na=2\n", "a.cfg, line 3, section [one]: 'a=2' sets a key that is set already", "keep"),
        ("[one]\na = %(b)s\n", "a.cfg: section [one]: a = '%(b)s' holds a % that refers to no", "%%"),
        ("[one]\na = 50%\n", "a.cfg: section [one]: a = '50%' holds a % that refers to no", "%%"),
    ],
)
def test_what_is_malformed_is_told_with_its_line_its_section_and_a_hint(text, message, hint):
    with pytest.raises(ConfigurationError) as caught:
        parse_configuration(text, "a.cfg")
    assert str(caught.value).startswith(message)
    assert str(caught.value).count("a.cfg") == 1
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    ("read", "hint"),
    [
        (lambda section: section.boolean("a", default=True), "true or false"),
        (lambda section: section.integer("a"), "such as 10"),
        (lambda section: section.size("a", "1"), "such as 500M"),
    ],
)
def test_a_value_of_the_wrong_kind_is_told_with_what_is_expected(read, hint):
    section = parse_configuration("[one]\na = x\n", "a.cfg").section("one")
    with pytest.raises(ConfigurationError, match=r"a\.cfg: section \[one\]: a = 'x' is ") as caught:
        read(section)
    assert hint in caught.value.hint


def test_other_wrong_values_name_what_to_change():
    section = parse_configuration("[one]\na = x\n", "a.cfg").section("one")
    assert section.wrong("a", "is no URL").hint == "change a in section [one]"


def test_a_wrong_value_is_told_with_the_section_that_it_stands_in():
    merged = parse_configuration("[slapos]\na = 1\n[slapformat]\nb = many\n", "x.cfg")
    with pytest.raises(ConfigurationError, match=r"section \[slapformat\]: b = 'many'"):
        merged.section("slapos", "slapformat").integer("b")
