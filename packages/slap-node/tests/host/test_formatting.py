"""`node format` on this machine, changing neither its users nor its network."""

import json
import os
import socket
import stat

import pytest

from slap_domain.errors import AlreadyRunning, Conflict, HostFailure, MasterUnreachable
from slap_domain.model.configuration import parse_configuration
from slap_domain.model.host.settings import format_settings
from slap_domain.use_cases.host.format_computer import MasterAnswer
from slap_http_adapter.wire.marshal import loads
from slap_node.host.formatting import format_computer


class ListeningMaster:
    """A master of hosts that remembers what it was told."""

    def __init__(self):
        self.described = []
        self.away = False

    def describe(self, computer, *, document=""):
        if self.away:
            raise MasterUnreachable("nobody listens")
        self.described.append((computer, document))


@pytest.fixture
def master():
    return ListeningMaster()


@pytest.fixture
def configured(tmp_path):
    def settings(**keys):
        values = {
            "computer_id": "COMP-1",
            "software_root": tmp_path / "soft",
            "instance_root": tmp_path / "inst",
            "computer_xml": tmp_path / "var" / "computer.xml",
            "computer_json": tmp_path / "var" / "computer.json",
            "partition_amount": 3,
            "partition_base_name": "slappart",
            "ipv4_local_network": "127.77.0.0/16",
            "create_tap": "false",
            "alter_user": "false",
            "alter_network": "false",
        } | keys
        lines = [f"{key} = {value}" for key, value in values.items()]
        return format_settings(parse_configuration("\n".join(["[slapos]", *lines]), "slapos.cfg"))

    return settings


def test_it_makes_partitions_that_services_can_bind_in(tmp_path, master, configured):
    outcome = format_computer(configured(), master).run(configured())

    assert outcome.master is MasterAnswer.TOLD
    for number in range(3):
        place = tmp_path / "inst" / f"slappart{number}"
        assert stat.S_IMODE(place.stat().st_mode) == 0o750
        resource = json.loads((place / ".slapos-resource").read_text())
        address = resource["address_list"][0]["addr"]
        with socket.socket() as server:
            server.bind((address, 0))
        assert resource["reference"] == f"slappart{number}"
    assert stat.S_IMODE((tmp_path / "inst").stat().st_mode) == 0o755


def test_of_two_runs_at_once_one_gives_way(tmp_path, master, configured):
    def again(_line):
        if not refused:
            with pytest.raises(AlreadyRunning) as raised:
                format_computer(configured(), master).run(configured())
            refused.append(raised.value)

    refused = []
    format_computer(configured(), master, again).run(configured())
    assert len(refused) == 1
    assert len(master.described) == 1


def test_the_master_is_sent_the_whole_record(tmp_path, master, configured):
    format_computer(configured(), master).run(configured())

    [(computer, document)] = master.described
    assert [partition.id for partition in computer.partitions] == ["slappart0", "slappart1", "slappart2"]
    sent = loads(document)
    assert sent == json.loads((tmp_path / "var" / "computer.json").read_text())
    assert sent == loads((tmp_path / "var" / "computer.xml").read_text())
    assert sent["partition_list"][1]["address_list"][0]["netmask"] == "255.255.255.255"


def test_a_second_run_changes_nothing_and_says_so(tmp_path, master, configured):
    format_computer(configured(), master).run(configured())
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    told = []

    outcome = format_computer(configured(), master, told.append).run(configured())

    assert outcome.plan.describe() == ("nothing to change",)
    assert told == []
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before
    assert len(master.described) == 2


def test_a_plan_changes_nothing(tmp_path, master, configured):
    plan = format_computer(configured(), master).plan(configured())

    assert f"create directory {tmp_path}/inst/slappart0 mode 0750" in plan.describe()
    assert list(tmp_path.iterdir()) == []
    assert master.described == []


def test_what_is_planned_is_then_done(master, configured):
    planned = format_computer(configured(), master).plan(configured())

    assert format_computer(configured(), master).run(configured()).plan == planned


def test_a_master_that_is_away_is_reported_after_everything_was_made(tmp_path, master, configured):
    master.away = True

    outcome = format_computer(configured(), master).run(configured())

    assert outcome.master is MasterAnswer.AWAY
    assert outcome.complaint == "nobody listens"
    assert (tmp_path / "inst" / "slappart2").is_dir()


def test_more_partitions_are_appended_and_the_others_keep_their_addresses(tmp_path, master, configured):
    format_computer(configured(), master).run(configured())
    before = json.loads((tmp_path / "var" / "computer.json").read_text())["partition_list"]

    format_computer(configured(), master).run(configured(partition_amount=5))

    after = json.loads((tmp_path / "var" / "computer.json").read_text())["partition_list"]
    assert after[:3] == before
    assert len({item["address_list"][0]["addr"] for item in after}) == 5
    assert (tmp_path / "var" / "computer.xml.zip").exists()


def test_fewer_partitions_are_refused(tmp_path, master, configured):
    format_computer(configured(), master).run(configured())

    with pytest.raises(Conflict, match="partition_amount is 2, but this computer has 3 partitions"):
        format_computer(configured(), master).run(configured(partition_amount=2))
    assert (tmp_path / "inst" / "slappart2").is_dir()


def test_an_interrupted_run_is_completed_by_the_next(tmp_path, master, configured):
    done = []

    def interrupt(line):
        done.append(line)
        if len(done) == 6:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        format_computer(configured(), master, interrupt).run(configured())
    format_computer(configured(), master).run(configured())

    assert format_computer(configured(), master).plan(configured()).changes == ()
    assert (tmp_path / "inst" / "slappart2" / ".slapos-resource").exists()


def test_modes_are_mended(tmp_path, master, configured):
    format_computer(configured(), master).run(configured())
    (tmp_path / "inst" / "slappart1").chmod(0o755)

    outcome = format_computer(configured(), master).run(configured())

    assert outcome.plan.describe() == (f"set directory {tmp_path}/inst/slappart1 mode 0750",)
    assert stat.S_IMODE((tmp_path / "inst" / "slappart1").stat().st_mode) == 0o750


def test_an_input_definition_gives_the_addresses(tmp_path, master, configured):
    definition = tmp_path / "definition.cfg"
    definition.write_text(
        "[computer]\naddress = 2001:db8:1::1/48\n"
        "[partition_0]\npathname = first\nuser = alice\n"
        "address = 127.0.0.2/255.255.255.255 2001:db8:1::2/ffff:ffff:ffff::\nnetwork_interface = tap7\n"
        "ipv6_range = 2001:db8:1:4001::/64\n"
    )
    again = tmp_path / "again.cfg"
    settings = configured(partition_amount=1, input_definition_file=definition, output_definition_file=again)

    format_computer(settings, master).run(settings)

    resource = json.loads((tmp_path / "inst" / "first" / ".slapos-resource").read_text())
    assert resource["address_list"] == [
        {"addr": "127.0.0.2", "netmask": "255.255.255.255"},
        {"addr": "2001:db8:1::2", "netmask": "ffff:ffff:ffff::"},
    ]
    assert resource["ipv6_range"]["network"] == "2001:db8:1:4001::/64"
    assert resource["tap"]["name"] == "tap7"
    assert "address = 127.0.0.2/32 2001:db8:1::2/48" in again.read_text()


def test_shared_addresses_are_every_partitions(master, configured):
    settings = configured(shared_addresses="127.0.0.1 ::1")

    format_computer(settings, master).run(settings)

    [(computer, _)] = master.described
    for partition in computer.partitions:
        assert [address.address for address in partition.addresses] == ["127.0.0.1", "::1"]
    assert format_computer(settings, master).plan(settings).changes == ()


def test_a_file_in_the_place_of_a_partition_is_an_error(tmp_path, master, configured):
    (tmp_path / "inst").mkdir()
    (tmp_path / "inst" / "slappart0").write_text("")

    with pytest.raises(HostFailure, match="slappart0 exists and is not a directory"):
        format_computer(configured(), master).run(configured())
    assert not (tmp_path / "var").exists()


def test_a_pipe_in_the_place_of_a_document_neither_blocks_nor_stays(tmp_path, master, configured):
    format_computer(configured(), master).run(configured())
    resource = tmp_path / "inst" / "slappart0" / ".slapos-resource"
    resource.unlink()
    os.mkfifo(resource)

    format_computer(configured(), master).run(configured())

    assert json.loads(resource.read_text())["reference"] == "slappart0"


def test_a_record_that_is_no_file_is_an_error(tmp_path, master, configured):
    (tmp_path / "var" / "computer.xml").mkdir(parents=True)

    with pytest.raises(HostFailure, match="is not an ordinary file"):
        format_computer(configured(), master).run(configured())
