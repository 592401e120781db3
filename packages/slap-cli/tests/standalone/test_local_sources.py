import pytest

from slap_cli.standalone.local_sources import fingerprint

FILES = {
    "software.cfg": "[buildout]\nextends =\n  stack/base.cfg\n  http://example.com/far.cfg\n  ${a:b}/c.cfg\n"
    "[profile]\nurl = ${:_profile_base_location_}/instance.cfg.in\n",
    "stack/base.cfg": "[buildout]\nextends = versions.cfg ../software.cfg\n",
    "stack/versions.cfg": "[versions]\n",
    "instance.cfg.in": "[x]\ny = ${:_profile_base_location_}/page.html\n",
    "page.html": "hello\n",
    "other.txt": "none of its business\n",
}


@pytest.fixture
def release(tmp_path):
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return tmp_path


@pytest.mark.parametrize("name", FILES)
def test_a_change_of_any_file_of_the_release_is_noticed_and_of_no_other(release, name):
    before = fingerprint(str(release / "software.cfg"))
    assert before == fingerprint(str(release / "software.cfg"))
    (release / name).write_text(FILES[name] + "# changed\n")
    assert (fingerprint(str(release / "software.cfg")) != before) == (name != "other.txt")


def test_a_file_that_is_gone_is_a_change(release):
    before = fingerprint(str(release / "software.cfg"))
    (release / "page.html").unlink()
    assert fingerprint(str(release / "software.cfg")) != before


def test_a_release_at_a_url_has_no_local_files():
    assert fingerprint("https://example.com/software.cfg") == ""
