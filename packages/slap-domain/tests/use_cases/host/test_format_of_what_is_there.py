"""Formatting a computer that is not empty, or not as it should be."""

import json
from dataclasses import replace
from ipaddress import ip_interface
from pathlib import PurePosixPath

import pytest

from slap_domain.errors import ConfigurationError, Conflict, HostFailure, InvalidInput
from slap_domain.model.host.layout import ComputerLayout
from slap_domain.model.host.state import FoundDirectory, FoundInterface, FoundUser
from slap_domain.planning.host.definition import definition_text
from slap_domain.testing.imagined_machine import RECORD, ROOT, SETTINGS, ImaginedMachine, interface

_TAP = "[partition_0]\nuser = a\naddress = ::1/64\nnetwork_interface = tap0\n"


@pytest.fixture
def world():
    return ImaginedMachine()


def test_a_foreign_user_is_not_taken_over(world):
    foreign = FoundUser(
        name="slapuser1", uid=1000, group="users", home=PurePosixPath("/home/bob"), shell="/bin/bash"
    )
    world = ImaginedMachine(users=[foreign])
    with pytest.raises(Conflict, match="user slapuser1 exists already, with home /home/bob"):
        world.run()
    assert world.lines == []


def test_a_foreign_software_user_is_not_taken_over():
    foreign = FoundUser(
        name="slapsoft", uid=1000, group="staff", home=PurePosixPath("/home/alice"), shell="/bin/zsh"
    )
    world = ImaginedMachine(users=[foreign])
    with pytest.raises(Conflict, match="user slapsoft exists already, with home /home/alice"):
        world.run()
    assert world.accounts.observe().users == {"slapsoft": foreign}
    assert world.files.documents == {}


def test_root_is_no_software_user():
    root = FoundUser(name="root", uid=0, group="root", home=SETTINGS.software_root, shell="/bin/sh")
    with pytest.raises(Conflict, match="user root exists already"):
        ImaginedMachine(users=[root]).run(software_user="root")


def test_our_software_user_moves_with_its_root(world):
    world.run()
    moved = PurePosixPath("/opt/elsewhere")
    world.run(software_root=moved)
    assert world.accounts.observe().users["slapsoft"].home == moved


def test_our_user_is_mended(world):
    world.run()
    user = world.accounts.observe().users["slapuser0"]
    world.accounts._users["slapuser0"] = replace(
        user, home=PurePosixPath("/elsewhere"), groups=frozenset({"extra"}), locked=False
    )
    lines = world.run().plan.describe()
    assert lines == (
        "modify user slapuser0: home /srv/slapgrid/slappart0, shell /bin/sh, also in slapsoft",
        "lock password of user slapuser0",
    )
    assert world.accounts.observe().users["slapuser0"].groups == {"extra", "slapsoft"}


def test_a_group_that_is_there_is_used():
    mine = FoundUser(name="slapuser0", uid=1000, group="slapuser0", home=ROOT / "slappart0", shell="/bin/sh")
    assert "create group slapuser0" not in ImaginedMachine(users=[mine]).run().plan.describe()


def test_a_foreign_interface_is_not_taken_over():
    world = ImaginedMachine(
        interface("lo"),
        interface("eth0", "2001:db8::1/48"),
        interface("slaptap1", kind="veth"),
    )
    with pytest.raises(Conflict, match="interface slaptap1 exists already and is no tap"):
        world.run()
    assert world.lines == []


def test_a_tap_that_is_there_is_used_and_brought_up():
    tap = FoundInterface(name="slaptap0", up=False, kind="tap", owner="slapuser0")
    world = ImaginedMachine(interface("lo"), interface("eth0", "2001:db8::1/48"), tap)
    lines = world.run().plan.describe()
    assert "create tap slaptap0 for user slapuser0" not in lines
    assert "bring up slaptap0" in lines


def test_a_directory_is_mended(world):
    world.run()
    path = ROOT / "slappart0"
    found = world.files._directories[path]
    world.files._directories[path] = replace(found, mode=0o777)
    assert world.run().plan.describe() == (f"set directory {path} mode 0750, owner slapuser0",)
    world.files._directories[path] = replace(found, user="root")  # as an interrupted run leaves it
    assert world.run().plan.describe() == (f"set directory {path} mode 0750, owner slapuser0",)


def test_extra_disks_get_a_directory_for_each_partition():
    world = ImaginedMachine(disks=["data1", "data0", "other"])
    home = PurePosixPath("/mnt")
    layout = world.run(instance_storage_home=home).plan.layout
    assert layout.partitions[1].storage == (home / "data0" / "slappart1", home / "data1" / "slappart1")
    assert world.record["partition_list"][0]["external_storage_list"] == [
        "/mnt/data0/slappart0",
        "/mnt/data1/slappart0",
    ]
    assert world.case.plan(replace(SETTINGS, instance_storage_home=home)).changes == ()


def test_other_documents_are_written_when_asked(world):
    values = {
        "json_document": RECORD.with_suffix(".json"),
        "output_definition": RECORD.with_suffix(".cfg"),
        "certificate_repository": PurePosixPath("/opt/slapos/pki"),
    }
    world.run(**values)
    assert json.loads(world.files.documents[RECORD.with_suffix(".json")]) == world.record
    definition = world.files.documents[RECORD.with_suffix(".cfg")]
    assert "ipv6_range = 2001:db8:1:4001::/64" in definition
    pki = PurePosixPath("/opt/slapos/pki")
    assert (
        world.files.observe(frozenset({pki}), frozenset()).directories[pki].mode == 0o711
    )  # partitions reach theirs


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"create_tun": True, "tap_gateway_interface": "br0"},
        {"create_tun": True, "tap_ipv6": False, "tun_ipv6": False, "ipv6_ranges": False},
        {"create_tap": False, "ipv6_prefixshift": 8},
        {"create_tun": True, "ipv6_prefixshift": 8},
    ],
)
def test_what_is_read_back_from_a_definition_is_what_was_made(values):
    world = ImaginedMachine(
        interface("lo"), interface("br0", "192.168.7.1/24"), interface("eth0", "2001:db8:1::1/48")
    )
    path = RECORD.with_suffix(".cfg")
    before = world.run(output_definition=path, **values).plan.layout
    plan = world.case.plan(replace(SETTINGS, input_definition=path, **values))
    assert plan.layout == before
    assert plan.changes == ()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", r"\[partition_0\]: user is missing"),
        ("[partition_0]\nuser = a", "address is missing"),
        ("[partition_0]\nuser = a\naddress = 10.0.0.1/32 nowhere", "is not a list of addresses"),
        ("[partition_0]\nuser = a\naddress = ::1/ff00:00ff::", "is not a list of addresses"),
        ("[partition_0]\nuser = a\naddress = ::1/64\nipv6_range = x", "is not an IPv6 network"),
        (_TAP + "tap_ipv4 = ::1/64", "tap_ipv4 = '::1/64' is not an IPv4 address"),
        (_TAP + "tap_ipv4 = 10.0.0.2/24\ntap_ipv4_gateway = x", "tap_ipv4_gateway = 'x' is not an IPv4"),
        (_TAP + "tap_ipv6 = 10.0.0.2/24", r"tap_ipv6 = '10\.0\.0\.2/24' is not an IPv6 address"),
        (_TAP + "tap_ipv6 = 2001:db8::2/64\ntap_ipv6_gateway = ::x", "tap_ipv6_gateway = '::x' is not an"),
        (_TAP + "tun = t\ntun_ipv6 = 2001:db8::2/64\ntun_ipv6_network = x", "tun_ipv6_network = 'x' is no"),
        (
            "[computer]\naddress = x/y\n[partition_0]\nuser = a\naddress = ::1/64",
            "is not a list of addresses",
        ),
    ],
)
def test_a_definition_that_is_wrong_names_its_place(world, text, complaint):
    world.files.documents[PurePosixPath("/in.cfg")] = text
    with pytest.raises(ConfigurationError, match=complaint):
        world.run(input_definition=PurePosixPath("/in.cfg"), partition_amount=1)
    assert world.lines == []


def test_a_definition_that_is_not_there_is_an_error(world):
    with pytest.raises(HostFailure, match=r"input definition file /in\.cfg does not exist"):
        world.run(input_definition=PurePosixPath("/in.cfg"))


def test_a_definition_without_extras(world):
    world.files.documents[PurePosixPath("/in.cfg")] = (
        "[partition_0]\nuser = a\naddress = 10.1.1.1\n[partition_1]\nuser = b\naddress = 10.1.1.1"
    )
    settings = replace(
        SETTINGS, input_definition=PurePosixPath("/in.cfg"), output_definition=ROOT / "out.cfg"
    )
    layout = world.run(settings).plan.layout
    assert layout.address is None
    assert layout.partitions[0].tap is None
    assert [str(a) for a in layout.partitions[0].addresses] == ["10.1.1.1/32"]
    assert world.case.plan(settings).changes == ()


def test_a_name_that_a_definition_cannot_hold():
    layout = ComputerLayout(guid="COMP-1", software_user="slap%soft")
    with pytest.raises(ConfigurationError, match="percent sign"):
        definition_text(layout)


def test_a_partition_whose_directory_is_a_link_is_refused(world):
    path = ROOT / "slappart0"
    world.files._directories[path] = FoundDirectory(mode=0o755, user="root", group="root", link=True)
    with pytest.raises(Conflict, match="slappart0 is a symbolic link"):
        world.run()
    assert world.files.documents == {}
    assert world.accounts.observe().users == {}


@pytest.mark.parametrize(
    "text",
    ['{"reference": "COMP-1"}', "[]", "{", '{"reference": "COMP-1", "partition_list": [7]}'],
)
def test_a_record_that_is_malformed_is_refused(world, text):
    world.files.documents[RECORD] = text
    with pytest.raises(
        InvalidInput, match=r"slapos\.xml: the record of the computer is malformed: "
    ) as raised:
        world.run()
    assert "move it away" in raised.value.hint


def test_users_and_network_may_be_left_alone(world):
    values = {"alter_user": False, "alter_network": False}
    layout = world.run(**values).plan.layout
    assert world.accounts.observe().users == {}
    assert world.carried("eth0") == {"2001:db8:1::1/48", "fe80::1/64"}
    assert layout.address is None
    assert [len(partition.addresses) for partition in layout.partitions] == [1, 1]


def test_what_was_recorded_survives_turning_the_network_off(world):
    before = world.run().plan.layout
    after = world.run(alter_network=False).plan.layout
    assert [p.addresses for p in after.partitions] == [p.addresses for p in before.partitions]


def test_shared_addresses_are_recorded_as_such(world):
    shared = (ip_interface("127.0.0.1/32"), ip_interface("::1/128"))
    values = {"alter_user": False, "alter_network": False, "shared_addresses": shared}
    layout = world.run(**values).plan.layout
    assert {partition.addresses for partition in layout.partitions} == {shared}
    assert world.run(**values).plan.changes == ()


def test_a_machine_without_ipv6_may_share_the_loopback():
    world = ImaginedMachine(interface("lo", "127.0.0.1/8"))
    settings = replace(
        SETTINGS, interface="lo", shared_addresses=(ip_interface("::1/128"),), create_tap=False
    )
    layout = world.run(settings).plan.layout
    assert [str(partition.addresses[1]) for partition in layout.partitions] == ["::1/128"] * 2
    assert str(layout.partitions[0].addresses[0]) in world.carried("lo")
    assert world.case.plan(settings).changes == ()


def test_the_master_of_an_imagined_machine_remembers_all_it_hears(world):
    world.master.bang_computer("COMP-1", "boot")
    world.master.bang_instance("COMP-1", "slappart0", "crash")
    world.master.report_usage("COMP-1", "<journal/>")

    assert world.master.banged == ["COMP-1: boot", "COMP-1/slappart0: crash"]
    assert world.master.journals == ["COMP-1: <journal/>"]


def test_what_a_record_lacks_is_named(world):
    world.files.documents[RECORD] = '{"reference": "COMP-1"}'
    with pytest.raises(InvalidInput, match="it has no partition_list"):
        world.run()
