"""What HTTP clients may do besides the plain request: verbs, paths, limits, headers, caching."""

import socket
from dataclasses import replace

import pytest

from slap_domain.errors import InvalidInput
from slap_proxy.http_api.exchange import Call
from slap_proxy.http_api.links import base_url, inside
from slap_proxy.settings import Limits


def test_verbs(client):
    assert client.post("/getRunId").status_code == 405
    assert client.get("/supplySupply").status_code == 405
    assert client.get("/supplySupply").headers["allow"] == "OPTIONS, POST"
    told = client.options("/getRunId")
    assert (told.status_code, told.headers["allow"]) == (200, "GET, HEAD, OPTIONS")
    head = client.head("/getRunId")
    assert (head.status_code, head.headers["content-length"], head.content) == (200, "32", b"")


def test_paths(client):
    assert client.get(f"{client.base_url}/getRunId").status_code == 200
    assert client.get("/getRunId/").status_code == 404
    assert client.get("/noSuchMethod").status_code == 404
    assert "/noSuchMethod" in client.get("/noSuchMethod").text


def test_a_missing_field_is_named(client):
    refused = client.post("/supplySupply", data={"url": "https://example.com/u.cfg"})
    assert (refused.status_code, refused.text) == (400, "field computer_id is missing")


def test_a_body_beyond_the_limit_is_refused(settings, serve):
    with serve(replace(settings, limits=Limits(body=1000))) as client:
        assert client.post("/supplySupply", content=b"x" * 1001).status_code == 413

        def pieces():
            for _ in range(20):
                yield b"x" * 100

        assert client.post("/supplySupply", content=pieces()).status_code == 413


def test_a_body_that_does_not_come_is_given_up(settings, serve):
    with serve(replace(settings, limits=Limits(seconds=0.3))) as client:
        address = (client.base_url.host, client.base_url.port)
        with socket.create_connection(address, timeout=5) as connection:
            connection.sendall(b"POST /supplySupply HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc")
            assert connection.recv(1000).startswith(b"HTTP/1.1 408 ")


@pytest.mark.parametrize("title", ["Zoë's <b>site</b> & co / 50 %", "a___b", 'my "best" \\ page'])
def test_titles_are_peoples_names_for_things(client, recorded, title):
    recorded("loadComputerConfigurationFromXML").send(client)
    body = {"title": title, "software_release_uri": "https://example.com/u.cfg", "software_type": ""}
    made = client.post("/slapos.post.v0.software_instance", json=body)
    assert made.status_code == 200, made.text
    guid = made.json()["instance_guid"]
    shown = client.post("/slapos.get.v0.software_instance", json={"instance_guid": guid})
    assert shown.json()["title"] == title
    for written in (title, title.replace("\\", "\\\\").replace('"', '\\"')):
        query = f'portal_type:"Instance Tree" AND validation_state:validated AND title:="{written}"'
        answer = client.get("/hateoas/", params={"mode": "search", "query": query}).json()
        rows = answer["_embedded"]["contents"]
        assert [row["title"] for row in rows] == [title]
    traverse = {"mode": "traverse", "relative_url": rows[0]["relative_url"], "view": "slaposjs_view"}
    view = client.get("/hateoas/", params=traverse).json()["_embedded"]["_view"]
    assert view["my_reference"]["default"] == title
    assert client.get(rows[0]["relative_url"]).status_code == 200


def test_traverse_leads_nowhere_else(client):
    for url in ("http://example.com/hateoas/computers/x", "//example.com/hateoas/computers/x", "/etc/passwd"):
        answer = client.get("/hateoas/", params={"mode": "traverse", "relative_url": url})
        assert answer.status_code in {400, 404}
        assert "location" not in answer.headers


def test_unknown_queries_and_modes_are_refused(client):
    assert client.get("/hateoas/", params={"mode": "search", "query": "x"}).status_code == 400
    query = 'portal_type:"Person" AND validation_state:validated'
    assert client.get("/hateoas/", params={"mode": "search", "query": query}).status_code == 400
    assert client.get("/hateoas/", params={"mode": "dance"}).status_code == 400


def test_an_answer_is_cached_only_by_who_asks_for_a_tag(client, recorded):
    recorded("loadComputerConfigurationFromXML").send(client)
    path = "/getFullComputerInformation?computer_id=local_computer"
    plain = client.get(path, headers={"If-None-Match": "*"})
    assert plain.headers["cache-control"] == "no-store"
    assert "etag" not in plain.headers
    ask = {"X-Slapos-Conditional": "yes"}
    first = client.get(path, headers=ask)
    assert first.content == plain.content
    again = {**ask, "If-None-Match": first.headers["etag"]}
    unchanged = client.get(path, headers=again)
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    recorded("requestComputerPartition.root").send(client)
    changed = client.get(path, headers=again)
    assert changed.status_code == 200
    assert b"my instance" in changed.content
    assert changed.headers["etag"] != first.headers["etag"]


def call(**headers):
    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Call(verb="GET", path="", headers=pairs)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"host": "a:5000"}, "http://a:5000"),
        ({"host": "[::1]:5000"}, "http://[::1]:5000"),
        ({"host": "a", "x_forwarded_proto": "https"}, "https://a"),
        ({"host": "a", "x_forwarded_proto": "http, https", "x_forwarded_prefix": "/pfx/"}, "https://a/pfx"),
        ({"host": "a", "x_forwarded_host": "x, public.example.com"}, "http://public.example.com"),
    ],
)
def test_links_start_where_the_client_is(headers, expected):
    assert base_url(call(**headers)) == expected
    assert base_url(call(**headers), "https://configured/") == "https://configured"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"host": "a b"},
        {"host": "a/../"},
        {"host": "a", "x_forwarded_proto": "javascript"},
        {"host": "a", "x_forwarded_prefix": "//evil"},
    ],
)
def test_headers_that_make_no_url_are_refused(headers):
    with pytest.raises(InvalidInput):
        base_url(call(**headers))


def test_relative_urls_are_paths_of_this_master():
    assert inside("/hateoas/x", "http://a") == "/hateoas/x"
    assert inside("http://a/hateoas/x", "http://a") == "/hateoas/x"
    with pytest.raises(InvalidInput):
        inside("http://a.evil/hateoas/x", "http://a")


def test_a_project_chooses_the_computer(settings, serve, recorded):
    memberships = {"local_computer": {"project_guid": "red"}, "COMP-2": {"project_guid": "blue"}}
    with serve(replace(settings, memberships=memberships)) as client:
        recorded("loadComputerConfigurationFromXML").send(client)
        partitions = [{"partition_id": "part0"}]
        format_it = {"computer_guid": "COMP-2", "compute_partition_list": partitions}
        assert client.post("/slapos.put.v0.compute_node_format", json=format_it).status_code == 200
        for project, status, computer in (
            ("blue", 200, "COMP-2"),
            ("blue", 403, ""),
            ("red", 200, "local_computer"),
        ):
            body = {
                "title": f"{project}{status}",
                "software_release_uri": "https://example.com/u.cfg",
                "software_type": "",
                "sla_parameters": {"project_guid": project},
            }
            answer = client.post("/slapos.post.v0.software_instance", json=body)
            assert (answer.status_code, answer.json().get("computer_guid", "")) == (status, computer)
