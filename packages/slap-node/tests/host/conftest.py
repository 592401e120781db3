"""Names of users and groups that are removed again after a test."""

import grp
import itertools
import os
import pwd
import subprocess

import pytest

_NUMBERS = itertools.count()


@pytest.fixture
def new_name():
    """Return a maker of names of no user and no group."""
    if os.geteuid() != 0:
        pytest.skip("users and groups can only be made by root")
    names = []

    def make():
        names.append(f"slt{os.getpid()}n{next(_NUMBERS)}")
        return names[-1]

    yield make
    users, groups = {user.pw_name for user in pwd.getpwall()}, {group.gr_name for group in grp.getgrall()}
    for name in names:
        if name in users:
            subprocess.run(["userdel", name], check=True, capture_output=True)
    for name in names:
        if name in groups and name in {group.gr_name for group in grp.getgrall()}:
            subprocess.run(["groupdel", name], check=True, capture_output=True)
