import json
import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from slap_domain.errors import DeploymentFailed, HostFailure
from slap_domain.model.instance import InstanceState
from slap_node.managers.devperm import DiskPermissions
from slap_node.programs.processes import Finished


@pytest.fixture
def device(tmp_path):
    """Return the path of a block device of nobody's; needs root."""
    path = tmp_path / "disk"
    try:
        os.mknod(path, 0o600 | stat.S_IFBLK, os.makedev(7, 250))
    except PermissionError:
        pytest.skip("block devices cannot be made here")
    return path


def _manager(context, *disks, **changes):
    listing = "".join(f"{disk}\n" for disk in disks)
    return DiskPermissions(context("devperm", run=lambda _: Finished(status=0, output=listing), **changes))


def _wish(*disks):
    return {".slapos-disk-permission": json.dumps([{"disk": str(disk)} for disk in disks])}


@pytest.mark.root
@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_a_disk_is_given_to_the_user_and_the_group_of_disks(context, partition, nobody, device, tmp_path):
    link = tmp_path / "by-id"
    link.symlink_to(device)
    manager = _manager(context, device)
    for _ in range(2):
        manager.instance_ended(partition(_wish(device, link), account=nobody))
    status = device.stat()
    assert (status.st_uid, Path(device).group()) == (65534, "disk")


@pytest.mark.root
@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_only_block_devices_that_the_machine_knows_are_given(context, partition, nobody, device, tmp_path):
    with pytest.raises(DeploymentFailed, match="no disk of this machine"):
        _manager(context).instance_ended(partition(_wish(device), account=nobody))
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(DeploymentFailed, match="no block device"):
        _manager(context, file).instance_ended(partition(_wish(file), account=nobody))
    missing = tmp_path / "missing"
    with pytest.raises(HostFailure, match="cannot give"):
        _manager(context, missing).instance_ended(partition(_wish(missing), account=nobody))
    assert device.stat().st_uid == 0


def test_a_disk_that_is_not_allowed_is_refused(context, partition, nobody):
    manager = _manager(context, options={"allowed-disk-for-vm": "/dev/a\n/dev/b"})
    with pytest.raises(DeploymentFailed, match="not for partitions"):
        manager.instance_ended(partition(_wish("/dev/c"), account=nobody))


def test_without_a_user_of_its_own_a_partition_gets_no_disk(context, partition):
    with pytest.raises(HostFailure, match="needs root"):
        _manager(context).instance_ended(partition(_wish("/dev/c")))


def test_nothing_is_given_without_a_wish_or_to_stopped_instances(context, partition, free):
    def never(command):
        raise AssertionError(command)

    manager = DiskPermissions(context("devperm", run=never))
    manager.instance_ended(partition())
    manager.instance_ended(partition(_wish()))
    manager.instance_ended(partition(_wish("/dev/c"), state=InstanceState.STOPPED))
    manager.instance_ended(free)


def test_a_machine_without_lsblk_is_told(context, partition, nobody):
    failed = Finished(status=1, output="lsblk: no such thing\n")
    manager = DiskPermissions(context("devperm", run=lambda _: failed))
    with pytest.raises(HostFailure, match="lsblk: no such thing"):
        manager.instance_ended(partition(_wish("/dev/c"), account=nobody))
    slow = replace(failed, timed_out=True)
    manager = DiskPermissions(context("devperm", run=lambda _: slow))
    with pytest.raises(HostFailure, match="takes too long"):
        manager.instance_ended(partition(_wish("/dev/c"), account=nobody))


def test_the_group_of_disks_must_exist(monkeypatch):
    from slap_node.managers import devperm  # noqa: PLC0415

    monkeypatch.setattr(devperm, "_GROUP", "no-such-group-here")
    with pytest.raises(HostFailure, match="no-such-group-here"):
        devperm._disk_group()
