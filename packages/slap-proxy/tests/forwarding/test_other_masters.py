import socket
import time
from dataclasses import replace

import pytest

from slap_http_adapter.wire.marshal import dumps, loads
from slap_proxy.configured_sections import Frontend, OtherMaster

RELEASE = "https://example.com/demo/software.cfg"
ELSEWHERE = "https://example.com/elsewhere.cfg"
CDN = "https://example.com/cdn.cfg"


def request(client, title, release, **more):
    form = {
        "software_release": release,
        "software_type": "default",
        "partition_reference": title,
        "partition_parameter_xml": dumps(more.pop("parameters", {})).decode(),
        "filter_xml": dumps(more.pop("filters", {})).decode(),
        "state": dumps(more.pop("state", None)).decode(),
        "shared_xml": dumps(more.pop("shared", False)).decode(),
        **more,
    }
    return client.post("/requestComputerPartition", data=form)


@pytest.fixture
def other(settings, serve, recorded):
    with serve(settings) as client:
        recorded("loadComputerConfigurationFromXML").send(client)
        recorded("requestComputerPartition.root").send(client)
        yield client


@pytest.fixture
def front(settings, serve, recorded, other):
    url = f"{str(other.base_url).rstrip('/')}/"
    masters = (
        OtherMaster(url=url, releases=(ELSEWHERE,)),
        OtherMaster(url="https://secure.example.com/", releases=("https://example.com/secure.cfg",)),
        OtherMaster(url=f"http://127.0.0.1:{unused_port()}/", releases=("https://example.com/away.cfg",)),
    )
    frontends = (Frontend(release=CDN, types=("default",), connection={"domain": "{name}.example.com"}),)
    with serve(replace(settings, masters=masters, frontends=frontends)) as client:
        recorded("loadComputerConfigurationFromXML").send(client)
        yield client


def unused_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def trees(client):
    listed = client.post("/slapos.allDocs.v0.instance_tree_list", json={}).json()
    return [row["title"] for row in listed["result_list"]]


def test_a_release_of_another_master_is_requested_there(front, other):
    answer = request(front, "web", ELSEWHERE, parameters={"a": "1"})
    assert answer.status_code == 200
    state = loads(answer.content).state
    assert state["_master_url"] == f"{str(other.base_url).rstrip('/')}/"
    assert state["slap_computer_partition_id"] == "slappart1"
    assert trees(other) == ["my instance", "user_web"]
    assert trees(front) == []


def test_a_child_is_requested_in_the_name_of_its_requester(front, other):
    request(front, "local", RELEASE)
    place = {"computer_id": "local_computer", "computer_partition_id": "slappart0"}
    assert request(front, "web", ELSEWHERE, **place).status_code == 200
    assert trees(other) == ["my instance", "slappart0_web"]


def test_a_master_may_be_named(front, other):
    url = f"{str(other.base_url).rstrip('/')}/"
    assert request(front, "named", RELEASE, filters={"master_url": url}).status_code == 200
    assert trees(other) == ["my instance", "user_named"]
    refused = request(front, "named", RELEASE, filters={"master_url": "http://192.0.2.1/"})
    assert refused.status_code == 404
    assert "is not configured" in refused.text


def test_what_is_allocated_here_stays_here(front):
    assert request(front, "web", RELEASE).status_code == 200
    moved = request(front, "web", ELSEWHERE)
    assert "_master_url" not in loads(moved.content).state
    assert trees(front) == ["web"]


def test_refusals_of_the_other_master_are_passed_on(front):
    request(front, "one", ELSEWHERE)
    for _ in range(2):
        assert request(front, "two", ELSEWHERE).status_code == 404


def test_a_master_that_is_away_is_523_and_one_without_key_404(front):
    assert request(front, "web", "https://example.com/away.cfg").status_code == 523
    refused = request(front, "web", "https://example.com/secure.cfg")
    assert refused.status_code == 404
    assert "has no key and cert" in refused.text
    named = request(front, "web", RELEASE, filters={"master_url": "https://secure.example.com/"})
    assert (named.status_code, "has no key and cert" in named.text) == (404, True)


def test_the_json_api_forwards_too(front, other):
    body = {"title": "web", "software_release_uri": ELSEWHERE, "software_type": "default"}
    answer = front.post("/slapos.post.v0.software_instance", json=body)
    assert answer.status_code == 200
    assert answer.json()["compute_partition_id"] == "slappart1"
    body["software_release_uri"] = "https://example.com/away.cfg"
    failed = front.post("/slapos.post.v0.software_instance", json=body)
    assert (failed.status_code, failed.json()["status"]) == (523, 523)


def test_a_destroyed_instance_is_destroyed_there(front, other):
    request(front, "web", ELSEWHERE)
    assert request(front, "web", ELSEWHERE, state="destroyed").status_code == 200
    assert trees(other) == ["my instance"]


def test_a_frontend_answers_by_itself(front):
    answer = request(front, "site", CDN, shared=True, parameters={"name": "zoe"})
    state = loads(answer.content).state
    assert state["_connection_dict"] == {"domain": "zoe.example.com"}
    assert state["slap_computer_partition_id"] == ""
    refused = request(front, "site", CDN, shared=True)
    gone = request(front, "site", CDN, shared=True, state="destroyed")
    assert loads(gone.content).state["_requested_state"] == "destroyed"
    assert refused.status_code == 400
    assert "the frontend needs the parameter name" in refused.text
    assert request(front, "site", CDN).status_code == 200, "an instance that is not shared is allocated"


def test_a_master_that_names_itself_answers_itself(settings, serve, recorded):
    port = unused_port()
    own = OtherMaster(url=f"http://127.0.0.1:{port}/", releases=())
    with serve(replace(settings, port=port, masters=(own,))) as client:
        recorded("loadComputerConfigurationFromXML").send(client)
        for name in (own.url, f"http://127.0.0.1:{port}"):
            answer = request(client, "web", RELEASE, filters={"master_url": name})
            assert loads(answer.content).state["slap_computer_partition_id"] == "slappart0"
        client.headers["Host"] = "box.example.com"
        for name, status in (
            ("http://box.example.com/", 200),
            ("https://box.example.com/", 404),
            (f"http://localhost:{port}/", 200),
            (f"https://localhost:{port}/", 404),
        ):
            answer = request(client, "gone", RELEASE, state="destroyed", filters={"master_url": name})
            assert answer.status_code == status, name
    with serve(replace(settings, masters=(replace(own, url="http://localhost/"),))) as client:
        assert request(client, "web", RELEASE, filters={"master_url": "http://x/"}).status_code == 404


def test_masters_that_forward_in_a_circle_say_so(settings, serve):
    first, second = unused_port(), unused_port()

    def circling(port, other):
        masters = (OtherMaster(url=f"http://127.0.0.1:{other}/", releases=(ELSEWHERE,)),)
        return serve(
            replace(settings, port=port, masters=masters, database_uri=f"{settings.database_uri}{port}")
        )

    with circling(first, second) as one, circling(second, first):
        started = time.monotonic()
        answer = request(one, "web", ELSEWHERE)
    assert time.monotonic() - started < 20
    assert answer.status_code == 409
    assert "is requested in a circle: 2 masters" in answer.text
    assert "hint: look at the sections [multimaster/<url>]" in answer.text


def test_a_malformed_way_is_refused(front):
    front.headers["X-Slapos-Handed-On-By"] = "a b"
    assert request(front, "web", ELSEWHERE).status_code == 400
