from pathlib import PurePosixPath

import pytest

from slap_domain.model.references import SoftwareUrl
from slap_domain.planning.master.local_releases import is_move, moved_release

OLD, NEW = PurePosixPath("/srv/old"), PurePosixPath("/home/new")


@pytest.mark.parametrize(
    ("old", "new", "moves"),
    [("/a", "/b", True), ("/a", "/a", False), ("/", "/b", False), ("/a/b", "/a", False), ("/ab", "/a", True)],
)
def test_roots_that_contain_each_other_are_no_move(old, new, moves):
    assert is_move(PurePosixPath(old), PurePosixPath(new)) is moves


@pytest.mark.parametrize(
    ("url", "existing", "expected"),
    [
        ("/srv/old/a/software.cfg", set(), "/home/new/a/software.cfg"),
        ("/srv/old/a", {"/srv/old/a", "/home/new/a"}, "/home/new/a"),
        ("/srv/old/a", {"/srv/old/a"}, "/srv/old/a"),
        ("/srv/older/a", set(), "/srv/older/a"),
        ("https://example.com/srv/old/a", set(), "https://example.com/srv/old/a"),
        ("relative/a", set(), "relative/a"),
    ],
)
def test_files_below_the_old_root_move_unless_they_did_not(url, existing, expected):
    assert moved_release(SoftwareUrl(url), OLD, NEW, lambda path: str(path) in existing) == expected
