import os
import pwd
import re
import struct
import sys
import threading
import time
from pathlib import Path

import pytest

from slap_domain.errors import BuildFailed, Cancelled, HostFailure
from slap_domain.model.references import SoftwareUrl
from slap_domain.testing.release_builder import ReleaseBuilderContract
from slap_domain.testing.release_cache import FakeReleaseCache
from slap_node.barriers import barrier_before
from slap_node.buildout.release_builder import BuildoutReleaseBuilder

EMPTY_INSTANCE = "[buildout]\nparts =\n"


def ignore(line: str) -> None:
    """Do nothing with a line of output."""


def into(lines: list[str]):
    """Return what takes output, of which several lines may be told at once."""
    return lambda text: lines.extend(text.splitlines())


def build(site, release: SoftwareUrl, **options) -> list[str]:
    lines: list[str] = []
    BuildoutReleaseBuilder(settings=site.settings).build(release, into(lines), **options)
    return lines


class TestContract(ReleaseBuilderContract):
    @pytest.fixture(autouse=True)
    def on(self, site):
        self.site = site

    def make_builder(self) -> BuildoutReleaseBuilder:
        return BuildoutReleaseBuilder(settings=self.site.settings)

    def make_release(self, builder, *, fails: bool = False) -> SoftwareUrl:
        if fails:
            return self.site.profile("bad.cfg", "parts = missing\n")
        return self.site.release("good", EMPTY_INSTANCE)


def test_a_release_is_built_in_its_own_python(site):
    release = site.release("web", EMPTY_INSTANCE)

    lines = build(site, release)

    directory = site.directory(release)
    assert "Installing instance." in lines
    assert (directory / "instance.cfg").read_text() == f"{EMPTY_INSTANCE}\n"
    assert (directory / "bin" / "buildout").read_text().startswith(f"#!{directory}/.python/bin/python\n")
    assert (directory / "buildout.cfg").read_text().startswith(f"[buildout]\nextends = {release}\n")
    assert not (directory / ".completed").exists()
    assert not (directory / "bin" / "buildout-bootstrap-skipped").exists()
    if site.is_root:
        made = [directory, *directory.rglob("*")]
        assert {site.owner(path) for path in made if not path.is_symlink()} == {"nobody"}


def test_a_build_sees_an_allow_listed_environment_and_nothing_of_the_node(site):
    release = site.profile(
        "spy.cfg",
        """
        parts = spy
        [spy]
        recipe = demo_recipes:run
        code = [print(f"env {name}={value}") for name, value in os.environ.items()];\
          print("ids", os.getuid(), os.umask(0)); import importlib.util as u;\
          print("sees", [name for name in ("slap_node", "supervisor", "httpx") if u.find_spec(name)])
        """,
    )
    lines: list[str] = []
    caller = {
        "SECRET_TOKEN": "x",
        "PATH": os.environ["PATH"],
        "https_proxy": "http://p:1",
        "CCACHE_DIR": "/c",
    }
    site.configure(passed_environment="CCACHE_DIR")
    BuildoutReleaseBuilder(settings=site.settings, caller=caller).build(release, into(lines))

    environment = dict(
        line.removeprefix("env ").partition("=")[::2] for line in lines if line.startswith("env ")
    )
    # Python itself may add the first; the others are the machine's pip settings.
    for name in list(environment):
        if name in ("LC_CTYPE", "SSL_CERT_FILE") or name.startswith("PIP_"):
            del environment[name]
    assert environment == {
        "PATH": os.environ["PATH"],
        "https_proxy": "http://p:1",
        "CCACHE_DIR": "/c",
        "HOME": str(site.directory(release)),
        "PYTHONNOUSERSITE": "true",
    }
    uid = site.account_of(site.directory(release)).uid if site.is_root else os.getuid()
    assert f"ids {uid} {0o027}" in lines
    assert "sees []" in lines


def test_a_failure_says_which_line_matters_and_keeps_what_was_built(site):
    release = site.release("web", EMPTY_INSTANCE, "extra = 1")
    profile = Path(release)
    good = profile.read_text()
    profile.write_text(good.replace("demo_recipes:copy", "demo_recipes:nothing"))

    with pytest.raises(BuildFailed) as failure:
        build(site, release)

    assert "nothing" in failure.value.message
    assert "nothing" in failure.value.log
    assert (site.directory(release) / "bin" / "buildout-bootstrap-skipped").exists() is False
    profile.write_text(good)
    build(site, release)


def test_a_build_that_is_killed_does_not_blame_its_profile(site):
    kill = "recipe = demo_recipes:run\ncode = __import__('os').kill(__import__('os').getpid(), 9)"
    release = site.release("web", EMPTY_INSTANCE)
    profile = Path(release)
    profile.write_text(re.sub("recipe = demo_recipes:copy", lambda _: kill, profile.read_text(), count=1))

    with pytest.raises(BuildFailed, match="killed by signal 9") as failure:
        build(site, release)

    assert "profile" not in failure.value.hint


def test_after_a_failure_with_a_kept_buildout_it_is_made_again(site):
    release = site.release("web", EMPTY_INSTANCE)
    build(site, release)
    mark = site.directory(release) / ".python" / "mark"
    mark.touch()
    build(site, release)
    assert mark.exists()
    good = Path(release).read_text()
    Path(release).write_text(good.replace("demo_recipes:copy", "demo_recipes:nothing"))
    with pytest.raises(BuildFailed):
        build(site, release)
    Path(release).write_text(good)
    build(site, release)
    assert not mark.exists()


def test_a_damaged_python_is_made_again(site):
    release = site.release("web", EMPTY_INSTANCE)
    build(site, release)
    record = site.directory(release) / ".python" / "slapos-runtime.json"
    whole = record.read_text()
    record.write_text("{")
    build(site, release)
    assert record.read_text() == whole


def test_a_buildout_that_is_not_ours_is_run_as_it_is(site):
    release = site.release("web", EMPTY_INSTANCE)
    build(site, release)
    script = site.directory(release) / "bin" / "buildout"
    script.write_text('#!/bin/sh\necho "their own buildout: $@"\n')

    lines = build(site, release, newest=True)

    directory = site.directory(release)
    (line,) = lines
    assert line == (
        f"their own buildout: -U buildout:extends-cache={directory}/extends-cache "
        f"buildout:directory={directory} -c {directory}/buildout.cfg"
    )


def test_the_buildout_gets_the_documented_arguments(site):
    release = site.release("web", EMPTY_INSTANCE)
    build(site, release)
    script = site.directory(release) / "bin" / "buildout"
    script.write_text('#!/bin/sh\nfor word in "$@"; do echo "$word"; done\n')
    site.configure(buildout_debug="true")
    object.__setattr__(
        site.settings, "network_cache", {"upload-cache-url": "http://c", "shadir-key-file": "/k"}
    )

    lines = build(site, release)

    directory = site.directory(release)
    assert lines == [
        "-U",
        "-D",
        f"buildout:extends-cache={directory}/extends-cache",
        f"buildout:directory={directory}",
        "buildout:networkcache-section=networkcache",
        "networkcache:upload-cache-url=http://c",
        "networkcache:shadir-key-file=/k",
        "-N",
        "-c",
        f"{directory}/buildout.cfg",
    ]


def test_the_profile_is_written_once(site):
    release = site.release("web", EMPTY_INSTANCE)
    build(site, release)
    profile = site.directory(release) / "buildout.cfg"
    profile.write_text(f"[buildout]\nextends = {release}\n# by hand\n")
    build(site, release)
    assert profile.read_text() == f"[buildout]\nextends = {release}\n# by hand\n"


def test_shared_parts_are_named_in_the_profile(site):
    site.configure(shared_part_list="/opt/one\n/opt/two", build_time_part_list="/opt/three")
    release = site.release("web", EMPTY_INSTANCE)
    build(site, release)
    text = (site.directory(release) / "buildout.cfg").read_text()
    assert "shared-part-list = \n  /opt/one\n  /opt/two\nbuild-time-part-list = \n  /opt/three\n" in text


def test_a_release_in_a_git_work_tree_notes_its_commit(site, monkeypatch):
    release = site.release("web", EMPTY_INSTANCE)
    git = "git -c user.name=t -c user.email=t@t -C"
    folder = Path(release).parent
    assert os.system(f"{git} {folder} init -q && {git} {folder} commit -q --allow-empty -m x") == 0
    build(site, release)
    profile = site.directory(release) / "buildout.cfg"
    (note,) = [line for line in profile.read_text().splitlines() if line.startswith("# ")]
    assert "heads/" in note
    build(site, release)
    assert profile.read_text().count("\n# ") == 1


def test_too_little_space_is_a_failure_of_the_host(site):
    site.configure(software_min_free_space="9999P")
    with pytest.raises(HostFailure, match="not enough space"):
        build(site, site.release("web", EMPTY_INSTANCE))


def test_a_cancelled_build_is_killed_and_no_failure(site):
    release = site.profile(
        "slow.cfg", "parts = slow\n[slow]\nrecipe = demo_recipes:run\ncode = time.sleep(100)\n"
    )
    cancel = threading.Event()
    threading.Timer(2.0, cancel.set).start()
    began = time.monotonic()
    with pytest.raises(Cancelled):
        BuildoutReleaseBuilder(settings=site.settings, cancel=cancel).build(release, ignore)
    assert time.monotonic() - began < 30


def test_a_release_comes_from_the_cache_when_it_has_it(site):
    cache = FakeReleaseCache()
    release = SoftwareUrl("https://example.com/software.cfg")
    cache.held.add(release)
    BuildoutReleaseBuilder(settings=site.settings, cache=cache).build(release, ignore)
    assert cache.fetched == [release]


def test_a_release_that_must_come_from_the_cache_is_not_built(site):
    cache = FakeReleaseCache()
    release = site.release("web", EMPTY_INSTANCE)
    cache.demanded.add(release)
    with pytest.raises(BuildFailed, match="binary cache"):
        BuildoutReleaseBuilder(settings=site.settings, cache=cache).build(release, ignore)


def test_a_built_release_is_offered_to_the_cache_unless_it_uses_shared_parts(site):
    cache = FakeReleaseCache()
    builder = BuildoutReleaseBuilder(settings=site.settings, cache=cache)
    release = site.release("web", EMPTY_INSTANCE)
    builder.build(release, ignore)
    assert cache.held == {release}
    cache.held.clear()
    (site.directory(release) / ".shared").touch()
    builder.build(release, ignore)
    assert cache.held == set()


def test_read_only_files_are_removed_too(site):
    release = site.release("web", EMPTY_INSTANCE)
    build(site, release)
    deep = site.directory(release) / "parts" / "locked" / "deeper"
    deep.mkdir(parents=True)
    (deep / "file").touch()
    deep.chmod(0o500)
    deep.parent.chmod(0o000)
    builder = BuildoutReleaseBuilder(settings=site.settings)
    assert builder.remove(release)
    assert not site.directory(release).exists()


def test_without_a_software_root_there_is_nothing(site):
    (site.root / "software").rmdir()
    builder = BuildoutReleaseBuilder(settings=site.settings)
    assert not builder.remove(SoftwareUrl("https://example.com/a.cfg"))
    assert builder.directories() == ()


def test_only_release_directories_are_listed(site):
    software = site.root / "software"
    for name in ("0" * 32, "f" * 32, "g" * 32, "notes"):
        (software / name).mkdir()
        (software / name / "buildout.cfg").touch()
    (software / ("1" * 32)).mkdir()
    assert BuildoutReleaseBuilder(settings=site.settings).directories() == ("0" * 32, "f" * 32)


@pytest.mark.root
@pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes others")
def test_nothing_is_built_as_root(site):
    os.chown(site.root / "software", 0, 0)
    with pytest.raises(HostFailure, match="root"):
        build(site, site.release("web", EMPTY_INSTANCE))


@pytest.mark.root
@pytest.mark.skipif(os.geteuid() != 0, reason="only root may be led astray")
def test_links_in_a_release_lead_root_nowhere(site):
    release = site.release("web", EMPTY_INSTANCE)
    build(site, release)
    precious = site.root / "precious"
    precious.write_text("precious")
    directory = site.directory(release)
    for name in (".completed", "buildout.cfg"):
        (directory / name).unlink(missing_ok=True)
        (directory / name).symlink_to(precious)
    builder = BuildoutReleaseBuilder(settings=site.settings)
    builder.complete(release)
    assert precious.read_text() == "precious"
    with pytest.raises(HostFailure):
        builder.build(release, ignore)
    assert precious.read_text() == "precious"


@pytest.mark.parametrize(
    ("name", "complaint"),
    [("missing.cfg", "missing.cfg is not there"), ("folder", "is no file"), ("", "is neither a URL nor")],
)
def test_a_profile_that_is_not_there_is_told_before_anything_is_built(site, name, complaint):
    (site.root / "folder").mkdir()
    release = SoftwareUrl(str(site.root / name) if name else "software.cfg")
    with pytest.raises(BuildFailed, match=complaint) as caught:
        BuildoutReleaseBuilder(settings=site.settings).build(release, ignore)
    assert f"slapos remove {release}" in caught.value.hint
    assert not site.directory(release).exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may look anywhere")
def test_a_profile_in_a_directory_that_is_closed_to_the_node_is_told_with_whose_it_is(site):
    closed = site.root / "closed"
    closed.mkdir(mode=0)
    with pytest.raises(BuildFailed, match="cannot be read: Permission denied") as caught:
        BuildoutReleaseBuilder(settings=site.settings).build(SoftwareUrl(f"{closed}/software.cfg"), ignore)
    assert caught.value.hint.startswith(f"{closed} belongs to ")


@pytest.mark.root
@pytest.mark.skipif(os.geteuid() != 0, reason="becoming another user needs root")
@pytest.mark.parametrize(
    ("closed", "mode", "remedy"), [("", 0o700, "let all users pass there"), ("own.cfg", 0o600, "read it")]
)
def test_a_profile_that_whoever_builds_may_not_read_is_told_with_what_bars_the_way(
    site, closed, mode, remedy
):
    folder = site.root / "home"
    folder.mkdir(mode=0o755)
    (folder / "own.cfg").write_text("[buildout]\nparts =\n")
    (folder / closed).chmod(mode)
    with pytest.raises(BuildFailed) as caught:
        BuildoutReleaseBuilder(settings=site.settings).build(SoftwareUrl(f"{folder}/own.cfg"), ignore)
    assert "user nobody, who builds releases, may not read the profile" in caught.value.message
    assert caught.value.message.endswith(f"because of the permissions of {folder / closed}")
    assert remedy in caught.value.hint


@pytest.mark.root
@pytest.mark.skipif(os.geteuid() != 0, reason="becoming another user needs root")
def test_a_profile_that_an_access_list_opens_is_built(site):
    release = site.profile("own.cfg", "parts =\n")
    nobody = pwd.getpwnam("nobody").pw_uid
    # The owner, that user, the group, the mask and others: what each may do.
    entries = ((1, 6, -1), (2, 4, nobody), (4, 0, -1), (16, 4, -1), (32, 0, -1))
    try:
        listed = b"".join(struct.pack("<HHI", tag, may, who % 2**32) for tag, may, who in entries)
        os.setxattr(release, "system.posix_acl_access", struct.pack("<I", 2) + listed)
    except OSError:
        pytest.skip("this file system has no access lists")
    assert barrier_before(Path(release), site.account_of(site.software), os.R_OK) == Path(release)
    build(site, release)


def test_a_profile_that_was_written_after_the_build_is_noticed(site):
    release = site.release("edited", EMPTY_INSTANCE)
    builder = BuildoutReleaseBuilder(settings=site.settings)
    site.directory(release).mkdir()
    site._give(site.directory(release), "nobody", "daemon")
    assert not builder.edited_file(release)
    builder.complete(release)
    assert not builder.edited_file(release)
    os.utime(release, (time.time() + 60,) * 2)
    assert builder.edited_file(release) == release
    assert not builder.edited_file(SoftwareUrl("https://example.com/software.cfg"))


def test_a_profile_that_is_written_while_it_is_built_is_noticed(site):
    release = site.release("edited", EMPTY_INSTANCE)
    builder = BuildoutReleaseBuilder(settings=site.settings)

    def edit(_line: str) -> None:
        os.utime(release)

    for on_line, edited in ((edit, release), (ignore, "")):
        builder.build(release, on_line)
        builder.complete(release)
        assert builder.edited_file(release) == edited
        time.sleep(0.02)


@pytest.mark.root
@pytest.mark.skipif(os.geteuid() != 0, reason="becoming another user needs root")
def test_a_python_that_others_may_not_run_is_named_with_what_to_do(site, tmp_path, monkeypatch):
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    python = private / "python3"
    python.symlink_to(sys._base_executable)
    monkeypatch.setattr(sys, "_base_executable", str(python))
    with pytest.raises(HostFailure, match="Permission denied") as failure:
        build(site, site.release("web", EMPTY_INSTANCE))
    assert f"the node's own Python, {python}, which user nobody may not run" in failure.value.hint
    assert "a Python that all users may run" in failure.value.hint
