"""What is measured of a machine and its partitions."""

import errno
import os
import subprocess
import time
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath
from types import SimpleNamespace

import psutil
import pytest

from slap_domain.errors import HostFailure
from slap_domain.model.consumption.figures import Owner
from slap_domain.testing.collection_contract import GaugesContract
from slap_node.collect import gauges
from slap_node.collect.folders import folder_size
from slap_node.collect.gauges import LocalGauges
from slap_node.system_clock import SystemClock


class TestLocalGauges(GaugesContract):
    @pytest.fixture(autouse=True)
    def _remember(self, node, busy):
        self._node = node

    def make_gauges(self):
        return self._node.gauges


def test_processes_are_attributed_to_their_partition(node, busy):
    time.sleep(0.3)
    snapshot = node.collect()
    [figures] = [item for item in snapshot.processes if item.pid == busy.pid]
    assert figures.owner == "slappart0"
    assert figures.cpu_time > 0
    assert figures.memory_rss > 1_000_000
    assert figures.process == f"{busy.pid}-{psutil.Process(busy.pid).create_time()}"
    assert all(item.owner == "slappart0" for item in snapshot.processes)

    node.clock.moved = timedelta(seconds=1)
    time.sleep(0.3)
    [again] = [item for item in node.collect().processes if item.pid == busy.pid]
    assert again.cpu_time > figures.cpu_time
    assert 1 < again.cpu_percent < 100


def test_a_machine_without_figures_is_told(node, monkeypatch):
    def fail():
        raise RuntimeError("no /proc")

    monkeypatch.setattr(gauges.psutil, "virtual_memory", fail)
    with pytest.raises(HostFailure, match="figures of this computer cannot be had: no /proc"):
        node.collect()


def test_an_instance_root_that_is_missing_is_told(tmp_path):
    with pytest.raises(HostFailure, match="cannot list"):
        LocalGauges(PurePosixPath(tmp_path / "none"), "slappart", SystemClock().now).owners()


def test_a_partition_with_a_user_of_its_own_is_known_by_that(tmp_path):
    if os.geteuid() != 0:
        pytest.skip("only root can give directories away")
    for number, uid in enumerate((65534, 54321)):
        folder = tmp_path / f"slappart{number}"
        folder.mkdir()
        os.chown(folder, uid, uid)
    names = [
        each.name for each in LocalGauges(PurePosixPath(tmp_path), "slappart", SystemClock().now).owners()
    ]
    assert names == ["nobody", "54321"]


def test_extra_disks_count(tmp_path):
    (tmp_path / "inst" / "slappart0" / "DATA").mkdir(parents=True)
    (tmp_path / "disk").mkdir()
    (tmp_path / "disk" / "file").write_bytes(b"x" * 2_000_000)
    (tmp_path / "inst" / "slappart0" / "DATA" / "data0").symlink_to(tmp_path / "disk")
    local = LocalGauges(PurePosixPath(tmp_path / "inst"), "slappart", SystemClock().now)
    [owner] = local.owners()
    assert len(owner.folders) == 2
    assert local.disk_usage(owner) > 1900


def test_folders_are_measured_as_du_does(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "file").write_bytes(b"x" * 100_000)
    os.link(tmp_path / "a" / "file", tmp_path / "again")
    (tmp_path / "link").symlink_to("/")
    (tmp_path / "a" / "sparse").touch()
    os.truncate(tmp_path / "a" / "sparse", 10**9)
    told = subprocess.run(
        ["du", "-s", "--block-size=1", tmp_path], capture_output=True, check=True, text=True
    )
    assert folder_size(tmp_path) == int(told.stdout.split()[0])
    with pytest.raises(HostFailure, match="cannot be measured"):
        LocalGauges(PurePosixPath(tmp_path), "x", SystemClock().now).disk_usage(
            Owner(
                name="u", partition="p", uid=1, path=PurePosixPath("/x"), folders=(PurePosixPath("/nowhere"),)
            )
        )


def test_a_machine_may_have_sensors(monkeypatch, node):
    class Sensor:
        def __init__(self, label, current, high, critical):
            self.label, self.current, self.high, self.critical = label, current, high, critical

    sensors = {"coretemp": [Sensor("Core 0", 91.0, 80.0, 90.0), Sensor("", 40.0, None, None)]}
    monkeypatch.setattr(gauges.psutil, "sensors_temperatures", lambda: sensors)
    found = [(item.sensor, item.alarm) for item in node.collect().temperatures]
    assert found == [("Core 0", True), ("coretemp-1", False)]


def test_a_mount_whose_server_is_gone_hides_no_other(monkeypatch, tmp_path):
    def usage(mountpoint):
        if mountpoint == "/far":
            raise OSError(errno.ENOTCONN, "Transport endpoint is not connected")
        return SimpleNamespace(used=1, free=2, total=3)

    partitions = [SimpleNamespace(device=place, mountpoint=place) for place in ("/far", "/near")]
    monkeypatch.setattr(psutil, "disk_partitions", lambda: partitions)
    monkeypatch.setattr(psutil, "disk_usage", usage)
    local = LocalGauges(PurePosixPath(tmp_path), "slappart", lambda: datetime(2026, 1, 1, tzinfo=UTC))
    snapshot = local.measure((), {})
    assert [disk.mountpoint for disk in snapshot.disks] == ["/near"]
    assert snapshot.computer.disks == (("/near", 3),)


def test_a_device_that_is_mounted_in_many_places_counts_once(monkeypatch, tmp_path):
    mounts = [("/dev/a", "/etc/hosts"), ("/dev/a", "/"), ("/dev/b", "/tmp"), ("/dev/a", "/etc/hostname")]
    partitions = [SimpleNamespace(device=device, mountpoint=place) for device, place in mounts]
    monkeypatch.setattr(psutil, "disk_partitions", lambda: partitions)
    local = LocalGauges(PurePosixPath(tmp_path), "slappart", lambda: datetime(2026, 1, 1, tzinfo=UTC))
    snapshot = local.measure((), {})
    assert [(disk.device, disk.mountpoint) for disk in snapshot.disks] == [
        ("/dev/a", "/"),
        ("/dev/b", "/tmp"),
    ]
    assert [device for device, _ in snapshot.computer.disks] == ["/dev/a", "/dev/b"]
