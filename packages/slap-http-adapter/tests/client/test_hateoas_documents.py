"""HATEOAS documents of several masters as values of the domain."""

import json

import pytest

from slap_domain.errors import MasterUnreachable, NotFound
from slap_domain.model.instance import InstanceState
from slap_http_adapter.client.hateoas import Hateoas
from slap_http_adapter.client.hateoas_documents import computer_summary, service_description, service_summary

TREE = {
    "title": "svc",
    "reference": "HOSTSUBS-12",
    "url_string": "u",
    "source_reference": "default",
    "slap_state": "start_requested",
    "root_slave": 0,
    "text_content": None,
    "connection_parameter_list": [{"connection_key": "url", "connection_value": "http://x"}],
    "news": {"instance": [{"text": "#access ok", "created_at": "today"}]},
}


def test_a_master_with_references_of_its_own_is_understood():
    service = service_description(TREE)
    assert (service.title, service.state) == ("svc", InstanceState.STARTED)
    assert service.connection == {"url": "http://x"}
    assert service.news == ("#access ok",)


@pytest.mark.parametrize("news", [None, "x", {}, {"computer": []}])
def test_without_news_of_instances_there_are_none(news):
    assert service_description({**TREE, "news": news}).news is None


@pytest.mark.parametrize(
    "change",
    [
        {"title": None, "reference": None},
        {"slap_state": "confused"},
        {"text_content": "<instance"},
        {"connection_parameter_list": [{"connection_value": "x"}]},
        {"connection_parameter_list": 3},
        {"news": {"instance": [3]}},
    ],
)
def test_malformed_documents_are_told(change):
    with pytest.raises(MasterUnreachable, match="an instance tree"):
        service_description({**TREE, **change})


def test_malformed_rows_are_told():
    with pytest.raises(MasterUnreachable):
        service_summary({})
    with pytest.raises(MasterUnreachable):
        computer_summary({"title": "x"})


@pytest.fixture
def hateoas(master, connection):
    master.answer(f"{master.url}/hateoas")
    return Hateoas(connection)


def _serve(master, path, document):
    body = document if isinstance(document, str) else json.dumps(document)
    master.answer(f"{master.url}/hateoas", body, path)


def test_a_root_without_links_is_told(master, hateoas):
    master.answer(f"{master.url}/hateoas", '{"_links": {}}')
    with pytest.raises(MasterUnreachable, match="href is missing"):
        hateoas.instance_trees()


def test_a_link_that_is_no_url_is_told(master, hateoas):
    master.answer(f"{master.url}/hateoas", '{"_links": {"raw_search": {"href": "http://[/"}}}')
    with pytest.raises(MasterUnreachable, match="is no URL"):
        hateoas.instance_trees()


def test_a_template_not_understood_is_told(master, hateoas):
    master.answer(f"{master.url}/hateoas", '{"_links": {"raw_search": {"href": "/{+query}"}}}')
    with pytest.raises(MasterUnreachable, match="not understood"):
        hateoas.instance_trees()


ROOT = {
    "_links": {"raw_search": {"href": "search{?query,limit}"}, "traverse": {"href": "/doc/{relative_url}"}}
}


def test_relative_links_and_limits_are_understood(master, hateoas):
    master.answer(f"{master.url}/hateoas/", json.dumps(ROOT), '{"_embedded": {"contents": []}}')
    assert hateoas.instance_trees() == []
    assert master.asked[-1].method == "hateoas/search"
    assert master.asked[-1].query["limit"] == "10000"
    with pytest.raises(NotFound):
        hateoas.computer("c")


@pytest.mark.parametrize("document", [{"_embedded": []}, {"_embedded": {"contents": [3]}}])
def test_a_search_that_is_none_is_told(master, hateoas, document):
    master.answer(f"{master.url}/hateoas/", json.dumps(ROOT), json.dumps(document))
    with pytest.raises(MasterUnreachable, match="no HATEOAS document"):
        hateoas.instance_trees()


def test_only_fields_with_values_become_properties(master, hateoas):
    view = {
        "form_id": {"type": "StringField", "default": "x"},
        "my_title": {"type": "StringField", "default": "t"},
        "your_count": {"type": "IntegerField", "default": 3},
        "my_list": {"type": "ListBox", "default": []},
        "other_title": {"type": "StringField", "default": "x"},
    }
    document = {"_embedded": {"_view": view}}
    master.answer(f"{master.url}/hateoas/", json.dumps(ROOT), json.dumps(document))
    assert hateoas.traverse("a/b") == {"title": "t", "count": 3}
    assert master.asked[-1].path == "/doc/a%2Fb"


def test_a_document_that_is_none_is_told(master, hateoas):
    master.answer(f"{master.url}/hateoas/", json.dumps(ROOT), '{"_embedded": {"_view": {"my_title": 3}}}')
    with pytest.raises(MasterUnreachable, match="no HATEOAS document"):
        hateoas.traverse("x")
