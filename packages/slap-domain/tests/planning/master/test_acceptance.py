import pytest

from slap_domain.errors import InvalidInput
from slap_domain.planning.master.acceptance import check_filters, check_release


@pytest.mark.parametrize(
    "release",
    [
        "https://example.com/software.cfg",
        "HTTP://user:word@[2001:db8::1]:8080/a.cfg?x=1#y",
        "ftp://example.com/a",
        "file:///srv/a b.cfg".replace(" ", "%20"),
        "/srv/my releases/software.cfg",
        "https://bücher.example/é.cfg",
    ],
)
def test_releases_that_a_node_could_fetch_are_taken(release):
    check_release(release)


@pytest.mark.parametrize(
    "release",
    [
        "javascript:alert(1)",
        "relative/software.cfg",
        "~/software.cfg",
        "http://",
        "http:///software.cfg",
        "file:software.cfg",
        "git+ssh://example.com/a",
        "http://[::1",
        "http://example.com:99999/",
        "http://example.com:x/",
        " https://example.com/",
        "https://example.com/a b",
        "https://exam\u2003ple.com/",
    ],
)
def test_other_texts_are_no_releases(release):
    with pytest.raises(InvalidInput, match="cannot be fetched") as refusal:
        check_release(release)
    assert refusal.value.hint


@pytest.mark.parametrize(
    "filters",
    [
        {},
        {"computer_guid": "", "project_guid": None, "retention_delay": ""},
        {"computer_guid": "COMP-1", "retention_delay": 0, "anything": ["else"]},
        {"retention_delay": "1.5"},
        {"retention_delay": 10**9},
    ],
)
def test_filters_that_mean_something_are_taken(filters):
    check_filters(filters)


@pytest.mark.parametrize(
    "delay", [-1, "-0.1", float("inf"), "inf", float("nan"), "nan", "soon", True, 10**400, [1], {}]
)
def test_a_retention_delay_is_a_number_of_days(delay):
    with pytest.raises(InvalidInput, match="retention_delay"):
        check_filters({"retention_delay": delay})


@pytest.mark.parametrize("name", ["computer_guid", "instance_guid", "project_guid", "network_guid"])
@pytest.mark.parametrize("value", [5, ["x"], {"a": "b"}, True])
def test_references_are_texts(name, value):
    with pytest.raises(InvalidInput, match=name):
        check_filters({name: value})
