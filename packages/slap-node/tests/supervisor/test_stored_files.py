import pytest

from slap_domain.errors import HostFailure
from slap_domain.planning.node.supervision import StoredFile
from slap_node.supervisor.stored_files import (
    delete_stored,
    group_names,
    read_stored,
    write_if_different,
    write_stored,
)


def test_a_file_is_written_only_when_text_or_mode_differ(tmp_path):
    path = tmp_path / "f"
    assert write_if_different(path, "one")
    assert read_stored(path) == StoredFile(text="one", mode=0o600)
    assert not write_if_different(path, "one")
    path.chmod(0o644)
    assert write_if_different(path, "one")
    assert write_if_different(path, "two")
    assert [entry.name for entry in tmp_path.iterdir()] == ["f"]


def test_what_cannot_be_done_is_a_host_failure(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    for attempt in (
        lambda: read_stored(tmp_path / "folder"),
        lambda: write_stored(tmp_path / "none" / "f", "x"),
        lambda: write_stored(tmp_path / "folder", "x"),
        lambda: delete_stored(tmp_path / "folder"),
        lambda: group_names(tmp_path / "file"),
    ):
        with pytest.raises(HostFailure):
            attempt()
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["file", "folder"]


def test_groups_are_named_by_their_files(tmp_path):
    for name in ("b.conf", "a.conf", ".a.conf.1234", "note.txt"):
        (tmp_path / name).touch()
    assert group_names(tmp_path) == ("a", "b")
    assert group_names(tmp_path / "none") == ()
