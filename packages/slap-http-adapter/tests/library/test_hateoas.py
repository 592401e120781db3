"""What the library asks the master's documents."""

import json

import pytest
from library_steps import partition_of
from scripted_master import Reply
from wire_samples import sample

from slapos import slap
from slapos.slap.hateoas import HateoasNavigator, SlapHateoasNavigator

pytestmark = pytest.mark.usefixtures("impatient")


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
