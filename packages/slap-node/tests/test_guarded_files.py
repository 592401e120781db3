import os
from pathlib import Path, PurePosixPath

import pytest

from slap_domain.errors import HostFailure
from slap_domain.model.partition import Account
from slap_node import guarded_files


@pytest.fixture
def root(tmp_path) -> PurePosixPath:
    return PurePosixPath(tmp_path)


def test_what_is_written_is_read(root, tmp_path):
    guarded_files.write_text(root, "a", "b", "file", text="é\n", mode=0o600)
    assert guarded_files.read_text(root, "a", "b", "file") == "é\n"
    assert guarded_files.read_text(root, "a", "b", "file", limit=2) == "é"
    assert (tmp_path / "a/b/file").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o750
    assert guarded_files.entries(root, "a", "b") == ("file",)
    assert guarded_files.modification_time(root, "a", "b", "file") > 0


def test_what_is_not_there_is_nothing(root):
    assert guarded_files.read_text(root, "a", "file") is None
    assert guarded_files.modification_time(root, "file") is None
    assert guarded_files.entries(root, "a") == ()
    assert not guarded_files.remove(root, "a", "file")
    assert not guarded_files.remove_tree(root, "a")
    guarded_files.write_text(root, "file", text="")
    assert guarded_files.read_text(root, "file", "below") is None
    assert guarded_files.modification_time(root, "file", "below") is None
    assert guarded_files.entries(root, "file") == ()
    assert not guarded_files.remove(root, "file", "below")
    assert not guarded_files.remove_tree(root, "file", "below")


def test_links_are_not_followed(root, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "file").write_text("precious")
    (tmp_path / "inside").mkdir()
    (tmp_path / "inside" / "link").symlink_to(outside)
    (tmp_path / "inside" / "file").symlink_to(outside / "file")
    inside = root / "inside"

    for attempt in (
        lambda: guarded_files.read_text(inside, "file"),
        lambda: guarded_files.append_text(inside, "file", text="x"),
        lambda: guarded_files.write_text(inside, "link", "file", text="x"),
        lambda: guarded_files.make_directory(inside, "link", "deeper"),
    ):
        with pytest.raises(HostFailure):
            attempt()
    guarded_files.write_text(inside, "file", text="mine")
    assert (tmp_path / "inside" / "file").read_text() == "mine"
    assert guarded_files.remove_tree(inside, "link")
    assert (outside / "file").read_text() == "precious"


def test_what_is_no_regular_file_is_refused(root, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    for name in ("pipe", "folder"):
        with pytest.raises(HostFailure, match=r"no regular file|Is a directory"):
            guarded_files.read_text(root, name)
    with pytest.raises(HostFailure):
        guarded_files.append_text(root, "pipe", text="x")
    with pytest.raises(HostFailure):
        guarded_files.remove(root, "folder")


def test_a_write_that_fails_leaves_the_old_and_nothing_else(root, tmp_path):
    guarded_files.write_text(root, "file", text="old")
    with pytest.raises(UnicodeEncodeError):
        guarded_files.write_text(root, "file", text="\ud800")
    assert (tmp_path / "file").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_lines_are_added_and_rotated(root, tmp_path):
    for text in ("one\n", "two\n", "three\n"):
        guarded_files.append_text(root, "log", text=text, rotate_at=8)
    assert (tmp_path / "log").read_text() == "three\n"
    assert (tmp_path / "log.1").read_text() == "one\ntwo\n"


def test_a_log_that_is_there_keeps_its_owner(root, tmp_path, monkeypatch):
    given = []
    monkeypatch.setattr(os, "fchown", lambda file, uid, gid: given.append((uid, gid)))
    owner = Account(name="slapuser0", uid=4242, gid=4243, home=root)
    for text in ("one\n", "two\n"):
        guarded_files.append_text(root, "log", text=text, owner=owner)
    assert given == [(4242, 4243)]
    assert (tmp_path / "log").read_text() == "one\ntwo\n"


def test_nothing_is_added_to_a_file_that_has_another_name(root, tmp_path):
    (tmp_path / "precious").write_text("precious")
    (tmp_path / "log").hardlink_to(tmp_path / "precious")
    with pytest.raises(HostFailure, match="another name"):
        guarded_files.append_text(root, "log", text="x")
    assert (tmp_path / "precious").read_text() == "precious"


def test_own_text_is_what_we_alone_wrote(root, tmp_path, monkeypatch):
    assert guarded_files.read_own_text(root, "record") is None
    guarded_files.write_text(root, "record", text="rules")
    assert guarded_files.read_own_text(root, "record") == "rules"
    (tmp_path / "second").hardlink_to(tmp_path / "record")
    assert guarded_files.read_own_text(root, "record") is None
    (tmp_path / "second").unlink()
    (tmp_path / "link").symlink_to("record")
    with pytest.raises(HostFailure, match="cannot read"):
        guarded_files.read_own_text(root, "link")
    monkeypatch.setattr(os, "geteuid", lambda: 4242)
    assert guarded_files.read_own_text(root, "record") is None


def test_a_directory_that_cannot_be_given_away_leaks_no_descriptor(root, monkeypatch):
    def refuse(*_):
        raise PermissionError(1, "not permitted")

    monkeypatch.setattr(os, "fchown", refuse)
    before = list(Path("/proc/self/fd").iterdir())
    with pytest.raises(HostFailure, match="not permitted"):
        guarded_files.make_directory(root, "a", owner=Account(name="x", uid=1, gid=1, home=root))
    assert len(list(Path("/proc/self/fd").iterdir())) == len(before)


def test_a_directory_that_is_a_file_is_a_failure(root):
    guarded_files.write_text(root, "file", text="")
    with pytest.raises(HostFailure, match="cannot make"):
        guarded_files.make_directory(root, "file", "below")
    with pytest.raises(HostFailure, match="cannot write"):
        guarded_files.write_text(root, "file", "below", text="")
