import os
from pathlib import Path, PurePosixPath

import pytest

from slap_node import guarded_files, guarded_removal


@pytest.fixture
def root(tmp_path) -> PurePosixPath:
    return PurePosixPath(tmp_path)


def test_a_directory_is_opened_up_but_no_link_in_its_place(root, tmp_path):
    (tmp_path / "closed").mkdir(mode=0o000)
    (tmp_path / "link").symlink_to("closed")
    parent = os.open(tmp_path, os.O_RDONLY)
    try:
        with pytest.raises(OSError, match=r"link|Not a directory"):
            guarded_removal._open_up(parent, "link")
        assert (tmp_path / "closed").stat().st_mode & 0o777 == 0
        guarded_removal._open_up(parent, "closed")
    finally:
        os.close(parent)
    assert (tmp_path / "closed").stat().st_mode & 0o777 == 0o700


def test_read_only_trees_are_removed(root, tmp_path):
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)
    (deep / "file").touch()
    deep.chmod(0o000)
    deep.parent.chmod(0o500)
    assert guarded_files.remove_tree(root, "a")
    assert not (tmp_path / "a").exists()


def test_a_tree_is_removed_however_deep_and_wide_it_is(root, tmp_path):
    directory = os.open(tmp_path, os.O_RDONLY)
    for _ in range(1200):
        os.mkdir("d", dir_fd=directory)
        below = os.open("d", os.O_RDONLY, dir_fd=directory)
        os.close(directory)
        directory = below
        os.close(os.open("file", os.O_CREAT | os.O_WRONLY, dir_fd=directory))
    os.close(directory)
    for name in ("a", "b", "c"):
        (tmp_path / "d" / name / "below").mkdir(parents=True)
    before = len(list(Path("/proc/self/fd").iterdir()))
    assert guarded_files.remove_tree(root, "d")
    assert list(tmp_path.iterdir()) == []
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_what_is_moved_while_it_is_removed_leads_nowhere_else(root, tmp_path):
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "elsewhere").mkdir()
    inner = os.open(tmp_path / "a" / "b", os.O_RDONLY)
    level = guarded_removal._Level(name="b", above=guarded_removal._identity(inner))
    try:
        with pytest.raises(OSError, match="was moved"):
            guarded_removal._left(inner, level)
    finally:
        os.close(inner)
