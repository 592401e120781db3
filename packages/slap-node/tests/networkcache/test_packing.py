"""Packing a release whose builder is not to be trusted, without following a link of his."""

import os
import tarfile
from pathlib import Path, PurePosixPath

import pytest

from slap_domain.errors import HostFailure, InvalidInput
from slap_domain.model.partition import Account
from slap_node.networkcache.packing import pack

BUILDER = Account(name="builder", uid=os.getuid() + 1, gid=os.getgid() + 1, home=PurePosixPath("/"))


@pytest.fixture
def release(tmp_path):
    folder = tmp_path / "release"
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "server").write_text("#!/bin/sh\n")
    return folder


@pytest.fixture
def packed(tmp_path, release):
    def run(builder=None):
        archive = tmp_path / "archive.tar.gz"
        pack(release, archive, links_allowed=frozenset(), builder=builder)
        with tarfile.open(archive) as file:
            return {member.name: member for member in file}

    return run


def test_names_of_one_file_are_links(release, packed):
    os.link(release / "bin" / "server", release / "again")
    members = packed()
    assert list(members) == ["release", "release/again", "release/bin", "release/bin/server"]
    assert members["release/again"].isreg()
    assert members["release/bin/server"].linkname == "release/again"
    assert {(member.uid, member.gid, member.uname) for member in members.values()} == {(0, 0, "root")}


def test_what_the_builder_may_not_read_is_refused(release, packed):
    secret = release / "bin" / "secret"
    secret.write_text("of somebody else")
    secret.chmod(0o600)
    with pytest.raises(InvalidInput, match="bin/secret' is nothing that its builder builder may read"):
        packed(BUILDER)
    secret.chmod(0o644)
    assert "release/bin/secret" in packed(BUILDER)


def test_a_directory_that_the_builder_may_not_read_is_refused(release, packed):
    release.chmod(0o700)
    with pytest.raises(InvalidInput, match="'release' is nothing"):
        packed(BUILDER)


@pytest.mark.parametrize(
    ("mode", "uid", "gid", "readable"),
    [
        (0o600, BUILDER.uid, 0, True),
        (0o044, BUILDER.uid, BUILDER.gid, False),
        (0o640, 0, BUILDER.gid, True),
        (0o604, 0, BUILDER.gid, False),
        (0o604, 0, 0, True),
    ],
)
def test_readable_is_what_the_mode_says(release, packed, mode, uid, gid, readable):
    if os.geteuid() != 0:
        pytest.skip("only root can give files away")
    file = release / "file"
    file.write_text("")
    file.chmod(mode)
    os.chown(file, uid, gid)
    if readable:
        assert "release/file" in packed(BUILDER)
    else:
        with pytest.raises(InvalidInput):
            packed(BUILDER)


def test_a_release_that_is_a_link_is_not_followed(release, packed, tmp_path):
    release.rename(tmp_path / "elsewhere")
    release.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(HostFailure, match="cannot pack"):
        packed()


def test_a_directory_that_becomes_a_link_meanwhile_is_not_followed(release, packed, monkeypatch):
    look = os.stat

    def exchanging(path, **values):
        status = look(path, **values)
        if path == "bin" and not (release / "bin").is_symlink():
            (release / "bin").rename(release / "was")
            (release / "bin").symlink_to("/etc")
        return status

    monkeypatch.setattr(os, "stat", exchanging)
    with pytest.raises(HostFailure, match="cannot pack"):
        packed()


def test_a_file_that_becomes_a_pipe_meanwhile_holds_nobody_up(release, packed, monkeypatch):
    look = os.stat

    def exchanging(path, **values):
        status = look(path, **values)
        if path == "server":
            (release / "bin" / "server").unlink()
            os.mkfifo(release / "bin" / "server")
        return status

    monkeypatch.setattr(os, "stat", exchanging)
    with pytest.raises(InvalidInput, match="is no file any more"):
        packed()


def test_a_pipe_is_refused(release, packed):
    os.mkfifo(release / "pipe")
    with pytest.raises(InvalidInput, match="pipe' is a device or a pipe"):
        packed()


def test_a_tree_without_a_bottom_is_refused(release, packed):
    Path(release, *["d"] * 201).mkdir(parents=True)
    with pytest.raises(InvalidInput, match="more than 200 directories deep"):
        packed()
