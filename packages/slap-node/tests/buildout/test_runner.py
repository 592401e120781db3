"""The mended zc.buildout, run in this very process on a release whose egg lies where a build would put it."""

import copy
import logging
import os
import socket
import sys
import zipfile
from pathlib import Path

import pytest
import zc.buildout.buildout
import zc.buildout.configparser
import zc.buildout.easy_install

from slap_node.buildout import runner

pkg_resources = sys.modules["pkg_resources"]


@pytest.fixture
def release(site, monkeypatch) -> Path:
    """A release with the demo recipes; what a run changes in this process is changed back."""
    for owner, name in (
        (zc.buildout.easy_install.Installer, "_get_dest_dist_paths"),
        (zc.buildout.easy_install.Installer, "_obtain"),
        (zc.buildout.buildout, "Buildout"),
        (zc.buildout.buildout, "Options"),
        (zc.buildout.buildout, "_save_option"),
        (zc.buildout.configparser, "parse"),
        (zc.buildout.easy_install, "default_index_url"),
        (zc.buildout.easy_install, "AllowHostsPackageIndex"),
        (zc.buildout.easy_install, "get_subprocess_output"),
        (runner.MachineIndex, "additional"),
        (sys, "argv"),
    ):
        monkeypatch.setattr(owner, name, getattr(owner, name))
    monkeypatch.setattr(zc.buildout.buildout.SectionKey, "__deepcopy__", None, raising=False)
    monkeypatch.setattr(sys, "path", list(sys.path))
    defaults = zc.buildout.buildout._buildout_default_options
    monkeypatch.setitem(defaults, "find-links", defaults["find-links"])
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    loggers = [logging.root, logging.getLogger("zc.buildout")]
    former = [(each, each.handlers[:], each.level, each.propagate) for each in loggers]
    timeout = socket.getdefaulttimeout()
    entries, by_key = list(pkg_resources.working_set.entries), dict(pkg_resources.working_set.by_key)
    with zipfile.ZipFile(next(site.wheels.iterdir())) as wheel:
        wheel.extractall(site.root / "release" / "eggs" / "v5" / "demo_recipes-1.0-py3.egg")
    here = Path.cwd()
    yield site.root / "release"
    os.chdir(here)
    for logger, handlers, level, propagate in former:
        logger.handlers[:], logger.propagate = handlers, propagate
        logger.setLevel(level)
    socket.setdefaulttimeout(timeout)
    pkg_resources.working_set.entries[:] = entries
    pkg_resources.working_set.by_key.clear()
    pkg_resources.working_set.by_key.update(by_key)
    sys.modules.pop("demo_recipes", None)


def deploy(release: Path, tmp_path: Path, profile: str, *options: str) -> None:
    (tmp_path / "buildout.cfg").write_text(profile)
    os.chdir(tmp_path)
    sys.argv = ["buildout", "-U", "-o", *options]
    runner.mend(str(release))
    zc.buildout.buildout.main()


PROFILE = """
[buildout]
parts = objects page
extends = more/extended.cfg

[objects]
recipe = demo_recipes:objects
name = {name}

[copied]
value = ${{objects:mapping}}
mixed = <${{objects:mapping}}>

[page]
recipe = demo_recipes:render
of = copied:value copied:mixed extended:base objects:mapping
path = ${{buildout:directory}}/page
"""


@pytest.fixture
def profile(tmp_path):
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "extended.cfg").write_text(
        "[extended]\nbase = ${:_profile_base_location_}/x\n[versions]\nanything = 1.0\n"
    )
    return PROFILE


def test_values_of_any_type_pass_from_section_to_section(release, tmp_path, profile):
    deploy(release, tmp_path, profile.format(name="one"))

    mapping = "{'name': 'one', 'list': [1, 2.5, None, True]}"
    page = (tmp_path / "page").read_text()
    assert page == f"{mapping} \"<!py!{mapping}>\" '{tmp_path}/more/x' {mapping}\n"
    installed = (tmp_path / ".installed.cfg").read_text()
    assert f"mapping = !py!{mapping}" in installed
    assert "_profile_base_location_" not in installed


def test_a_text_that_looks_like_a_written_value_is_a_text(release, tmp_path, profile):
    profile = profile.replace("[copied]", "[copied]\ntext = ${{objects:text}}\nwords = ${{objects:text}}0")
    profile = profile.replace("of = copied:value", "of = objects:text copied:text copied:words").format(
        name="one"
    )
    for _ in range(2):
        deploy(release, tmp_path, profile)
        assert (tmp_path / "page").read_text().startswith("'!py!1' '!py!1' '!py!10' ")
    assert "text = !py!'!py!1'" in (tmp_path / ".installed.cfg").read_text()


def test_only_what_changed_is_installed_again(release, tmp_path, profile, capsys):
    deploy(release, tmp_path, profile.format(name="one"))
    deploy(release, tmp_path, profile.format(name="one"))
    again = capsys.readouterr()
    deploy(release, tmp_path, profile.format(name="two"))
    assert "'two'" in (tmp_path / "page").read_text()
    assert "rror" not in again.out + again.err


def test_an_eggs_directory_of_the_release_is_taken_as_it_is(release, tmp_path, profile):
    head = f"eggs-directory = {release}/eggs/v5\n"
    deploy(release, tmp_path, profile.replace("[buildout]\n", f"[buildout]\n{head}").format(name="one"))
    assert (tmp_path / "page").exists()
    assert not (release / "eggs" / "v5" / "v5").exists()


def test_what_is_missing_is_told_by_its_name(release, tmp_path, capsys):
    with pytest.raises(SystemExit):
        deploy(release, tmp_path, "[buildout]\nparts = a\n[a]\nrecipe = demo_recipes:write\ntext = x\n")
    assert "Missing option: a:path" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        deploy(release, tmp_path, "[buildout]\nparts = a\n[a]\nrecipe = nowhere_at_all\n")
    assert "We don't have a distribution for nowhere" in capsys.readouterr().err


def test_nothing_installed_leaves_no_record(release, tmp_path):
    deploy(release, tmp_path, "[buildout]\nparts =\ninstalled =\n")
    assert not (tmp_path / ".installed.cfg").exists()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"b": {2, 1}, "a": (1, None)}, "{'a': [1, None], 'b': {1, 2}}"),
        (frozenset({"x"}), "{'x'}"),
        (object(), "object"),
        (b"x", "b'x'"),
        (True, "True"),
    ],
)
def test_equal_values_have_equal_texts_in_every_process(value, text):
    assert runner._canonical(value) == text


def test_what_has_no_literal_form_stays_a_text():
    assert runner._decoded(runner._encoded(object())).startswith("!py!<object object")
    assert runner._decoded("!py![1, 'x']") == [1, "x"]


def test_the_machines_index_becomes_the_default(release, monkeypatch, tmp_path):
    configuration = tmp_path / "pip.conf"
    configuration.write_text(
        "[global]\nindex-url = https://global.example/wheels\n[install]\nindex-url = https://one.example/wheels\n"
        "extra-index-url = https://two.example/wheels\n  https://three.example/wheels\n"
    )
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", str(configuration))
    monkeypatch.setenv("PIP_FIND_LINKS", "/wheels")
    monkeypatch.setenv("PIP_CERT", "/ca.pem")

    runner.use_machine_index()

    assert zc.buildout.easy_install.default_index_url == "https://one.example/wheels"
    assert runner.MachineIndex.additional == ("https://two.example/wheels", "https://three.example/wheels")
    links = zc.buildout.buildout._buildout_default_options["find-links"].value
    assert links == "/wheels"
    assert os.environ["SSL_CERT_FILE"] == "/ca.pem"


def test_additional_indexes_are_looked_into(release, tmp_path):
    for name in ("one", "two"):
        folder = tmp_path / name / "demo-recipes"
        folder.mkdir(parents=True)
        wheel = f"demo_recipes-{'1.0' if name == 'one' else '2.0'}-py3-none-any.whl"
        (folder / "index.html").write_text(f'<a href="{wheel}">{wheel}</a>')
    runner.MachineIndex.additional = ((tmp_path / "two").as_uri(),)
    index = runner.MachineIndex((tmp_path / "one").as_uri())

    requirement = pkg_resources.Requirement.parse("demo-recipes")
    index.find_packages(requirement)

    assert {dist.version for dist in index["demo-recipes"]} >= {"2.0"}


def test_what_is_added_to_a_copied_option_is_not_added_to_the_first(release):
    runner.mend(str(release))
    option = zc.buildout.buildout.SectionKey("a", "base.cfg")

    copied = copy.deepcopy({"parts": option})["parts"]
    copied.addToValue("b", "more.cfg")

    assert (option.value, copied.value) == ("a", "a\nb")
    assert [item.operation for item in option.history] == ["SET"]
    assert [(item.operation, item.source) for item in copied.history] == [
        ("SET", "base.cfg"),
        ("ADD", "more.cfg"),
    ]
