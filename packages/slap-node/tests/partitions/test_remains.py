import threading
from pathlib import Path

import pytest

from slap_domain.errors import Cancelled, DeploymentFailed
from slap_domain.model.partition import PartitionPlace
from slap_domain.testing.partition_remains import PartitionRemainsContract
from slap_node.partitions.remains import PartitionRemainsOnDisk


@pytest.fixture
def remains(site) -> PartitionRemainsOnDisk:
    return PartitionRemainsOnDisk(settings=site.settings)


class TestContract(PartitionRemainsContract):
    @pytest.fixture(autouse=True)
    def on(self, site, remains):
        self.site, self.remains = site, remains

    def make_remains(self) -> PartitionRemainsOnDisk:
        return self.remains

    def make_place(self) -> PartitionPlace:
        return self.site.partition()


def script(place: PartitionPlace, text: str) -> None:
    path = Path(place.path) / "sbin" / "destroy"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


def test_the_destroy_script_runs_as_the_partitions_user(site, remains):
    place = site.partition()
    Path(place.path).chmod(0o777)
    script(place, "#!/bin/sh\nid -un > who\n")
    remains.run_destroy_script(place)
    if site.is_root:
        assert (Path(place.path) / "who").read_text() == "daemon\n"


def test_a_destroy_script_that_fails_or_hangs_is_told(site):
    place = site.partition()
    script(place, "#!/bin/sh\necho not yet\nexit 3\n")
    with pytest.raises(DeploymentFailed, match="exited with 3") as failure:
        PartitionRemainsOnDisk(settings=site.settings).run_destroy_script(place)
    assert failure.value.log == "not yet\n"
    script(place, "#!/bin/sh\nsleep 1000\n")
    site.configure(partition_timeout=0.3)
    with pytest.raises(DeploymentFailed, match="took too long"):
        PartitionRemainsOnDisk(settings=site.settings).run_destroy_script(place)
    site.configure()
    with pytest.raises(DeploymentFailed, match="took too long") as failure:
        PartitionRemainsOnDisk(settings=site.settings, destroy_time=0.3).run_destroy_script(place)
    assert "partition_timeout" in failure.value.hint
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(Cancelled):
        PartitionRemainsOnDisk(settings=site.settings, cancel=cancel).run_destroy_script(place)


def test_everything_but_the_resources_is_wiped(site):
    (site.root / "pki").mkdir()
    storage = site.root / "storage"
    (storage / "data0" / "slappart0" / "deep").mkdir(parents=True)
    (storage / "data0" / "slappart1").mkdir()
    site.configure(certificate_repository_path=site.root / "pki", instance_storage_home=storage)
    place = site.partition()
    root = Path(place.path)
    for name in ("slappart0.crt", "slappart0.key", "slappart1.key"):
        (site.root / "pki" / name).touch()
    (root / "DATA").mkdir()
    (root / "DATA" / "data0").symlink_to(storage / "data0" / "slappart0")
    (root / "DATA" / "data9").symlink_to("/nowhere")
    (root / "software_release").symlink_to("/nowhere")
    (root / "srv" / "deep").mkdir(parents=True)
    (root / ".slapos-resource").write_text("{}")

    PartitionRemainsOnDisk(settings=site.settings).wipe(place)

    assert [path.name for path in root.iterdir()] == [".slapos-resource"]
    assert [path.name for path in (site.root / "pki").iterdir()] == ["slappart1.key"]
    assert list((storage / "data0" / "slappart0").iterdir()) == []
    assert (storage / "data0" / "slappart1").is_dir()


def test_the_wait_list_is_read(site, remains):
    place = site.partition()
    (Path(place.path) / ".slapos-report-wait-service-list").write_text(
        "slappart0-prerm:a\n\nslappart0-prerm:b\n"
    )
    assert remains.awaited_processes(place) == ("slappart0-prerm:a", "slappart0-prerm:b")


@pytest.mark.parametrize("text", ["", "soon", "nan", "-1"])
def test_a_damaged_date_or_delay_decides_nothing(site, remains, text):
    place = site.partition()
    for name in (".slapos-retention-lock-delay", ".slapos-retention-lock-date"):
        (Path(place.path) / name).write_text(text)
    assert remains.lock_delay(place) == 0.0
    assert remains.lock_date(place) is None


@pytest.mark.parametrize("text", ["inf", "1e300", "1e14"])
def test_numbers_without_measure_lose_no_files_and_raise_nothing(site, remains, text):
    place = site.partition()
    for name in (".slapos-retention-lock-delay", ".slapos-retention-lock-date"):
        (Path(place.path) / name).write_text(text)
    assert remains.lock_delay(place) == 36525.0
    assert remains.lock_date(place) is None


@pytest.mark.parametrize(
    "name",
    [
        ".slapos-retention-lock-delay",
        ".slapos-retention-lock-date",
        ".slapos-report-wait-service-list",
        "var",
    ],
)
def test_a_link_in_the_place_of_the_nodes_own_files_holds_nothing_up(site, remains, name):
    place = site.partition()
    (Path(place.path) / name).symlink_to("x")
    assert remains.lock_delay(place) == 0
    assert remains.lock_date(place) is None
    assert remains.awaited_processes(place) == ()
    remains.write_lock_delay(place, "2.0")
    assert remains.lock_delay(place) == 2
    remains.wipe(place)
    assert list(Path(place.path).iterdir()) == []
