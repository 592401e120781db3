from pathlib import Path, PurePosixPath

import pytest

from slap_domain.errors import ConfigurationError, HostFailure
from slap_node import guarded_files
from slap_node.buildout.shared_parts import SharedPartPruner, shared_part_directory


@pytest.fixture
def shared(tmp_path):
    """Makes shared parts, each mentioning others."""

    def make(name: str, signature: str, *mentions: str) -> PurePosixPath:
        path = tmp_path / "shared" / name / signature
        path.mkdir(parents=True)
        (path / ".buildout-shared.json").write_text("".join(f"/shared/{word} " for word in mentions))
        return PurePosixPath(path)

    return make


def pruner(tmp_path, **options) -> SharedPartPruner:
    return SharedPartPruner(
        shared=PurePosixPath(tmp_path / "shared"),
        software_roots=(PurePosixPath(tmp_path / "software"),),
        **options,
    )


def mention(tmp_path, text: str, name: str = ".installed.cfg", root: str = "software") -> None:
    path = tmp_path / root / ("0" * 32) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_what_a_release_mentions_stays_and_what_that_needs_too(shared, tmp_path):
    used, needed = shared("python", "aaaaaaaaaaaa", "openssl/bbbbbbbbbbbb"), shared("openssl", "bbbbbbbbbbbb")
    tool = shared("tool", "cccccccccccc")
    old, chain = shared("python", "dddddddddddd", "zlib/eeeeeeeeeeee"), shared("zlib", "eeeeeeeeeeee")
    mention(tmp_path, "path = /shared/python/aaaaaaaaaaaa/bin")
    mention(tmp_path, "#!/shared/tool/cccccccccccc/sh", "bin/run")
    (tmp_path / "shared" / "file").touch()
    (tmp_path / "software" / "file").touch()
    (tmp_path / "software" / ("0" * 32) / "bin" / "gone").symlink_to("nowhere")
    told: list[PurePosixPath] = []

    assert pruner(tmp_path).unused() == (old, chain)
    assert pruner(tmp_path).prune(told.append) == (old, chain)

    assert told == [old, chain]
    assert all(Path(path).exists() for path in (used, needed, tool))
    assert not Path(old).exists()
    assert not Path(chain).exists()
    assert pruner(tmp_path).prune(told.append) == ()


def test_a_part_that_is_half_removed_is_not_found_and_goes_the_next_time(shared, tmp_path, monkeypatch):
    part = shared("python", "aaaaaaaaaaaa", "openssl/bbbbbbbbbbbb")
    needed = shared("openssl", "bbbbbbbbbbbb")

    def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(guarded_files, "remove_tree", killed)
        with pytest.raises(KeyboardInterrupt):
            pruner(tmp_path).prune(lambda _: None)
    assert not Path(part).exists()
    assert len(list(Path(part.parent).iterdir())) == 1
    assert shared("python", "aaaaaaaaaaaa") == part  # it was built again meanwhile, and is used
    mention(tmp_path, "path = /shared/python/aaaaaaaaaaaa/bin")
    assert pruner(tmp_path).prune(lambda _: None) == (needed, part.parent / ".aaaaaaaaaaaa.pruned")
    assert [path.name for path in Path(part.parent).iterdir()] == ["aaaaaaaaaaaa"]


def test_a_part_that_mentions_itself_is_not_kept_by_that(shared, tmp_path):
    part = shared("self", "aaaaaaaaaaaa", "self/aaaaaaaaaaaa")
    assert pruner(tmp_path).unused() == (part,)


def test_other_software_directories_and_nested_nodes_count(shared, tmp_path):
    other, nested = shared("a", "aaaaaaaaaaaa"), shared("b", "bbbbbbbbbbbb")
    mention(tmp_path, "aaaaaaaaaaaa", root="other")
    mention(tmp_path, "bbbbbbbbbbbb", root="nested")
    inner = tmp_path / "instance" / "slappart0" / "etc"
    inner.mkdir(parents=True)
    (inner / "slapos.cfg").write_text(f"[slapos]\nsoftware_root = {tmp_path}/nested\n")
    (tmp_path / "instance" / "slapos.cfg").write_text("this is no configuration")
    whole = SharedPartPruner(
        shared=PurePosixPath(tmp_path / "shared"),
        software_roots=(PurePosixPath(tmp_path / "software"), PurePosixPath(tmp_path / "other")),
        instance_root=PurePosixPath(tmp_path / "instance"),
    )
    assert whole.unused() == ()
    assert pruner(tmp_path).unused() == (other, nested)


def test_the_last_directory_of_the_list_is_pruned():
    paths = (PurePosixPath("/a"), PurePosixPath("/b"))
    assert shared_part_directory(paths, "slapos.cfg") == PurePosixPath("/b")
    with pytest.raises(ConfigurationError, match="shared_part_list is missing"):
        shared_part_directory((), "slapos.cfg")


def test_short_and_odd_names_count_too(shared, tmp_path):
    short, odd, end = shared("a", "abc"), shared("b", "a+b c"), shared("c", "cccccccccccc")
    mention(tmp_path, "/shared/a/abc/lib /shared/b/a+b c/lib, see cccccccccccc.")
    assert pruner(tmp_path).unused() == ()
    mention(tmp_path, "nothing")
    assert pruner(tmp_path).unused() == (short, odd, end)


def test_a_reference_at_the_end_of_a_large_file_counts(shared, tmp_path):
    shared("a", "aaaaaaaaaaaa")
    mention(tmp_path, "x\n" * 2**23 + "/shared/a/aaaaaaaaaaaa", "bin/large")
    assert pruner(tmp_path).unused() == ()


@pytest.mark.parametrize("unreadable", [".installed.cfg", "bin", "bin/run"])
def test_nothing_is_pruned_while_a_reference_cannot_be_read(shared, tmp_path, unreadable):
    part = shared("a", "aaaaaaaaaaaa")
    mention(tmp_path, "nothing")
    # A loop of links is unreadable for root too.
    path = tmp_path / "software" / ("0" * 32) / unreadable
    path.unlink(missing_ok=True)
    path.parent.mkdir(exist_ok=True)
    path.symlink_to(path)
    with pytest.raises(HostFailure, match="may use shared parts"):
        pruner(tmp_path).prune(lambda _: None)
    assert Path(part).exists()
