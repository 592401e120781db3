import pytest

from slap_cli.standalone.bringing_up import bring_up
from slap_cli.standalone.place import Place
from slap_cli.standalone.ports import Request
from slap_cli.standalone.record import Record, WantedService, write_record
from slap_cli.standalone.taking_down import delete, destroy_services, stop
from slap_domain.errors import HostFailure

HELLO = Request(name="hello", release="/hello/software.cfg", type="default")
RECORD = Record().with_service("hello", WantedService(release=HELLO.release, type="default"))


def test_stop_ends_programs_and_master(world):
    stop(world.system)
    assert world.node.steps == ["stop"]
    assert not world.process.running


def test_the_master_ends_even_when_a_program_does_not(world):
    def refuse():
        raise HostFailure("a program does not end")

    world.node.stop = refuse
    with pytest.raises(HostFailure):
        stop(world.system)
    assert not world.process.running


def test_services_are_destroyed_by_the_documented_steps(world):
    bring_up(world.system, HELLO, lambda: None)
    world.node.steps.clear()
    destroy_services(world.system, RECORD)
    assert world.node.steps == ["instance", "report"]
    assert world.master.tenants.list_services() == ()


def test_a_master_that_cannot_start_does_not_prevent_destruction(world, caplog):
    world.process.broken = True
    destroy_services(world.system, RECORD)
    assert "the master does not start" in caplog.text


def test_everything_made_is_deleted_and_nothing_else(tmp_path):
    place = Place(directory=tmp_path / "place")
    place.prepare()
    write_record(place.record, RECORD)
    place.lock.write_text("")
    sealed = place.software_root / "release" / "sealed"
    sealed.mkdir(parents=True)
    (sealed / "file").write_text("")
    sealed.chmod(0o500)
    (place.directory / "mine").write_text("")
    delete(place)
    assert [path.name for path in place.directory.iterdir()] == ["mine"]


def test_a_directory_that_empties_goes_too(tmp_path):
    place = Place(directory=tmp_path / "place")
    place.prepare()
    write_record(place.record, RECORD)
    delete(place)
    assert not place.directory.exists()
