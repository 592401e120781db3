"""The library: what it asks, answers and raises is what was recorded of the existing one."""

import json
from types import SimpleNamespace

import pytest
from library_steps import (
    DIFFERENCES,
    RECORDED,
    STATUS_STEPS,
    STATUSES,
    STEPS,
    knowing_master,
    recording,
    run_steps_here,
)
from scripted_master import Reply
from wire_samples import sample

from slap_http_adapter.client.connection import Connection, Persistence
from slap_http_adapter.library import shared_connections
from slap_http_adapter.wire.marshal import dumps, loads
from slapos import slap
from slapos.slap.connection_helper import ConnectionHelper
from slapos.slap.hateoas import HateoasNavigator, SlapHateoasNavigator


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    """Repeat requests without waiting."""
    kept: dict[object, Connection] = {}

    def connection(address):
        return kept.setdefault(address, Connection(address, Persistence(wait=lambda _: None)))

    monkeypatch.setattr("slapos.slap.connection_helper.shared_connection", connection)
    monkeypatch.setattr("slapos.slap.hateoas.shared_connection", connection)
    yield
    for opened in kept.values():
        opened.close()


@pytest.fixture(scope="module")
def recorded():
    return json.loads(RECORDED.read_text())


@pytest.fixture
def ours():
    return run_steps_here(STEPS)


def test_every_step_is_as_recorded(ours, recorded):
    found = recording(ours, {})["steps"]
    same = {name: step for name, step in recorded["steps"].items() if name not in DIFFERENCES}
    assert {name: found[name] for name in same} == json.loads(json.dumps(same))
    assert set(found) == set(recorded["steps"])


def test_parameters_are_fetched_before_one_is_said_not_to_exist(ours):
    assert ours["getInstanceParameter"].gist == "10"
    assert ours["getInstanceParameter absent"].gist == "NotFoundError"


def test_the_status_of_a_partition_is_asked_for(ours):
    assert ours["getStatus"].gist["text"] == "#access ok"


@pytest.mark.parametrize("status", STATUSES)
def test_each_status_raises_as_recorded(status, recorded):
    found = run_steps_here(STATUS_STEPS, status)
    assert {name: step.gist for name, step in found.items()} == recorded["statuses"][str(status)]


def test_the_library_is_the_one_of_the_interface():
    assert slap.slap is not slap
    assert slap.NotFoundError is __import__("slapos.slap.slap", fromlist=["x"]).NotFoundError


@pytest.fixture
def master():
    with knowing_master() as running:
        yield running


@pytest.fixture
def connection(master):
    opened = slap.slap()
    opened.initializeConnection(master.url)
    return opened


def partition_of(connection):
    return connection.registerComputerPartition("local_computer", "slappart0")


def answering(master, method, value, status=200):
    """Let one method of a knowing master answer something else."""
    body = value if isinstance(value, bytes) else dumps(value)
    known = master._answers
    master._answers = lambda: {**known(), method: Reply(status=status, body=body)}


def test_nothing_is_sent_before_it_is_needed(master, connection):
    connection.registerOpenOrder()
    connection.registerComputer("c")
    partition_of(connection).setUsage("x")
    assert master.asked == []


def test_a_url_that_is_none_is_refused():
    with pytest.raises(ValueError, match="no URL"):
        slap.slap().initializeConnection("nonsense")


@pytest.mark.parametrize("spelling", ["key_file", "authentification_key"])
def test_both_spellings_of_the_key_are_taken(spelling):
    opened = slap.slap()
    opened.initializeConnection("https://master.example", **{spelling: "key.pem"})
    assert opened._connection_helper.key_file == "key.pem"


def test_a_missing_master_is_a_connection_error():
    opened = slap.slap()
    opened.initializeConnection("http://127.0.0.1:1")
    with pytest.raises(slap.ConnectionError, match="refused"):
        opened.registerSupply().supply("u", "c")


def test_unusable_certificates_are_an_authentication_error(tmp_path):
    opened = slap.slap()
    opened.initializeConnection("https://127.0.0.1:1", "absent.key", str(tmp_path / "absent.crt"))
    with pytest.raises(slap.AuthenticationError, match=r"absent\.crt"):
        opened.registerSupply().supply("u", "c")


def test_a_refusal_tells_its_status_and_text(master, connection):
    answering(master, "supplySupply", b"no such state", 400)
    with pytest.raises(slap.HTTPError, match="no such state") as caught:
        connection.registerSupply().supply("u", "c", "x")
    assert (caught.value.response.status_code, caught.value.response.text) == (400, "no such state")


def test_the_master_s_reason_is_in_the_message(master, connection):
    answering(master, "requestComputerPartition", b"No free computer partition found for: x", 404)
    with pytest.raises(slap.NotFoundError, match="No free computer partition"):
        connection.registerOpenOrder().request("u", "x")


@pytest.mark.parametrize("method", ["generateCertificate", "revokeCertificate"])
def test_a_certificate_that_contradicts_is_a_value_error(master, connection, method):
    answering(master, method.replace("Cert", "ComputerCert"), b"it has a certificate", 409)
    with pytest.raises(ValueError, match="it has a certificate"):
        getattr(connection.registerComputer("c"), method)()


def test_another_refusal_of_a_certificate_is_not(master, connection):
    answering(master, "revokeComputerCertificate", b"", 403)
    with pytest.raises(slap.HTTPError):
        connection.registerComputer("c").revokeCertificate()


def test_an_old_master_is_asked_by_the_old_name(master, connection):
    answering(master, "getFullComputerInformation", b"", 404)
    answering(master, "getComputerInformation", loads(sample("getFullComputerInformation").answer))
    assert len(connection.registerComputer("c").getComputerPartitionList()) == 2


def test_a_master_without_status_has_none(master, connection):
    answering(master, "getComputerPartitionStatus", b"", 404)
    assert partition_of(connection).getStatus() is None


def test_what_is_no_protocol_is_a_server_error(master, connection):
    answering(master, "registerComputerPartition", b"<html>")
    with pytest.raises(slap.ServerError, match="registerComputerPartition"):
        partition_of(connection).getState()


PAGE = b"<!DOCTYPE html><html><head><title>Welcome</title></head><body><p>Please log in</p></body></html>"


@pytest.mark.parametrize(
    ("method", "told"),
    [
        ("startedComputerPartition", lambda known: partition_of(known).started()),
        ("softwareInstanceBang", lambda known: partition_of(known).bang("x")),
        ("softwareInstanceRename", lambda known: partition_of(known).rename("x")),
        (
            "updateComputerPartitionRelatedInstanceList",
            lambda known: partition_of(known).setComputerPartitionRelatedInstanceList(["x"]),
        ),
        (
            "setComputerPartitionConnectionXml",
            lambda known: partition_of(known).setConnectionDict({"a": "b"}),
        ),
        ("supplySupply", lambda known: known.registerSupply().supply("u", "c")),
        ("computerBang", lambda known: known.registerComputer("c").bang("x")),
        ("useComputer", lambda known: known.registerComputer("c").reportUsage("x")),
        (
            "loadComputerConfigurationFromXML",
            lambda known: known.registerComputer("c").updateConfiguration("x"),
        ),
        ("revokeComputerCertificate", lambda known: known.registerComputer("c").revokeCertificate()),
        ("requestComputerPartition", lambda known: known.registerOpenOrder().request("u", "x")),
    ],
)
def test_a_web_page_is_not_taken_for_a_success(master, connection, method, told):
    answering(master, method, PAGE)
    message = rf"{method} answered a web page: Please log in \(does master_url lead to a master\?\)"
    with pytest.raises(slap.ServerError, match=message):
        told(connection)


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


def test_a_failed_report_is_logged_where_asked(master, connection):
    answering(master, "softwareInstanceError", b"", 500)
    said = []
    logger = SimpleNamespace(exception=said.append)
    partition_of(connection).error("boom", logger)
    assert len(said) == 1


def test_a_product_without_releases_is_an_attribute_error(master, connection):
    answering(master, "getSoftwareReleaseListFromSoftwareProduct", [])
    collection = slap.SoftwareProductCollection(SimpleNamespace(info=lambda *_: None), connection)
    with pytest.raises(AttributeError, match="kvm"):
        _ = collection.kvm
    with pytest.raises(AttributeError):
        _ = collection.__wrapped__


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


ROOT = b'{"_links": {"raw_search": {"href": "?mode=search{&query}"}}}'


class TestHateoas:
    def test_an_instance_of_the_tree_is_described(self, master, connection):
        found = partition_of(connection).getInformation("svc")
        assert found._parameter_dict == {"a": "1"}
        assert "my instance" in master.asked[-2].query["query"]

    def test_an_instance_that_is_not_there_is_told(self, connection):
        with pytest.raises(slap.NotFoundError, match="no instance of the tree"):
            partition_of(connection).getInformation("other")

    def test_where_trees_are_not_searched_the_json_interface_is_asked(self, master, connection):
        document = json.loads(sample("jsonrpc.get.v0.software_instance").answer)
        known, answer = master._answers, Reply(body=json.dumps(document).encode())
        master._answers = lambda: {**known(), "slapos.get.v0.software_instance": answer}
        master._document = lambda asked: Reply(status=400 if "query" in asked.query else 200, body=ROOT)
        found = partition_of(connection).getInformation("db")
        assert found._parameter_dict == document["parameters"]
        assert found._software_release_url == document["software_release_uri"]
        asked = json.loads(master.asked[-1].body)
        assert asked == {"instance_guid": "db___my instance___0"}

    def test_what_is_installed_is_listed(self, master, connection):
        navigator = connection._hateoas_navigator
        assert navigator.getSoftwareInstallationList("c")
        assert navigator.getSoftwareInstallationList()
        queries = [asked.query["query"] for asked in master.asked if "query" in asked.query]
        assert 'default_aggregate_reference:="c"' in queries[0]
        assert "default_aggregate_reference" not in queries[1]

    def test_a_navigator_stands_alone(self, master):
        navigator = SlapHateoasNavigator(f"{master.url}/hateoas/")
        assert list(navigator.getComputerDict()) == ["local_computer"]
        assert "raw_search" in navigator.getRootDocument()["_links"]

    def test_documents_that_are_not_there_are_told(self, master):
        navigator = HateoasNavigator(f"{master.url}/hateoas/")
        master.status = 404
        with pytest.raises(slap.NotFoundError):
            navigator.GET(f"{master.url}/x")
        master.status = 500
        with pytest.raises(slap.ServerError):
            navigator.GET(f"{master.url}/x")
        with pytest.raises(slap.ConnectionError):
            navigator.search("x", ["title"])

    def test_a_master_without_hateoas_is_told(self, master, connection):
        master.status = 404
        with pytest.raises(slap.ConnectionError, match="no HATEOAS interface"):
            connection.getOpenOrderDict()

    def test_a_refused_query_is_told(self, master, connection):
        master.status = 400
        with pytest.raises(slap.HTTPError):
            connection._hateoas_navigator.search("x", ["title"])

    def test_unconnected_objects_say_so(self):
        with pytest.raises(AttributeError, match="_hateoas_navigator"):
            slap.OpenOrder().getInformation("x")


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
