"""The account of a partition."""

from pathlib import PurePosixPath

import pytest

from slap_domain.errors import HostFailure
from slap_domain.model.partition import Account


@pytest.mark.parametrize(("uid", "gid"), [(0, 1000), (1000, 0)])
def test_root_is_no_account_of_a_partition(uid, gid):
    with pytest.raises(HostFailure, match="is root's") as failure:
        Account(name="root", uid=uid, gid=gid, home=PurePosixPath("/"))
    assert "alter_user = true" in failure.value.hint
