import os
from pathlib import PurePosixPath

import pytest

from slap_domain.errors import HostFailure
from slap_domain.model.references import PartitionId
from slap_node.partitions.places import name_of, owner_of, partition_place, permission_hint, runs_as_root


def test_a_partition_is_where_it_is_and_its_owners(site):
    place = site.partition()
    assert place.path == site.settings.instance_root / "slappart0"
    assert (place.account is not None) == site.is_root == runs_as_root()
    if site.is_root:
        assert place.account.name == "daemon"


def test_what_is_not_there_is_a_failure_of_the_host(tmp_path):
    with pytest.raises(HostFailure, match="has no directory"):
        partition_place(PurePosixPath(tmp_path), PartitionId("slappart0"))
    with pytest.raises(HostFailure, match="cannot look at"):
        owner_of(PurePosixPath(tmp_path / "nowhere"))


def test_whose_a_place_is_that_cannot_be_written_is_said(tmp_path):
    path, me = PurePosixPath(tmp_path / "missing" / "file"), name_of(os.geteuid())
    hint = permission_hint(path, PermissionError())
    assert hint == f"{tmp_path} belongs to {me}, and this runs as {me}: run it as root"
    assert permission_hint(path, FileNotFoundError()) == ""
    assert name_of(54321) == "54321"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may look anywhere")
def test_whose_a_closed_directory_is_is_said_of_what_may_be_in_it(tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0)
    hint = permission_hint(PurePosixPath(closed / "folder" / "file"), PermissionError())
    assert hint.startswith(f"{closed} belongs to ")


@pytest.mark.root
@pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes others")
def test_roots_and_nobodys_directories_are_refused(site, tmp_path):
    path = PurePosixPath(site.partition().path)
    os.chown(path, 0, 0)
    with pytest.raises(HostFailure, match="is root's"):
        owner_of(path)
    assert owner_of(path, single_user=True) is None
    os.chown(path, 54321, 54321)
    with pytest.raises(HostFailure, match="user 54321, who does not exist"):
        owner_of(path)
    os.chown(path, 1, 0)
    assert owner_of(path).gid != 0
