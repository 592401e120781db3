"""The JSON methods in the order of a story: a computer, releases, instances, and their end."""

import pytest

RELEASE = "https://example.com/software.cfg"


@pytest.fixture
def call(client):
    def send(method, expected=200, **body):
        response = client.post(f"/slapos.{method}", json=body)
        assert response.status_code == expected, response.text
        return response.json()

    return send


@pytest.fixture
def formatted(call):
    addresses = [{"ip-address": "10.0.0.1", "network-interface": "tap0"}, {"ip-address": "2001:db8::1"}]
    partitions = [
        {"partition_id": "slappart0", "ip_list": addresses},
        {"partition_id": "slappart1"},
    ]
    told = call("put.v0.compute_node_format", computer_guid="mine", compute_partition_list=partitions)
    assert told == {"type": "success", "title": "Formatted"}


@pytest.fixture
def service(call, formatted):
    return call(
        "post.v0.software_instance",
        title="svc",
        software_release_uri=RELEASE,
        software_type="default",
        parameters={"a": "1"},
        sla_parameters={"computer_guid": "mine"},
    )


def test_a_computer_and_its_releases(call, formatted):
    release = {"computer_guid": "mine", "software_release_uri": RELEASE}
    told = call("post.v0.software_installation", **release)
    assert told["title"] == f"Supplied {RELEASE} to be available"
    listed = call("allDocs.v0.compute_node_software_installation_list", computer_guid="mine")
    assert listed == {"result_list": [{"software_release_uri": RELEASE, "state": "available"}]}
    for state in ("building", "available"):
        assert call("put.v0.software_installation_reported_state", **release, reported_state=state) == {
            "type": "success",
            "title": "Reported",
        }
    call("put.v0.software_installation_error", **release, message="no gcc")
    call("post.v0.software_installation", **release, state="destroyed")
    told = call("put.v0.software_installation_reported_state", **release, reported_state="destroyed")
    assert told["title"] == "Destroyed"
    assert call("allDocs.v0.compute_node_software_installation_list", computer_guid="mine") == {
        "result_list": []
    }
    call("allDocs.v0.compute_node_software_installation_list", 403, computer_guid="absent")
    assert call("allDocs.WIP.compute_node_list") == {"result_list": [{"computer_guid": "mine"}]}


def test_a_computer_speaks_of_itself(call, formatted):
    assert call("put.v0.compute_node_bang", computer_guid="mine", message="x")["title"] == "Bang handled"
    assert (
        call("post.v0.compute_node_usage", computer_guid="mine", tioxml="<journal/>")["title"] == "Reported"
    )
    call("post.v0.compute_node_usage", 400, computer_guid="mine", tioxml="no xml")
    assert "text" in call("get.v0.compute_node_status", computer_guid="mine")
    identity = call("post.v0.compute_node_certificate", computer_guid="mine")
    assert identity["certificate"].startswith("-----BEGIN CERTIFICATE-----")
    assert "PRIVATE KEY" in identity["key"]
    assert call("remove.v0.compute_node_certificate", computer_guid="mine")["title"] == "Revoked"
    call("post.v0.compute_node_certificate", 403, computer_guid="absent")


@pytest.mark.parametrize("address", ["10.0.0", "tap0", ""])
def test_what_is_no_address_is_refused(call, address):
    partitions = [{"partition_id": "slappart0", "ip_list": [{"ip-address": address}]}]
    call("put.v0.compute_node_format", 400, computer_guid="mine", compute_partition_list=partitions)


def test_a_service_is_shown_in_every_way(call, service):
    assert service["ip_list"] == [["tap0", "10.0.0.1"], ["tap0", "2001:db8::1"]]
    assert service["sla_parameters"] == {"computer_guid": "mine"}
    assert call("get.v0.software_instance", instance_guid="svc______0") == service
    assert call("get.v0.compute_partition", computer_guid="mine", compute_partition_id="slappart0") == service
    assert call("get.v0.instance_tree", title="svc") == service
    assert call("allDocs.v0.instance_tree_list") == {"result_list": [{"title": "svc"}]}
    call("get.v0.compute_partition", 403, computer_guid="mine", compute_partition_id="slappart1")
    call("get.v0.instance_tree", 403, title="absent")
    identity = call("get.v0.software_instance_certificate", instance_guid="svc______0")
    assert identity == {"key": "", "certificate": ""}


def test_a_title_of_two_trees_is_ambiguous(call, service):
    shared = {"title": "svc", "software_release_uri": RELEASE, "software_type": "default", "shared": True}
    call("post.v0.software_instance", **shared, sla_parameters={"computer_guid": "mine"})
    call("get.v0.instance_tree", 403, title="svc")


def test_reports_reach_the_instance(call, service):
    guid = {"instance_guid": "svc______0"}
    for state in ("started", "stopped"):
        call("put.v0.software_instance_reported_state", **guid, reported_state=state)
        status = call("get.v0.software_instance", **guid)["access_status_message"]
        assert status == f"#access Instance correctly {state}"
    call("put.v0.software_instance_error", **guid, message="it broke")
    assert call("get.v0.software_instance", **guid)["access_status_message"] == "#error it broke"
    before = call("get.v0.software_instance", **guid)["processing_timestamp"]
    assert call("put.v0.software_instance_bang", **guid, message="x")["title"] == "Bang handled"
    assert call("get.v0.software_instance", **guid)["processing_timestamp"] > before


def test_a_renamed_root_keeps_its_children(client, call, service):
    claim = {"Authorization": "X-SlapPartition computer_id=mine, computer_partition_id=slappart0"}
    body = {
        "title": "db",
        "software_release_uri": RELEASE,
        "software_type": "default",
        "sla_parameters": {"computer_guid": "mine"},
    }
    child = client.post("/slapos.post.v0.software_instance", json=body, headers=claim).json()
    assert child["instance_guid"] == "db___svc___0"
    assert (
        call("put.v0.software_instance_title", instance_guid="svc______0", title="web")["title"] == "Renamed"
    )
    assert call("get.v0.software_instance", instance_guid="db___web___0")["root_instance_title"] == "web"
    call("get.v0.software_instance", 403, instance_guid="svc______0")
    refusal = call(
        "put.v0.software_instance_reported_state", 403, instance_guid="web______0", reported_state="destroyed"
    )
    assert refusal["title"] == "Not destroying yet because this partition has child partitions: db"
    for guid in ("db___web___0", "web______0"):
        told = call("put.v0.software_instance_reported_state", instance_guid=guid, reported_state="destroyed")
        assert told["title"] == "Destroyed"
    assert call("allDocs.v0.compute_node_instance_list", computer_guid="mine") == {"result_list": []}


def test_a_shared_instance_lives_on_its_sharer(call, service):
    wanted = {
        "title": "site",
        "software_release_uri": RELEASE,
        "software_type": "default",
        "shared": True,
        "parameters": {"q": 1},
        "sla_parameters": {"computer_guid": "mine"},
    }
    made = call("post.v0.software_instance", **wanted)
    guid = {"instance_guid": "site______1"}
    assert (made["shared"], made["compute_partition_id"]) == (True, "slappart0")
    (row,) = call("allDocs.v0.instance_node_instance_list", instance_guid="svc______0")["result_list"]
    assert (row["title"], row["parameters"]) == ("site", {"q": 1})
    assert (
        call("put.v0.software_instance_reported_state", **guid, reported_state="started")["title"]
        == "Ignored"
    )
    call("put.v0.software_instance_bang", 403, **guid, message="")
    call("put.v0.software_instance_error", **guid, message="no certificate")
    assert call("get.v0.software_instance", **guid)["access_status_message"] == "#error no certificate"
    call("put.v0.software_instance_connection_parameter", **guid, connection_parameter_dict={"url": "u"})
    assert call("get.v0.software_instance", **guid)["connection_parameters"] == {"url": "u"}
    call("put.v0.software_instance_title", **guid, title="page")
    assert call("get.v0.software_instance", instance_guid="page______1")["title"] == "page"


@pytest.mark.parametrize("method", ["software_instance_error", "software_installation_error"])
def test_of_a_long_message_the_end_is_kept(client, call, service, method):
    named = {"instance_guid": "svc______0"}
    if method == "software_installation_error":
        named = {"computer_guid": "mine", "software_release_uri": RELEASE}
        call("post.v0.software_installation", **named)
    call(f"put.v0.{method}", **named, message="x" * 300_000 + "the reason")
    shown = call("get.v0.software_instance", instance_guid="svc______0")["access_status_message"]
    assert shown.endswith("the reason") is (method == "software_instance_error")
    assert len(client.get("/getFullComputerInformation?computer_id=mine").content) < 200_000


def test_destroying_what_does_not_exist_allocates_nothing(call, formatted):
    body = {"title": "ghost", "software_release_uri": RELEASE, "software_type": "", "state": "destroyed"}
    gone = call("post.v0.software_instance", **body)
    assert (gone["state"], gone["compute_partition_id"]) == ("destroyed", "")
    assert call("allDocs.v0.compute_node_instance_list", computer_guid="mine") == {"result_list": []}


def test_no_room_is_403(call, formatted):
    body = {"software_release_uri": RELEASE, "software_type": "", "sla_parameters": {"computer_guid": "mine"}}
    for title in ("one", "two"):
        call("post.v0.software_instance", title=title, **body)
    refusal = call("post.v0.software_instance", 403, title="three", **body)
    assert refusal == {
        "status": 403,
        "type": "Forbidden",
        "title": "No free computer partition found for: three",
    }


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Content-Type": "text/plain"}, 415),
        ({"Content-Type": ""}, 415),
        ({"Content-Type": "application/json; charset=utf-8"}, 200),
        ({"Content-Type": "application/json", "Accept": "text/html"}, 406),
        ({"Content-Type": "application/json", "Accept": "application/json;q=0"}, 406),
        ({"Content-Type": "application/json", "Accept": "text/html, */*;q=0.1"}, 200),
        ({"Content-Type": "application/json", "Accept": ""}, 200),
    ],
)
def test_types_are_negotiated(client, headers, expected):
    answer = client.post("/slapos.allDocs.v0.instance_tree_list", content=b"{}", headers=headers)
    assert answer.status_code == expected
    assert answer.headers["content-type"] == "application/json"


def test_deep_nesting_is_refused(client):
    nested = b'{"title":' + b"[" * 300 + b"]" * 300 + b"}"
    answer = client.post(
        "/slapos.get.v0.instance_tree", content=nested, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 400
    assert "nested deeper" in answer.json()["title"]


def test_other_verbs_and_methods(client):
    assert client.get("/slapos.get.v0.hateoas_url").status_code == 405
    assert client.post("/slapos.get.v0.absent", json={}).status_code == 404


def test_the_interface_describes_itself(client):
    document = client.get("/openapi.json").json()
    assert (document["openapi"], document["info"]["title"]) == ("3.0.0", "slapos master api")
    assert len(document["paths"]) == 25
    for path, operations in document["paths"].items():
        schema = operations["post"]["requestBody"]["content"]["application/json"]["schema"]
        assert schema["additionalProperties"] is False, path
