"""Computers, partitions and requests of the library: when they ask, what, and what they make of it."""

import pytest
from library_steps import answering, partition_of
from scripted_master import Reply
from wire_samples import sample

from slap_http_adapter.library import shared_connections
from slap_http_adapter.wire.marshal import loads
from slapos import slap
from slapos.slap.connection_helper import ConnectionHelper

pytestmark = pytest.mark.usefixtures("impatient")


def test_nothing_is_sent_before_it_is_needed(master, connection):
    connection.registerOpenOrder()
    connection.registerComputer("c")
    partition_of(connection).setUsage("x")
    assert master.asked == []


@pytest.mark.parametrize("spelling", ["key_file", "authentification_key"])
def test_both_spellings_of_the_key_are_taken(spelling):
    opened = slap.slap()
    opened.initializeConnection("https://master.example", **{spelling: "key.pem"})
    assert opened._connection_helper.key_file == "key.pem"


def test_an_old_master_is_asked_by_the_old_name(master, connection):
    answering(master, "getFullComputerInformation", b"", 404)
    answering(master, "getComputerInformation", loads(sample("getFullComputerInformation").answer))
    assert len(connection.registerComputer("c").getComputerPartitionList()) == 2


def test_a_master_without_status_has_none(master, connection):
    answering(master, "getComputerPartitionStatus", b"", 404)
    assert partition_of(connection).getStatus() is None


def test_another_charset_is_understood(master, connection):
    known = master._answers
    body = "<marshal><dictionary><string>k</string><string>\u00e9</string></dictionary></marshal>"
    reply = Reply(body=body.encode("latin-1"), headers={"Content-Type": "text/xml; charset=iso-8859-1"})
    master._answers = lambda: {**known(), "getComputerStatus": reply}
    assert connection.registerComputer("c").getStatus() == {"k": "\u00e9"}


def changed_partition(**state):
    value = loads(sample("registerComputerPartition").answer)
    value.state.update(state)
    return value


def test_a_partition_is_fetched_once(master, connection):
    partition = partition_of(connection)
    partition.getState()
    partition.getInstanceParameterDict()
    partition.getConnectionParameterDict()
    partition.getSoftwareRelease()
    assert [asked.method for asked in master.asked] == ["registerComputerPartition"]


def test_connection_xml_takes_the_place_of_an_absent_dictionary(master, connection):
    document = "<instance><parameter id='a'>1</parameter></instance>"
    answering(
        master, "registerComputerPartition", changed_partition(_connection_dict=None, connection_xml=document)
    )
    assert partition_of(connection).getConnectionParameterDict() == {"a": "1"}


def test_a_free_partition_has_no_release(master, connection):
    answering(master, "registerComputerPartition", loads(sample("registerComputerPartition.free").answer))
    partition = partition_of(connection)
    with pytest.raises(slap.NotFoundError, match="No software release"):
        partition.getSoftwareRelease()
    assert partition.getInstanceParameterDict() == {}
    assert partition.getConnectionParameterDict() == {}
    with pytest.raises(slap.ResourceNotReady):
        partition.getType()


def test_a_forwarded_release_is_a_text(master, connection):
    answering(master, "registerComputerPartition", changed_partition(_software_release_document="http://sr"))
    assert partition_of(connection).getSoftwareRelease().getURI() == "http://sr"


def test_the_type_of_a_requested_instance_is_known(master, connection):
    assert connection.registerOpenOrder().request("u", "x").getType() == "backend"


def test_the_access_status_is_told(master, connection):
    answering(master, "registerComputerPartition", changed_partition(_access_status="#error x"))
    partition = partition_of(connection)
    partition.getState()
    assert partition.getAccessStatus() == "#error x"


def test_usage_set_on_partitions_is_sent(master, connection):
    computer = connection.registerComputer("c")
    first, second = computer.getComputerPartitionList()
    first.setUsage("<journal/>")
    computer.reportUsage(computer_partition_list=[first, second])
    assert master.asked[-1].form == {"computer_id": "local_computer", "use_string": "<journal/>"}
    assert [asked.method for asked in master.asked].count("useComputer") == 1


@pytest.mark.parametrize("spelling", ["message", "log"])
def test_both_spellings_of_a_bang_are_taken(master, connection, spelling):
    partition_of(connection).bang(**{spelling: "why"})
    connection.registerComputer("c").bang(**{spelling: "why"})
    assert [asked.form["message"] for asked in master.asked] == ["why", "why"]


@pytest.mark.parametrize("spelling", ["partition_reference", "new_name"])
def test_both_spellings_of_a_new_name_are_taken(master, connection, spelling):
    partition_of(connection).rename(**{spelling: "new"})
    assert master.asked[0].form["new_name"] == "new"


class TestChildren:
    @pytest.fixture
    def folder(self, tmp_path, monkeypatch):
        monkeypatch.setenv("SLAPGRID_INSTANCE_ROOT", str(tmp_path))
        (tmp_path / "slappart0").mkdir()
        return tmp_path / "slappart0"

    def test_requests_are_noted(self, connection, folder):
        partition = partition_of(connection)
        record = folder / ".slapos-request-transaction-slappart0"
        assert record.read_text() == ""
        partition.request("u", "t", "db")
        partition.request("u", "t", "s\u00eft\u00e9")
        assert record.read_text() == "db\ns\u00eft\u00e9\n"

    def test_partitions_that_are_not_here_are_not_noted(self, connection, folder):
        connection.registerComputerPartition("local_computer", "slappart9")
        assert list(folder.parent.iterdir()) == [folder]


class TestHelper:
    def test_paths_may_start_with_a_slash(self, master):
        helper = ConnectionHelper(master.url)
        assert helper.GET("/getComputerStatus", {"computer_id": "c"}).startswith(b"<marshal>")
        assert helper.POST("/supplySupply", {"a": 1}, {"b": b"x"}) == b"done"
        assert master.asked[1].form == {"a": "1", "b": "x"}


def test_a_process_shares_its_connections(master):
    with_own = shared_connections.shared_connection
    address = ConnectionHelper(master.url)._address
    first = with_own(address)
    assert first is with_own(ConnectionHelper(master.url)._address)
    first.close()
