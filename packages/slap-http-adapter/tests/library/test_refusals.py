"""What the library raises where a master refuses, is away, or answers no protocol."""

from types import SimpleNamespace

import pytest
from library_steps import answering, partition_of

from slapos import slap

pytestmark = pytest.mark.usefixtures("impatient")


def test_a_url_that_is_none_is_refused():
    with pytest.raises(ValueError, match="no URL"):
        slap.slap().initializeConnection("nonsense")


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
