import os
import time

import pytest

from slap_node.buildout.local_sources import fingerprint, written_since

FILES = {
    "software.cfg": "[buildout]\nextends =\n  stack/base.cfg\n  http://example.com/far.cfg\n  ${a:b}/c.cfg\n"
    "[profile]\nurl = ${:_profile_base_location_}/instance.cfg.in\n",
    "stack/base.cfg": "[buildout]\nextends = versions.cfg ../software.cfg\n",
    "stack/versions.cfg": "[versions]\n[buildout]\ndevelop =\n  ${:_profile_base_location_}/../recipe\n"
    "  HERE/elsewhere\n  relative/to/the/release\n",
    "instance.cfg.in": "[x]\ny = ${:_profile_base_location_}/page.html\n",
    "page.html": "hello\n",
    "recipe/setup.py": "1\n",
    "recipe/build.py": "1\n",
    "elsewhere/code/build/module.py": "1\n",
    "other.txt": "none of its business\n",
    "recipe/build/lib.py": "made\n",
    "recipe/recipe.egg-info/SOURCES.txt": "made\n",
    "recipe/__pycache__/setup.pyc": "made\n",
    "recipe/.git/HEAD": "made\n",
}
NO_SOURCES = {"other.txt", *(name for name, text in FILES.items() if text == "made\n")}


@pytest.fixture
def release(tmp_path):
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text(text.replace("HERE", str(tmp_path)))
    return tmp_path


@pytest.mark.parametrize("name", FILES)
def test_a_change_of_any_file_of_the_release_is_noticed_and_of_no_other(release, name):
    before = fingerprint(str(release / "software.cfg"))
    assert before == fingerprint(str(release / "software.cfg"))
    with (release / name).open("a") as file:
        file.write("# changed\n")
    assert (fingerprint(str(release / "software.cfg")) != before) == (name not in NO_SOURCES)


@pytest.mark.parametrize("name", FILES)
def test_what_was_written_since_a_time_is_named(release, name):
    now = time.time()
    profile = str(release / "software.cfg")
    assert written_since(profile, now + 10) == ""
    os.utime(release / name, (now + 20,) * 2)
    assert written_since(profile, now + 10) == ("" if name in NO_SOURCES else str(release / name))


def test_code_below_the_directory_of_the_release_is_looked_at_for_who_knows_that(release, tmp_path):
    now = time.time()
    profile, directory = str(release / "software.cfg"), tmp_path / "md5"
    module = directory / "relative/to/the/release/module.py"
    module.parent.mkdir(parents=True)
    module.touch()
    os.utime(module, (now + 20,) * 2)
    assert written_since(profile, now + 10, directory) == str(module)
    assert written_since(profile, now + 10) == ""
    assert written_since(profile, now + 10, directory, profiles_only=True) == ""


def test_a_file_that_is_gone_is_a_change(release):
    before = fingerprint(str(release / "software.cfg"))
    (release / "page.html").unlink()
    assert fingerprint(str(release / "software.cfg")) != before


def test_a_release_at_a_url_has_no_local_files():
    assert fingerprint("https://example.com/software.cfg") == ""
    assert written_since("https://example.com/software.cfg", 0) == ""


def test_of_very_many_files_the_first_are_looked_at(release):
    for number in range(1200):
        (release / "recipe" / f"{number}.py").touch()
    assert fingerprint(str(release / "software.cfg"))
