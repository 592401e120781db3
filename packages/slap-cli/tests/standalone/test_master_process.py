import os
import select

import pytest

from slap_cli.standalone.master_process import LocalMaster
from slap_cli.standalone.place import Place
from slap_cli.standalone.record import Record, write_record


@pytest.fixture
def master(tmp_path):
    place = Place(directory=tmp_path / "place")
    place.prepare()
    write_record(place.record, Record())
    master = LocalMaster(place=place)
    yield master
    master.stop()


def started(master):
    master.start()
    return int(master.place.master_pid.read_text().split()[0])


def ended(pid):
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([handle], [], [], 0)[0])
    finally:
        os.close(handle)


def test_it_is_started_once_and_ends(master):
    pid = started(master)
    assert started(master) == pid
    assert master.is_running()
    master.stop()
    assert not master.is_running()


def test_one_whose_command_was_killed_before_it_wrote_the_pid_gets_no_second_beside_it(master):
    stray = started(master)
    master.place.master_pid.unlink()
    assert started(master) != stray
    assert ended(stray)


def test_one_whose_command_was_killed_before_it_wrote_the_pid_is_ended_by_a_stop(master):
    stray = started(master)
    master.place.master_pid.unlink()
    master.stop()
    assert ended(stray)
