"""Names of users and groups by their numbers."""

import grp
import pwd

import pytest

from slap_node.account_names import AccountNames

NOBODY = 4_000_000_000


@pytest.fixture
def names():
    return AccountNames()


def test_every_user_and_group_has_the_name_that_is_looked_up(names):
    for uid in {user.pw_uid for user in pwd.getpwall()}:
        assert names.user(uid) == pwd.getpwuid(uid).pw_name
    for gid in {group.gr_gid for group in grp.getgrall()}:
        assert names.group(gid) == grp.getgrgid(gid).gr_name


def test_what_has_no_name_is_its_number(names):
    assert (names.user(NOBODY), names.group(NOBODY)) == (str(NOBODY), str(NOBODY))
    assert (names.user(None), names.group(None)) == ("", "")
