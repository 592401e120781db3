import os
from pathlib import Path

import pytest

from slap_domain.errors import HostFailure
from slap_domain.model.partition import PartitionPlace
from slap_domain.model.references import PartitionId, Timestamp
from slap_domain.ports.master_for_nodes import PartitionCertificate
from slap_domain.testing.partition_files import PartitionFilesContract, PartitionJournalContract
from slap_node.partitions.files import PartitionFilesOnDisk
from slap_node.partitions.journal import PartitionJournalOnDisk

ONE = PartitionId("slappart0")


@pytest.fixture
def files(site) -> PartitionFilesOnDisk:
    site.partition()
    return PartitionFilesOnDisk(
        instance_root=site.settings.instance_root, software_root=site.settings.software_root
    )


@pytest.fixture
def journal(site) -> PartitionJournalOnDisk:
    (site.root / "pki").mkdir()
    return PartitionJournalOnDisk(certificate_repository=site.root / "pki")


@pytest.fixture
def opened_paths(monkeypatch) -> list[str]:
    """The names that are given to `os.open` from here on."""
    names, plain = [], os.open

    def noted(path, *arguments, **named):
        names.append(str(path))
        return plain(path, *arguments, **named)

    monkeypatch.setattr(os, "open", noted)
    return names


class TestFiles(PartitionFilesContract):
    @pytest.fixture(autouse=True)
    def on(self, files):
        self.files = files

    def make_files(self) -> PartitionFilesOnDisk:
        return self.files


class TestJournal(PartitionJournalContract):
    @pytest.fixture(autouse=True)
    def on(self, site, journal):
        self.site, self.journal = site, journal

    def make_journal(self) -> PartitionJournalOnDisk:
        return self.journal

    def make_place(self) -> PartitionPlace:
        return self.site.partition()

    def request(self, journal, place, *titles: str) -> None:
        # As the client library does in the partition (wire-slap section 8).
        name = f".slapos-request-transaction-{place.id}"
        (Path(place.path) / name).write_text("".join(f"{title}\n" for title in (*titles, "")))


def test_programs_are_found_where_existing_nodes_find_them(site, files):
    place = site.partition()
    for name in ("etc/run/b", "etc/run/both", "etc/service/both", "etc/service/a", "etc/service/.hidden"):
        path = Path(place.path) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    (Path(place.path) / "etc/service/folder").mkdir()
    assert [(program.name, program.watched) for program in files.programs(place)] == [
        ("b", False),
        ("a", True),
        ("both", True),
    ]


def test_what_was_deployed_and_when_is_found_by_one_look(site, files, opened_paths):
    stamp = Path(site.partition().path) / ".timestamp"
    stamp.write_text("17.5")
    os.utime(stamp, (1000.0, 1000.0))
    found = files.stamp(ONE)
    assert (found.timestamp, found.date.timestamp()) == ("17.5", 1000.0)
    assert opened_paths == [str(stamp.parent), ".timestamp"]


def test_a_release_may_wish_a_periodicity(site, files):
    release = "https://example.com/software.cfg"
    site.directory(release).mkdir()
    for text, wish in (("300\n", 300), ("-1", -1), ("soon", None), ("", None)):
        (site.directory(release) / "periodicity").write_text(text)
        assert files.periodicity(release) == wish


def test_a_free_partition_keeps_what_is_not_the_nodes(site, files):
    place = site.partition()
    root = Path(place.path)
    (root / ".slapgrid/log").mkdir(parents=True)
    for name in (".timestamp", ".slapos-resource", "left"):
        (root / name).touch()
    assert files.release_partition(place) == ("left",)
    assert sorted(path.name for path in root.iterdir()) == [".slapos-resource", "left"]


def test_legacy_files_say_what_is_stopped(site, files):
    for index, text in enumerate(("started", "stopped\n")):
        (Path(site.partition(f"slappart{index}").path) / ".requested_state").write_text(text)
    (site.root / "instance" / "etc").mkdir()
    (site.root / "instance" / ".hidden").mkdir()
    assert files.legacy_stopped() == ("slappart1",)


def test_a_certificate_is_readable_by_its_partition_alone(site, journal):
    place = site.partition()
    journal.write_certificate(place, PartitionCertificate(certificate="C", key="K"))
    before = (site.root / "pki" / "slappart0.key").stat()
    journal.write_certificate(place, PartitionCertificate(certificate="D", key="K"))
    after = (site.root / "pki" / "slappart0.key").stat()
    assert after.st_mode & 0o777 == 0o400
    assert after.st_ino == before.st_ino
    assert (site.root / "pki" / "slappart0.crt").read_text() == "D"
    if site.is_root:
        assert site.owner(site.root / "pki" / "slappart0.key") == "daemon"


def test_without_a_repository_no_certificate_is_stored(site):
    journal = PartitionJournalOnDisk()
    journal.write_certificate(site.partition(), PartitionCertificate(certificate="C", key="K"))
    assert not list(Path(site.partition().path).iterdir())


def test_an_error_is_kept_where_people_look(site, journal):
    place = site.partition()
    journal.write_error(place, "it failed")
    assert (Path(place.path) / ".slapgrid-slappart0-error.log").read_text() == "it failed"
    journal.write_error(place, "")
    assert not (Path(place.path) / ".slapgrid-slappart0-error.log").exists()


def test_the_log_of_a_partition_is_rotated(site, journal):
    place = site.partition()
    with journal.opened_log(place) as write_line:
        write_line("one")
    log = Path(place.path) / ".slapgrid/log/instance.log"
    with log.open("ab") as file:
        file.truncate(20 * 2**20)
    with journal.opened_log(place) as write_line:
        write_line("two")
    assert log.read_text().endswith(" two\n")
    assert (log.parent / "instance.log.1").stat().st_size == 20 * 2**20


def test_the_log_of_one_deployment_is_opened_once_and_rotated_in_between(site, journal, opened_paths):
    place = site.partition()
    log = Path(place.path) / ".slapgrid/log"
    with journal.opened_log(place) as write_line:
        for number in range(1000):
            write_line(f"line {number}")
        assert len((log / "instance.log").read_text().splitlines()) == 1000
        assert opened_paths.count("instance.log") <= 2  # made, or found
        for _ in range(22):
            write_line("x" * 2**20)
    assert (log / "instance.log").stat().st_size < 3 * 2**20
    assert 20 * 2**20 <= (log / "instance.log.1").stat().st_size < 22 * 2**20


def test_odd_lines_of_a_transaction_are_no_titles(site, journal):
    place = site.partition()
    (Path(place.path) / ".slapos-request-transaction-slappart0").write_text("\none\n\x00\none\n" + "x" * 2000)
    assert journal.requested_children(place) == ("one",)


@pytest.mark.root
@pytest.mark.skipif(os.geteuid() != 0, reason="only root may be led astray")
def test_links_in_a_partition_lead_root_nowhere(site, files, journal):
    place = site.partition()
    root = Path(place.path)
    precious = site.root / "precious"
    precious.mkdir()
    (precious / "log").mkdir()
    (precious / "file").write_text("precious")
    (root / ".slapgrid").symlink_to(precious)
    (root / ".timestamp").symlink_to(precious / "file")
    (root / ".slapgrid-slappart0-error.log").symlink_to(precious / "file")

    with pytest.raises(HostFailure), journal.opened_log(place) as write_line:
        write_line("led astray")
    files.write_stamp(ONE, Timestamp("1"))
    journal.write_error(place, "text")
    files.release_partition(place)

    assert (precious / "file").read_text() == "precious"
    assert (precious / "log").is_dir()
    assert not (precious / "log" / "instance.log").exists()


@pytest.mark.parametrize("kind", ["link", "directory"])
def test_a_stamp_that_cannot_be_read_is_none(site, files, kind):
    stamp = Path(site.partition().path) / ".timestamp"
    if kind == "link":
        stamp.symlink_to("x")
    else:
        (stamp / "below").mkdir(parents=True)
    assert files.stamp(ONE) is None
    assert not stamp.is_symlink()
    assert not stamp.exists()
    files.write_stamp(ONE, Timestamp("1"))
    assert files.stamp(ONE).timestamp == "1"


def test_a_directory_in_the_place_of_the_nodes_own_files_holds_nothing_up(site, files, journal):
    place = site.partition()
    for name in (".timestamp", f".slapgrid-{ONE}-error.log", f".slapos-request-transaction-{ONE}"):
        (Path(place.path) / name / "below").mkdir(parents=True)
    files.write_stamp(ONE, None)
    journal.write_error(place, "")
    assert journal.requested_children(place) is None
    journal.forget_requests(place)
    assert list(Path(place.path).iterdir()) == []
