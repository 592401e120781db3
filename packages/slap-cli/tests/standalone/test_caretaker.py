import os
import select
import signal
import subprocess
import sys
import threading

import pytest

from slap_cli.standalone.caretaker_process import LocalCaretaker
from slap_cli.standalone.configuration_files import configuration_files
from slap_cli.standalone.directory_lock import is_held
from slap_cli.standalone.place import Place
from slap_cli.standalone.record import Record, write_record
from slap_cli.wiring.standalone_caretaker import keep
from slap_domain.errors import AlreadyRunning, HostFailure


@pytest.fixture
def place(tmp_path):
    place = Place(directory=tmp_path / "place")
    place.prepare()
    write_record(place.record, Record(port=1))
    for path, text in configuration_files(place, Record(port=1)).items():
        path.write_text(text)
    return place


@pytest.fixture
def caretaker(place):
    caretaker = LocalCaretaker(place=place)
    yield caretaker
    caretaker.stop()


def handle_of(caretaker):
    return os.pidfd_open(int(caretaker.place.caretaker_lock.read_text()))


def has_ended(handle):
    try:
        return bool(select.select([handle], [], [], 10)[0])
    finally:
        os.close(handle)


def test_it_is_there_as_soon_as_it_is_started_and_gone_once_stopped(caretaker):
    assert not caretaker.is_running()
    caretaker.start()
    handle = handle_of(caretaker)
    assert caretaker.is_running()
    caretaker.stop()
    assert has_ended(handle)
    assert not caretaker.is_running()


def test_there_is_never_a_second_one(caretaker):
    caretaker.start()
    with pytest.raises(AlreadyRunning):
        caretaker.start()


def test_one_that_is_killed_leaves_its_place_to_another(caretaker):
    caretaker.start()
    handle = handle_of(caretaker)
    signal.pidfd_send_signal(handle, signal.SIGKILL)
    assert has_ended(handle)
    assert not caretaker.is_running()
    caretaker.start()
    assert caretaker.is_running()


GIVEN_THE_LOCK = """
import subprocess
from slap_cli.standalone.directory_lock import taken_over
with taken_over(0):
    child = subprocess.Popen(["sleep", "100"], close_fds=False, stdout=subprocess.DEVNULL)
print(child.pid, flush=True)
"""


def test_what_it_starts_does_not_hold_its_lock(tmp_path):
    lock = tmp_path / "lock"
    with lock.open("w") as held:
        subprocess.run(["flock", "0"], stdin=held, check=True)
        assert is_held(lock)
        ran = subprocess.run(
            [sys.executable, "-c", GIVEN_THE_LOCK], stdin=held, stdout=subprocess.PIPE, text=True, check=True
        )
    try:
        assert not is_held(lock)
    finally:
        os.kill(int(ran.stdout), signal.SIGKILL)


def test_it_cannot_be_started_where_its_log_cannot_be_written(caretaker):
    caretaker.place.caretaker_log.mkdir(parents=True)
    with pytest.raises(HostFailure, match="cannot be started"):
        caretaker.start()
    assert not caretaker.is_running()


def test_it_ends_by_itself_once_its_directory_is_no_longer_a_system(place):
    place.record.unlink()
    kept = threading.Thread(target=keep, args=(place, 0.01), daemon=True)
    kept.start()
    kept.join(10)
    assert not kept.is_alive()
