"""No malformed input gives a 5xx, on any endpoint."""

import json
import socket
from urllib.parse import urlencode

import httpx
import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from slap_http_adapter.wire.marshal import dumps
from slap_proxy.json_api.schemas import SCHEMAS
from slap_proxy.server import running_master

READ = (
    "getFullComputerInformation",
    "getComputerInformation",
    "getComputerStatus",
    "getComputerPartitionStatus",
    "registerComputerPartition",
    "getComputerPartitionCertificate",
    "getHostingSubscriptionIpList",
    "getSoftwareReleaseListFromSoftwareProduct",
    "getHateoasUrl",
    "getRunId",
    "hateoas",
    "hateoas/",
    "hateoas/computers/x",
)
CHANGE = (
    "loadComputerConfigurationFromXML",
    "supplySupply",
    "buildingSoftwareRelease",
    "availableSoftwareRelease",
    "destroyedSoftwareRelease",
    "softwareReleaseError",
    "useComputer",
    "computerBang",
    "requestComputerPartition",
    "setComputerPartitionConnectionXml",
    "startedComputerPartition",
    "stoppedComputerPartition",
    "destroyedComputerPartition",
    "softwareInstanceError",
    "softwareInstanceBang",
    "softwareInstanceRename",
    "updateComputerPartitionRelatedInstanceList",
    "requestComputer",
    "generateComputerCertificate",
    "revokeComputerCertificate",
    "Person_requestComputer",
    "Person_getCertificate",
)
words = st.text(max_size=30)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=True) | words,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=4),
    max_leaves=12,
)
broken_xml = st.sampled_from(
    (
        "<marshal/>",
        "<marshal><code>x</code></marshal>",
        "<marshal><reference id='i9'/></marshal>",
        "<marshal><int>1e5</int></marshal>",
        "<marshal><bool>true</bool></marshal>",
        "<marshal><dictionary id='i2'><string>a</string></dictionary></marshal>",
        "<marshal><object id='i2' module='os' class='system'><tuple/><dictionary/></object></marshal>",
        "<!DOCTYPE m [<!ENTITY a 'b'>]><marshal><string>&a;</string></marshal>",
        "<marshal><list id='i2'><reference id='i2'/></list></marshal>",
        "<marshal>" + "<list>" * 300 + "</list>" * 300 + "</marshal>",
        "<instance><parameter/></instance>",
        "not xml",
        "\x00",
    )
)


def marshalled(value):
    try:
        return dumps(value).decode()
    except Exception:  # noqa: BLE001 - what cannot be marshalled is sent as it is
        return repr(value)


documents = values.map(marshalled) | broken_xml
fields = st.fixed_dictionaries(
    {},
    optional={
        "computer_id": st.sampled_from(("local_computer", "", "../x", "None", "\x00")) | words,
        "computer_partition_id": st.sampled_from(("slappart0", "slappart9")) | words,
        "computer_reference": st.sampled_from(("local_computer",)) | words,
        "computer_partition_reference": st.sampled_from(("slappart0",)) | words,
        "url": words,
        "software_release": st.just("https://example.com/a.cfg") | words,
        "software_type": words,
        "partition_reference": words,
        "state": st.sampled_from(("available", "destroyed")) | documents | words,
        "xml": documents,
        "connection_xml": documents,
        "partition_parameter_xml": documents,
        "filter_xml": documents,
        "shared_xml": documents,
        "instance_reference_xml": documents,
        "slave_reference": words,
        "new_name": words,
        "error_log": words,
        "message": words,
        "use_string": words | broken_xml,
        "title": words,
        "computer_title": words,
        "mode": st.sampled_from(("search", "traverse", "x")),
        "query": words | st.just('portal_type:"Computer" AND validation_state:validated'),
        "relative_url": words | st.just("http://example.com/hateoas/computers/x"),
    },
)
modest = examples(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def encoded(form):
    return urlencode(form, errors="surrogatepass").encode()


@pytest.fixture
def client(settings):
    """A client of a master with a real database: no fake knows what a database cannot keep."""
    with running_master(settings) as url, httpx.Client(base_url=url, trust_env=False, timeout=30) as client:
        yield client


@pytest.fixture
def formatted(client, recorded):
    recorded("loadComputerConfigurationFromXML").send(client)
    recorded("requestComputerPartition.root").send(client)
    return client


@pytest.mark.parametrize("method", CHANGE)
@modest
@given(form=fields)
@example(form={"computer_id": "local_computer", "xml": "<marshal><none/></marshal>"})
def test_any_form_is_answered_or_refused(formatted, method, form):
    response = formatted.post(
        f"/{method}",
        content=encoded(form),
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    assert response.status_code < 500, response.text


@pytest.mark.parametrize("method", READ)
@modest
@given(form=fields)
def test_any_query_is_answered_or_refused(formatted, method, form):
    response = formatted.get(f"/{method}?{encoded(form).decode()}")
    assert response.status_code < 500, response.text


json_fields = st.fixed_dictionaries(
    {},
    optional={
        "computer_guid": st.just("local_computer") | values,
        "compute_partition_id": st.just("slappart0") | values,
        "instance_guid": st.sampled_from(("my instance______0", "a___b___1", "___", "______0")) | values,
        "software_release_uri": st.just("https://example.com/a.cfg") | values,
        "software_type": st.just("default") | values,
        "title": words | values,
        "state": st.sampled_from(("started", "available", "x")) | values,
        "reported_state": st.sampled_from(("started", "available", "destroyed")) | values,
        "shared": values,
        "parameters": values,
        "sla_parameters": values,
        "message": values,
        "tioxml": values,
        "connection_parameter_dict": values,
        "compute_partition_list": st.lists(
            st.fixed_dictionaries({"partition_id": words}, optional={"ip_list": values}), max_size=3
        )
        | values,
    },
)


@pytest.mark.parametrize("method", sorted(SCHEMAS))
@modest
@given(body=json_fields)
def test_any_json_is_answered_or_refused(formatted, method, body):
    allowed = SCHEMAS[method].request["properties"]
    fitting = {name: item for name, item in body.items() if name in allowed}
    response = formatted.post(
        f"/{method}", content=json.dumps(fitting), headers={"Content-Type": "application/json"}
    )
    assert response.status_code < 500, response.text
    if response.status_code != 200:
        assert set(response.json()) == {"status", "type", "title"}


@modest
@given(body=st.binary(max_size=100))
@example(body=b"[" * 100_000)
@example(body=b'{"a": NaN}')
def test_what_is_not_json_is_refused(client, body):
    response = client.post(
        "/slapos.get.v0.software_instance", content=body, headers={"Content-Type": "application/json"}
    )
    assert response.status_code == 400


@modest
@given(path=st.text(alphabet=st.characters(min_codepoint=33, max_codepoint=126), max_size=40))
@example(path="hateoas/%ff")
@example(path="http_proxy/http/127.0.0.1:1/")
@example(path="shacache/cache/..%2f..%2fetc")
@example(path="/")
def test_any_path_is_answered_or_refused(client, path):
    request = f"GET /{path.replace(' ', '')} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    assert raw_status(client, request.encode("utf-8", "replace")) < 500 or "shacache" in path


@modest
@given(junk=st.binary(max_size=200))
@example(junk=b"GET \xff HTTP/1.1\r\n\r\n")
@example(junk=b"GET //// HTTP/1.1\r\nHost: \xff\r\n\r\n")
@example(junk=b"POST /useComputer HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n")
def test_what_is_not_http_is_refused(client, junk):
    assert raw_status(client, junk + b"\r\n\r\n") < 500


def raw_status(client: httpx.Client, data: bytes) -> int:
    """Send bytes; return the status, 0 when the connection was closed without one."""
    with socket.create_connection((client.base_url.host, client.base_url.port), timeout=5) as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        answer = connection.recv(100)
    return int(answer[9:12]) if answer.startswith(b"HTTP/") else 0
