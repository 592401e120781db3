"""What clients look for with HATEOAS queries, besides services and computers."""

from urllib.parse import quote

import pytest

from slap_domain.model.instance import InstanceRequest
from slap_domain.model.references import instance_title, software_url
from slap_http_adapter.wire.request import request_form

RELEASE = "https://example.com/demo/software.cfg"
RELEASES = 'portal_type:"Software Installation" AND validation_state:validated'
MEMBERS = 'portal_type:("Software Instance", "Slave Instance") AND validation_state:validated'


def search(client, query):
    answer = client.get("/hateoas/", params={"mode": "search", "query": query})
    assert answer.status_code == 200, answer.text
    return answer.json()["_embedded"]["contents"]


def document(client, row):
    answer = client.get("/hateoas/", params={"mode": "traverse", "relative_url": row["relative_url"]})
    assert answer.status_code == 200, answer.text
    view = answer.json()["_embedded"]["_view"]
    return answer.json()["_links"]["type"]["name"], {key: each["default"] for key, each in view.items()}


@pytest.fixture
def filled(client, recorded):
    recorded("loadComputerConfigurationFromXML").send(client)
    recorded("requestComputerPartition.root").send(client)
    supply = {"url": RELEASE, "computer_id": "local_computer", "state": "available"}
    assert client.post("/supplySupply", data=supply).status_code == 200
    return client


@pytest.mark.parametrize("which", ["", ' AND default_aggregate_reference:="local_computer"'])
def test_supplied_releases_are_found(filled, which):
    (row,) = [row for row in search(filled, RELEASES + which) if row["url_string"] == RELEASE]
    kind, view = document(filled, row)
    assert kind == "Software Installation"
    assert (view["my_url_string"], view["my_slap_state"]) == (RELEASE, "available")
    assert view["my_reference"] == "local_computer"


def test_the_releases_of_another_computer_are_not_mixed_in(filled):
    assert search(filled, f'{RELEASES} AND default_aggregate_reference:="other"') == []


def test_the_instances_of_a_tree_are_found(filled):
    (row,) = search(filled, f'{MEMBERS} AND default_specialise_title:="my instance"')
    assert (row["title"], row["portal_type"]) == ("my instance", "Software Instance")
    kind, view = document(filled, row)
    assert (kind, view["my_title"]) == ("Software Instance", "my instance")
    assert search(filled, f'{MEMBERS} AND default_specialise_title:="absent"') == []


@pytest.mark.parametrize("query", [MEMBERS, f'{RELEASES} AND title:="x"', f'{MEMBERS} AND title:="x"'])
def test_other_queries_are_refused(filled, query):
    assert filled.get("/hateoas/", params={"mode": "search", "query": query}).status_code == 400


@pytest.mark.parametrize(
    "path", ["instances/999", "instances/x", f"installations/local_computer/{quote('absent', safe='')}"]
)
def test_what_is_not_there_is_not_found(filled, path):
    assert filled.get(f"/hateoas/{path}").status_code == 404


def test_of_two_services_of_a_title_clients_find_one_and_the_list_has_both(filled):
    shared = InstanceRequest(title=instance_title("my instance"), release=software_url(RELEASE), shared=True)
    assert filled.post("/requestComputerPartition", data=request_form(shared)).status_code == 200
    trees = 'portal_type:"Instance Tree" AND validation_state:validated'
    (one,) = search(filled, f'{trees} AND title:="my instance"')
    rows = search(filled, trees)
    assert [row["title"] for row in rows] == ["my instance", "my instance"]
    assert one == rows[0]
    assert [document(filled, row)[1]["my_root_slave"] for row in rows] == [0, 1]
    assert filled.get("/hateoas/shared/absent").status_code == 404
