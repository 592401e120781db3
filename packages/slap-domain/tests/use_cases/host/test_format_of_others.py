"""Formatting a computer where names of ours are taken: what belongs to others is refused, nothing changed."""

import json
from contextlib import contextmanager
from pathlib import PurePosixPath

import pytest

from slap_domain.errors import AlreadyRunning, Conflict, InvalidInput
from slap_domain.model.host.changes import MakeDirectory
from slap_domain.model.host.state import FoundInterface, FoundUser
from slap_domain.testing.imagined_machine import RECORD, ROOT, SETTINGS, ImaginedMachine, interface
from slap_domain.use_cases.host.format_computer import FormatComputer

HOME = PurePosixPath("/home/bob")
BOB = FoundUser(name="bob", uid=1000, group="bob", home=HOME, shell="/bin/sh")


@pytest.mark.parametrize(
    ("values", "holder"),
    [({}, "anybody"), ({"owner": "bob"}, "user bob"), ({"group": "kvm"}, "group kvm")],
)
def test_a_tap_that_others_may_use_is_refused(values, holder):
    tap = interface("slaptap0", kind="tap", **values)
    world = ImaginedMachine(interface("lo"), interface("eth0", "2001:db8::1/48"), tap)
    with pytest.raises(Conflict, match=f"tap slaptap0 exists already, and {holder} may use it") as raised:
        world.run()
    assert "ip link del slaptap0" in raised.value.hint
    assert world.lines == []


def test_a_tap_of_its_own_user_is_used():
    tap = FoundInterface(name="slaptap0", up=True, kind="tap", owner="slapuser0", group="kvm")
    world = ImaginedMachine(interface("lo"), interface("eth0", "2001:db8::1/48"), tap)
    assert "create tap slaptap0 for user slapuser0" not in world.run().plan.describe()


@pytest.mark.parametrize("path", [ROOT / "slappart1", SETTINGS.software_root])
def test_a_directory_of_somebody_else_is_refused(path):
    world = ImaginedMachine(users=[BOB])
    world.files.apply(MakeDirectory(path=path, mode=0o755, user="bob"))
    with pytest.raises(Conflict, match=f"directory {path} exists already, and belongs to bob") as raised:
        world.run()
    assert f"chown root: {path}" in raised.value.hint
    assert world.lines == []


def test_where_users_are_left_alone_directories_may_be_anybodys():
    world = ImaginedMachine(users=[BOB])
    world.files.apply(MakeDirectory(path=ROOT / "slappart1", mode=0o750, user="bob"))
    assert world.run(alter_user=False).plan.changes


def test_a_software_root_goes_over_to_the_next_software_user():
    world = ImaginedMachine()
    world.run()
    lines = world.run(software_user="builder").plan.describe()
    assert f"set directory {SETTINGS.software_root} mode 0755, owner builder" in lines


def test_a_group_that_lets_others_in_is_refused_until_it_was_ours():
    member = FoundUser(
        name="bob", uid=1000, group="bob", home=HOME, shell="/bin/sh", groups=frozenset({"slapuser0"})
    )
    world = ImaginedMachine(users=[member])
    with pytest.raises(Conflict, match="group slapuser0 exists already, and bob would have access"):
        world.run()
    assert world.lines == []

    ours = ImaginedMachine()
    ours.run()
    ours.accounts._users["bob"] = member  # whom the operator lets in afterwards
    assert ours.run().plan.changes == ()


def test_names_that_are_changed_afterwards_are_for_new_partitions_which_is_said():
    world = ImaginedMachine()
    assert world.run().plan.notes == ()
    plan = world.run(partition_prefix="part", user_prefix="user", tap_prefix="tap", partition_amount=3).plan
    assert [partition.id for partition in plan.layout.partitions] == ["slappart0", "slappart1", "part2"]
    assert [note.partition(" is for new partitions")[0] for note in plan.notes] == [
        "partition_base_name = part",
        "user_base_name = user",
        "tap_base_name = tap",
    ]
    assert plan.notes[0].endswith("keep their names, as slappart0")


def test_addresses_move_with_the_interface():
    world = ImaginedMachine(
        interface("lo"), interface("eth0", "2001:db8:1::1/48"), interface("eth1", "2001:db8:1::ff/48")
    )
    world.run()
    before = world.carried("eth0")
    world.run(interface="eth1")
    assert world.carried("eth0") == {"2001:db8:1::1/48"}
    assert world.carried("eth1") == before - {"2001:db8:1::1/48"} | {"2001:db8:1::ff/48"}


def test_an_empty_record_is_no_record_of_nothing():
    world = ImaginedMachine()
    world.run()
    world.files.documents[RECORD] = ""
    with pytest.raises(InvalidInput):
        world.run()


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("user = -oops", "'-oops' is no name of a user"),
        ("user = a b", "'a b' is no name of a user"),
        ("user = bob\nnetwork_interface = a/b", "'a/b' is no name of a network interface"),
    ],
)
def test_a_definition_gives_names_that_can_be(line, complaint):
    world = ImaginedMachine()
    path = PurePosixPath("/in.cfg")
    world.files.documents[path] = f"[partition_0]\naddress = 10.0.0.2/32\n{line}\n"
    with pytest.raises(InvalidInput, match=complaint):
        world.run(input_definition=path, partition_amount=1)
    assert world.lines == []


def test_only_one_run_at_a_time_changes_anything():
    world = ImaginedMachine()
    asked = []

    @contextmanager
    def alone(record):
        asked.append(record)
        raise AlreadyRunning("process 7 formats this computer")
        yield

    case = FormatComputer(world.case._host, world.master, world.lines.append, alone)
    with pytest.raises(AlreadyRunning):
        case.run(SETTINGS)
    assert (asked, world.lines) == ([RECORD], [])
    assert case.plan(SETTINGS).changes  # which needs not be alone


def test_a_record_that_is_gone_is_put_together_from_what_the_partitions_say(world_with_taps):
    world = world_with_taps
    before = world.files.documents.pop(RECORD)
    world.lines.clear()
    world.run(create_tun=True)
    assert world.lines == [f"write {RECORD}"]
    assert world.files.documents[RECORD] == before


def test_a_record_that_is_gone_drops_no_partition(world_with_taps):
    del world_with_taps.files.documents[RECORD]
    with pytest.raises(Conflict, match="partition_amount is 1, but this computer has 2 partitions"):
        world_with_taps.run(partition_amount=1)


def test_a_record_that_is_gone_and_a_partition_that_nobody_knows_is_told(world_with_taps):
    world = world_with_taps
    del world.files.documents[RECORD], world.files.documents[ROOT / "slappart0" / ".slapos-resource"]
    with pytest.raises(
        Conflict, match=r"slapos.xml is gone, and nothing tells what .*slappart0 has"
    ) as caught:
        world.run(create_tun=True)
    assert "slapos.xml.zip" in caught.value.hint


@pytest.mark.parametrize("text", ["[]", json.dumps({"path": "/srv/slapgrid/slappart1"})])
def test_what_describes_another_partition_describes_nothing(world_with_taps, text):
    world = world_with_taps
    del world.files.documents[RECORD]
    world.files.documents[ROOT / "slappart0" / ".slapos-resource"] = text
    with pytest.raises(Conflict, match="slappart0"):
        world.run()


def test_a_malformed_description_is_told(world_with_taps):
    world = world_with_taps
    del world.files.documents[RECORD]
    world.files.documents[ROOT / "slappart1" / ".slapos-resource"] = "{"
    with pytest.raises(InvalidInput, match=r"slappart1/.slapos-resource is malformed"):
        world.run()


@pytest.fixture
def world_with_taps():
    world = ImaginedMachine()
    world.run(create_tun=True)
    return world
