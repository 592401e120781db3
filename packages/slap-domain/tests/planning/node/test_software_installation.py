import pytest

from slap_domain.model.references import SoftwareUrl
from slap_domain.model.software_release import SoftwareState, SuppliedRelease, release_directory_name
from slap_domain.planning.node.software_installation import (
    ReleaseAction,
    leftover_directories,
    release_action,
    release_labels,
    selected_releases,
    unmatched_selection,
)

A = SuppliedRelease(url=SoftwareUrl("https://example.com/a.cfg"))
B = SuppliedRelease(url=SoftwareUrl("https://example.com/b.cfg"))
GONE = SuppliedRelease(url=SoftwareUrl("https://example.com/gone.cfg"), state=SoftwareState.DESTROYED)


@pytest.mark.parametrize(
    ("release", "complete", "forced", "action"),
    [
        (A, False, False, ReleaseAction.BUILD),
        (A, True, False, ReleaseAction.LEAVE),
        (A, True, True, ReleaseAction.BUILD),
        (GONE, True, False, ReleaseAction.REMOVE),
        (GONE, False, True, ReleaseAction.REMOVE),
    ],
)
def test_what_is_done_about_a_release(release, complete, forced, action):
    assert release_action(release, complete=complete, forced=forced) is action


def test_releases_are_selected_by_url_or_directory_name():
    assert selected_releases((A, B, GONE), ()) == (A, B, GONE)
    assert selected_releases((A, B, GONE), (B.url,)) == (B,)
    assert selected_releases((A, B, GONE), (release_directory_name(A.url), GONE.url)) == (A, GONE)


def test_names_that_match_nothing_are_told():
    assert unmatched_selection((A, B), (A.url, "typo", release_directory_name(B.url))) == ("typo",)


def test_a_directory_is_kept_for_what_is_available_or_still_in_use():
    names = [release_directory_name(release.url) for release in (A, B, GONE)]
    assert leftover_directories([*names, "0" * 32], (A, GONE)) == (names[1], names[2], "0" * 32)
    assert leftover_directories(names, (A, GONE), used=(GONE.url,)) == (names[1],)


@pytest.mark.parametrize(
    ("urls", "labels"),
    [
        (["http://host/web/software.cfg", "/srv/db/software.cfg"], ["web", "db"]),
        (["http://host/1.0/web/software.cfg", "http://host/1.1/web/software.cfg"], ["1.0/web", "1.1/web"]),
        (["/srv/web/software.cfg", "/srv/web/other.cfg"], ["web/software.cfg", "web/other.cfg"]),
        (["/srv/web/software.cfg", "/opt/srv/web/software.cfg"], ["web/software.cfg", "opt/srv/web"]),
        (["software.cfg", "http://host/raw?file=a"], ["software.cfg", "raw?file=a"]),
        (["/a/b.txt", "/a/b.txt/", "b.txt"], ["/a/b.txt", "/a/b.txt/", "b.txt"]),
    ],
)
def test_labels_tell_releases_from_each_other(urls, labels):
    found = release_labels([SuppliedRelease(url=SoftwareUrl(url)) for url in urls])
    assert list(map(found.get, urls)) == labels
