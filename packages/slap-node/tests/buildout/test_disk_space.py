from pathlib import PurePosixPath

import pytest

from slap_domain.errors import HostFailure
from slap_node.buildout.disk_space import check_free_space


def test_space_is_looked_for_at_the_nearest_directory_that_exists(tmp_path):
    check_free_space(PurePosixPath(tmp_path / "a" / "b"), 1)
    with pytest.raises(HostFailure, match="not enough space"):
        check_free_space(PurePosixPath(tmp_path / "a" / "b"), 2**70)
