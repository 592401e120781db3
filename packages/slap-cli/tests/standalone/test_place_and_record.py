import os
from pathlib import Path

import pytest

from slap_cli.configuration import read_configuration
from slap_cli.standalone.configuration_files import configuration_files
from slap_cli.standalone.place import Place, place_at
from slap_cli.standalone.record import Record, WantedService, read_record, write_record
from slap_domain.errors import HostFailure, InvalidInput
from slap_domain.model.host.settings import format_settings
from slap_node.settings import node_settings
from slap_proxy.settings import read_settings


def test_the_default_directory_is_in_the_state_directory(tmp_path):
    assert (
        place_at(None, {"XDG_STATE_HOME": "/state"}, tmp_path).directory.as_posix()
        == "/state/slapos/standalone"
    )
    assert place_at(None, {}, tmp_path).directory == tmp_path / ".local/state/slapos/standalone"


def test_a_directory_is_made_absolute(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert place_at("here", {}, tmp_path).directory == tmp_path / "here"


def test_a_directory_that_configuration_cannot_hold_is_refused(tmp_path):
    with pytest.raises(InvalidInput, match="cannot be used"):
        place_at("a$b", {}, tmp_path)


@pytest.mark.parametrize("name", ["a b", "it's", 'a"b', "a;b", "per%cent", "a[b]", "tab\tx", "a{b}", "a\\b"])
def test_a_directory_that_scripts_stumble_over_is_refused_by_the_character(name, tmp_path):
    with pytest.raises(InvalidInput, match="its path holds"):
        place_at(name, {}, tmp_path)
    with pytest.raises(InvalidInput, match="its path holds"):
        place_at(None, {"XDG_STATE_HOME": f"/{name}"}, tmp_path)


@pytest.mark.parametrize("name", ["ünï", "a#b", "x:y", "a,b", "-dash"])
def test_a_directory_of_letters_and_plain_signs_is_taken(name, tmp_path):
    assert place_at(name, {}, tmp_path).directory == Path.cwd() / name


def test_a_directory_with_foreign_files_is_refused(tmp_path):
    (tmp_path / "thesis.tex").write_text("")
    with pytest.raises(HostFailure, match=r"thesis\.tex, which is none of ours"):
        Place(directory=tmp_path).prepare()


def test_a_place_in_use_may_hold_anything(tmp_path):
    place = Place(directory=tmp_path)
    place.prepare()
    write_record(place.record, Record())
    (tmp_path / "notes").write_text("")
    place.prepare()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_directory_that_is_not_writable_is_refused(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(HostFailure, match="cannot be used"):
        Place(directory=tmp_path / "new").prepare()
    with pytest.raises(HostFailure, match="not writable"):
        Place(directory=tmp_path).prepare()


def test_a_directory_that_cannot_be_looked_into_is_refused(tmp_path):
    place = Place(directory=tmp_path / ("long" * 100))
    with pytest.raises(HostFailure, match="cannot be used: File name too long"):
        _ = place.is_in_use
    with pytest.raises(HostFailure, match="cannot be used: File name too long") as caught:
        read_record(place.record)
    assert "--directory" in caught.value.hint


def test_a_directory_without_name_is_refused(tmp_path):
    with pytest.raises(InvalidInput, match="cannot be used"):
        place_at("", {}, tmp_path)


def test_a_file_in_the_way_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(HostFailure, match="cannot be used"):
        Place(directory=tmp_path / "file").prepare()


def test_a_record_survives_writing_and_reading(tmp_path):
    record = Record(port=4000, partitions=3).with_service(
        "wéb", WantedService(release="/a/software.cfg", type="default", parameters={"k": "v"})
    )
    write_record(tmp_path / "record", record)
    assert read_record(tmp_path / "record") == record
    assert (tmp_path / "record").stat().st_mode & 0o777 == 0o600


def test_without_a_record_nothing_was_asked_for(tmp_path):
    assert read_record(tmp_path / "none") == Record()


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"port": "x", "partitions": 1, "services": {}}', '{"services": []}']
)
def test_a_record_that_is_none_is_refused(tmp_path, text):
    (tmp_path / "record").write_text(text)
    with pytest.raises(HostFailure, match="is not the record"):
        read_record(tmp_path / "record")


def test_the_configuration_files_are_read_by_every_command(tmp_path):
    place = Place(directory=tmp_path / "100%")
    place.prepare()
    for path, text in configuration_files(place, Record(port=4321, partitions=7)).items():
        path.write_text(text)
    node = node_settings(read_configuration(place.node_configuration))
    shape = format_settings(read_configuration(place.node_configuration))
    master, warnings = read_settings(read_configuration(place.master_configuration), {})
    assert (node.master_url, node.warnings, node.root_check) == ("http://127.0.0.1:4321", (), False)
    assert str(node.instance_root) == str(place.instance_root)
    assert (shape.partition_amount, shape.alter_user, shape.alter_network) == (7, False, False)
    assert (master.port, master.database_uri, warnings) == (4321, str(place.database), ())


def test_what_is_made_here_ends_with_the_lock(tmp_path):
    place = Place(directory=tmp_path)
    for name in ("proxy.sqlite", "proxy.sqlite-wal", "slapos.cfg", "mine"):
        (tmp_path / name).write_text("")
    assert [path.name for path in place.made_here()] == [
        *("proxy.sqlite", "proxy.sqlite-wal", "slapos.cfg", "standalone.lock")
    ]
