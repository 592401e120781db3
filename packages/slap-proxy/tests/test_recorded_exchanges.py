"""Every exchange recorded from the existing master, replayed against ours in the order of a story."""

import json
import re

import pytest

from slap_http_adapter.wire.marshal import loads
from slap_http_adapter.wire.values import WireObject

# Where a better answer than the recorded one is specified (compat-notes sections 3, 4 and 7).
BETTER = {
    "startedComputerPartition": "OK",
    "softwareInstanceError": "OK",
    "useComputer": "OK",
    "updateComputerPartitionRelatedInstanceList.404": "OK",
    "getFullComputerInformation.500-unknown-computer": ("computer unknown is not known"),
    "requestComputerPartition.400-bad-authorization": (
        "No partition matching the authorization header: (local_computer / nope)"
    ),
    "requestComputerPartition.404-no-free-partition": "No free computer partition found for: one too many",
}
STATUS = {
    "updateComputerPartitionRelatedInstanceList.404": 200,
    "getFullComputerInformation.500-unknown-computer": 404,
}
SLAP_STORY = (
    "loadComputerConfigurationFromXML",
    "registerComputerPartition.free",
    "supplySupply.available",
    "getFullComputerInformation.500-unknown-computer",
    "getSoftwareReleaseListFromSoftwareProduct",
    "requestComputerPartition.root",
    "requestComputerPartition.child",
    "requestComputerPartition.shared",
    "requestComputerPartition.404-no-free-partition",
    "requestComputerPartition.400-bad-authorization",
    "setComputerPartitionConnectionXml",
    "getFullComputerInformation",
    "setComputerPartitionConnectionXml.shared",
    "registerComputerPartition",
    "getComputerPartitionCertificate",
    "startedComputerPartition",
    "softwareInstanceError",
    "softwareInstanceBang",
    "updateComputerPartitionRelatedInstanceList.404",
    "computerBang",
    "useComputer",
    "softwareInstanceRename",
    "requestComputerPartition.destroy-root",
    "destroyedComputerPartition.root-refused",
    "destroyedComputerPartition.child-ok",
    "destroyedSoftwareRelease",
)


def plain(value):
    """Make a decoded document comparable: no timestamps, nor what ours adds."""
    if isinstance(value, WireObject):
        state = {key: plain(item) for key, item in value.state.items()}
        if "_instance_guid" not in state and value.class_name == "SoftwareInstance":
            state.pop("_requested_state", None)
        state.pop("_access_status", None)
        return (value.class_name, value.initargs, state)
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items() if key not in {"timestamp", "full_ip_list"}}
    if isinstance(value, list | tuple):
        return type(value)(plain(item) for item in value)
    return value


def test_slap_methods_answer_as_recorded(client, recorded):
    for name in SLAP_STORY:
        exchange = recorded(name)
        response = exchange.send(client)
        assert response.status_code == STATUS.get(name, exchange.status), (name, response.text)
        assert response.headers["cache-control"] == "no-store"
        assert "charset=utf-8" in response.headers["content-type"]
        if exchange.answer.startswith("<marshal>"):
            assert plain(loads(response.content)) == plain(loads(exchange.answer)), name
        else:
            assert response.text.partition("\nhint: ")[0] == BETTER.get(name, exchange.answer), name


def test_timestamps_are_whole_seconds(client, recorded):
    for name in SLAP_STORY[:6]:
        response = recorded(name).send(client)
    stamp = loads(response.content).state["_parameter_dict"]["timestamp"]
    assert re.fullmatch("[0-9]+", stamp)


JSON_STORY = (
    "jsonrpc.get.v0.software_instance",
    "jsonrpc.post.v0.software_instance.child",
    "jsonrpc.post.v0.software_instance.shared",
    "jsonrpc.allDocs.v0.compute_node_instance_list",
    "jsonrpc.allDocs.v0.instance_node_instance_list",
    "jsonrpc.get.v0.software_instance.403",
    "jsonrpc.400-schema-error",
)


def test_a_client_of_1_6_names_the_requester_in_the_form_alone(client, recorded):
    for name in SLAP_STORY[:6]:
        recorded(name).send(client)
    exchange = recorded("requestComputerPartition.child.client-1.6.10")
    response = exchange.send(client)
    assert response.status_code == 200
    answered, expected = plain(loads(response.content)), plain(loads(exchange.answer))
    assert answered[2]["_parameter_dict"] == expected[2]["_parameter_dict"]
    assert answered[2]["slap_software_type"] == "RootSoftwareInstance"
    tree = client.post(
        "/slapos.allDocs.v0.compute_node_instance_list", json={"computer_guid": "local_computer"}
    )
    assert [row["instance_guid"] for row in tree.json()["result_list"]] == [
        "my instance______0",
        "child___my instance___0",
    ]


STAMPED = re.compile(r'"processing_timestamp": [0-9]+')


@pytest.fixture
def with_service(client, recorded):
    recorded("loadComputerConfigurationFromXML").send(client)
    body = {
        "title": "svc",
        "software_release_uri": "https://example.com/demo/software.cfg",
        "software_type": "default",
        "parameters": {"a": "1"},
    }
    assert client.post("/slapos.post.v0.software_instance", json=body).status_code == 200
    published = {"instance_guid": "svc______0", "connection_parameter_dict": {"k": "v"}}
    method = "/slapos.put.v0.software_instance_connection_parameter"
    assert client.post(method, json=published).json() == {"type": "success", "title": "Updated"}
    return client


def test_json_methods_answer_as_recorded(with_service, recorded):
    for name in JSON_STORY:
        exchange = recorded(name)
        response = exchange.send(with_service)
        assert response.status_code == exchange.status, (name, response.text)
        assert response.headers["content-type"] == "application/json"
        expected = json.loads(STAMPED.sub('"processing_timestamp": 0', exchange.answer))
        answered = json.loads(STAMPED.sub('"processing_timestamp": 0', response.text))
        assert answered == expected, name


def test_hateoas_documents_hold_the_recorded_fields(with_service, recorded):
    recorded("jsonrpc.post.v0.software_instance.shared").send(with_service)
    root = with_service.get("/hateoas/").json()
    assert set(json.loads(recorded("hateoas.root").answer)["_links"]) <= set(root["_links"])
    found = recorded("hateoas.search.instance-tree-list").send(with_service).json()
    assert [row["title"] for row in found["_embedded"]["contents"]] == ["rpc shared", "svc"]
    documents = {
        "hateoas.partition-document": recorded("hateoas.traverse.302").send(with_service),
        "hateoas.shared-document": recorded("hateoas.shared-document").send(with_service),
        "hateoas.computer-document": recorded("hateoas.computer-document").send(with_service),
    }
    for name, response in documents.items():
        expected = json.loads(recorded(name).answer)
        assert response.json()["_links"] == expected["_links"]
        view = response.json()["_embedded"]["_view"]
        for field, described in expected["_embedded"]["_view"].items():
            assert field in view
            if field not in {"form_id", "my_slap_state"}:
                assert view[field]["type"] == described["type"]
                assert view[field]["default"] == described["default"], (name, field)


def test_computers_are_found_by_both_names(with_service, recorded):
    expected = [("local_computer", "local_computer", "/hateoas/computers/local_computer")]
    for kind in ("Compute Node", "Computer"):
        query = f'portal_type:"{kind}" AND validation_state:validated'
        found = with_service.get("/hateoas/", params={"mode": "search", "query": query}).json()
        rows = found["_embedded"]["contents"]
        assert [(row["title"], row["reference"], row["relative_url"]) for row in rows] == expected
