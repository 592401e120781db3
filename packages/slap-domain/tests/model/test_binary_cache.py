"""Entries of the binary cache."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slap_domain.errors import InvalidInput
from slap_domain.model.binary_cache import (
    CacheEntry,
    OperatingSystem,
    Platform,
    cache_entries,
    entry_text,
    file_key,
    is_http,
    listed,
    package_key,
    release_key,
)

URL = "http://git.erp5.org/gitweb/slapos.git/blob_plain/refs/tags/slapos-0.156:/software/kvm/software.cfg"
BOOKWORM = OperatingSystem(id="debian", version="12", codename="bookworm")
HERE = Platform(multiarch="x86_64-linux-gnu", system=BOOKWORM, software_root="/opt/slapgrid")


def system(*values):
    return OperatingSystem(id=values[0], version=values[1], codename=values[2])


def test_keys():
    assert release_key(URL) == "4410088e11f370503e9d78db4cfa4ec4"
    assert release_key("4410088e11f370503e9d78db4cfa4ec4") == "4410088e11f370503e9d78db4cfa4ec4"
    assert file_key("x") == "file-urlmd5:9dd4e461268c8034f5c8564e155c67a6"
    assert package_key("six", "1.0") == "pypi:six=1.0"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (("debian", "12", "bookworm"), ("Debian", "12.5", "x"), True),
        (("debian", "12", ""), ("raspbian", "12", ""), True),
        (("debian", "12", ""), ("debian", "11", ""), False),
        (("Ubuntu", "12.04", "precise"), ("ubuntu", "12.04", "precise"), True),
        (("ubuntu", "12.04", "precise"), ("ubuntu", "12.10", "precise"), False),
        (("ubuntu", "12.04", "precise"), ("ubuntu", "12.04", "other"), False),
    ],
)
def test_which_systems_run_each_others_builds(one, other, same):
    assert system(*one).runs_builds_of(system(*other)) is same
    assert system(*other).runs_builds_of(system(*one)) is same


def test_what_is_written_is_read_and_runs_here():
    text = entry_text(sha512="a" * 128, url=URL, platform=HERE)
    [entry] = cache_entries(json.dumps([[text, "sig"]]))
    assert entry == CacheEntry(
        sha512="a" * 128,
        text=text,
        signature="sig",
        url=URL,
        software_root="/opt/slapgrid",
        multiarch="x86_64-linux-gnu",
        system=BOOKWORM,
    )
    assert entry.runs_on(HERE)


@pytest.mark.parametrize("value", ["", "(", "('a', 'b')", "('a', 2, 'c')", 7, None, ["a"], "x" * 1000])
def test_a_system_that_makes_no_sense_is_none(value):
    text = json.dumps({"sha512": "a" * 128, "os": value})
    [entry] = cache_entries(json.dumps([[text, ""]]))
    assert entry.system is None
    assert not entry.runs_on(HERE)


@pytest.mark.parametrize("document", ["", "{", "{}", "7", '"x"', "[" * 100_000])
def test_what_is_no_list_is_refused(document):
    with pytest.raises(InvalidInput):
        cache_entries(document)


@given(
    st.recursive(st.none() | st.integers() | st.text(max_size=5), st.lists, max_leaves=8).map(
        lambda x: [x, x]
    )
)
def test_entries_that_make_no_sense_are_left_out(item):
    good = json.dumps({"sha512": "b" * 128})
    assert [entry.sha512 for entry in cache_entries(json.dumps([*item, [good, ""]]))] == ["b" * 128]


def test_lists_are_of_prefixes():
    assert listed("https://a/b", ("https://a/",))
    assert not listed("https://a/b", ("https://b/",))
    assert not listed("https://a/b", ())
    assert is_http("https://a")
    assert not is_http("file:///a")
