"""Directories and documents of this machine."""

import os
import zipfile
from pathlib import PurePosixPath

import pytest

from slap_domain.errors import HostFailure, InvalidInput
from slap_domain.model.host.changes import AddInterface, MakeDirectory, WriteDocument
from slap_domain.model.host.state import FoundNetwork
from slap_domain.testing.host_files import HostFilesContract
from slap_domain.testing.host_machine import HostMachineContract, RecordFormatContract
from slap_node.host import machine
from slap_node.host.files import LocalFiles
from slap_node.host.formatting import UntouchedNetwork
from slap_node.host.machine import LocalMachine
from slap_node.host.records import MarshalRecords


class TestLocalFiles(HostFilesContract):
    @pytest.fixture(autouse=True)
    def _remember_folder(self, tmp_path):
        self._folder = PurePosixPath(tmp_path / "new" / "folder")

    def make_files(self):
        return LocalFiles()

    def folder(self):
        return self._folder


class TestLocalMachine(HostMachineContract):
    def make_machine(self):
        return LocalMachine()


class TestMarshalRecords(RecordFormatContract):
    def make_records(self):
        return MarshalRecords()


def test_every_text_that_is_replaced_is_kept(tmp_path):
    path = tmp_path / "computer.xml"
    for text in ("first", "second", "third"):
        LocalFiles().apply(WriteDocument(path=PurePosixPath(path), text=text, archived=True))
    assert path.read_text() == "third"
    with zipfile.ZipFile(tmp_path / "computer.xml.zip") as archive:
        assert sorted(archive.read(name) for name in archive.namelist()) == [b"first", b"second"]
        assert all(name.startswith("computer.xml.20") for name in archive.namelist())
    assert len(list(tmp_path.iterdir())) == 2


def test_an_archive_that_is_broken_stops_the_change(tmp_path):
    path = tmp_path / "computer.xml"
    path.write_text("first")
    (tmp_path / "computer.xml.zip").write_bytes(b"no zip")
    (tmp_path / "computer.xml.zip").chmod(0o600)
    with pytest.raises(HostFailure, match=r"cannot write .*computer\.xml"):
        LocalFiles().apply(WriteDocument(path=PurePosixPath(path), text="second", archived=True))
    assert path.read_text() == "first"
    assert len(list(tmp_path.iterdir())) == 2


def test_a_write_that_fails_leaves_nothing_behind(tmp_path):
    (tmp_path / "x").mkdir()
    with pytest.raises(HostFailure, match="cannot write"):
        LocalFiles().apply(WriteDocument(path=PurePosixPath(tmp_path / "x"), text="text"))
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


def test_disks_are_counted(tmp_path):
    for name in ("data10", "data2", "data", "data1.old", "database"):
        (tmp_path / name).mkdir()
    (tmp_path / "data3").write_text("")
    assert LocalFiles().disks(PurePosixPath(tmp_path)) == ("data2", "data10")
    with pytest.raises(HostFailure, match="cannot list instance_storage_home"):
        LocalFiles().disks(PurePosixPath(tmp_path / "nowhere"))


def test_an_owner_without_a_name_is_told_by_number(tmp_path):
    if os.geteuid() != 0:
        pytest.skip("only root can give directories away")
    folder = tmp_path / "folder"
    folder.mkdir()
    os.chown(folder, 54321, 54322)
    found = LocalFiles().observe(frozenset({PurePosixPath(folder)}), frozenset()).directories
    assert (found[PurePosixPath(folder)].user, found[PurePosixPath(folder)].group) == ("54321", "54322")


@pytest.mark.parametrize("name", ["x" * 300])
def test_a_path_that_cannot_be_is_a_failure(tmp_path, name):
    path = PurePosixPath(tmp_path / name)
    with pytest.raises(HostFailure, match="cannot look at"):
        LocalFiles().observe(frozenset({path}), frozenset())
    with pytest.raises(HostFailure, match="cannot read"):
        LocalFiles().read(path)


def test_an_owner_who_does_not_exist_is_a_failure(tmp_path):
    with pytest.raises(HostFailure, match="no-such-user"):
        LocalFiles().apply(MakeDirectory(path=PurePosixPath(tmp_path / "x"), mode=0o750, user="no-such-user"))


def test_a_system_without_a_release_file_is_known_by_its_kernel(monkeypatch):
    def absent():
        raise OSError

    monkeypatch.setattr(machine.platform, "freedesktop_os_release", absent)
    assert LocalMachine().facts().os_type[1:] == ("", "", "")


def test_the_public_address_is_the_configured_one():
    assert LocalMachine(public_ipv4="192.0.2.7").facts().public_ipv4 == "192.0.2.7"
    assert LocalMachine().facts().public_ipv4 == ""


def test_a_record_of_entities_is_refused():
    with pytest.raises(InvalidInput, match="record of the computer is malformed"):
        MarshalRecords().read('<!DOCTYPE marshal [<!ENTITY e "x">]><marshal><string>&e;</string></marshal>')


def test_an_untouched_network_refuses_to_be_changed():
    assert UntouchedNetwork().observe() == FoundNetwork()
    with pytest.raises(HostFailure, match="cannot create tap t for user u: alter_network is false"):
        UntouchedNetwork().apply(AddInterface(name="t", kind="tap", user="u"))


def test_a_link_to_a_directory_is_told(tmp_path):
    (tmp_path / "target").mkdir()
    (tmp_path / "link").symlink_to("target")
    paths = frozenset(PurePosixPath(tmp_path / name) for name in ("target", "link"))
    found = LocalFiles().observe(paths, frozenset()).directories
    assert [found[path].link for path in sorted(paths)] == [True, False]


def test_only_what_nobody_else_can_have_written_is_own(tmp_path):
    document = tmp_path / "x"
    document.write_text("text")
    document.chmod(0o644)
    files = LocalFiles()
    assert files.read_own(PurePosixPath(document)) == "text"
    (tmp_path / "link").symlink_to(document)
    assert files.read_own(PurePosixPath(tmp_path / "link")) is None
    document.chmod(0o666)
    assert files.read_own(PurePosixPath(document)) is None
    if os.geteuid() == 0:
        document.chmod(0o644)
        os.chown(document, 65534, 65534)
        assert files.read_own(PurePosixPath(document)) is None


@pytest.mark.root
def test_what_a_user_puts_in_the_way_is_moved_away(tmp_path):
    os.chown(tmp_path, 12345, 12345)
    (tmp_path / "resource" / "kept").mkdir(parents=True)
    LocalFiles().apply(WriteDocument(path=PurePosixPath(tmp_path / "resource"), text="ours"))
    assert (tmp_path / "resource").read_text() == "ours"
    assert [path.name for path in tmp_path.glob("resource.*/*")] == ["kept"]


def test_what_lies_in_the_way_in_a_directory_of_our_own_is_told(tmp_path):
    (tmp_path / "record").mkdir()
    with pytest.raises(HostFailure, match=r"cannot write .*record: .*[Ii]s a directory"):
        LocalFiles().apply(WriteDocument(path=PurePosixPath(tmp_path / "record"), text="ours"))
    assert [path.name for path in tmp_path.iterdir()] == ["record"]
