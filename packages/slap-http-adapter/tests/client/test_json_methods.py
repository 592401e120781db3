"""The JSON interface, as far as the library needs it."""

import json

import pytest
from scripted_master import Reply
from wire_samples import sample

from slap_domain.errors import MasterUnreachable, NotFound
from slap_http_adapter.client.json_methods import tree_instance

CAPTURED = sample("jsonrpc.get.v0.software_instance")


def test_an_instance_is_asked_as_was_captured(master, connection):
    master.answer(CAPTURED.answer)
    wanted = json.loads(CAPTURED.body)["instance_guid"]
    title, root, _ = wanted.split("___")
    document = tree_instance(connection, root or title, title)
    assert json.loads(master.asked[0].body) == {"instance_guid": wanted}
    assert master.asked[0].headers["content-type"] == "application/json"
    assert document["title"] == title


def test_a_shared_instance_is_found(master, connection):
    master.answer(403, CAPTURED.answer)
    assert tree_instance(connection, "web", "site")
    assert [json.loads(asked.body)["instance_guid"] for asked in master.asked] == [
        "site___web___0",
        "site___web___1",
    ]


def test_what_is_not_there_is_told(master, connection):
    master.answer(403)
    with pytest.raises(NotFound, match="no instance of the tree"):
        tree_instance(connection, "web", "db")


@pytest.mark.parametrize(
    "reply", [Reply(status=404), Reply(status=500), Reply(body=b"<html>"), Reply(body=b"[]")]
)
def test_a_master_without_the_interface_is_told(master, connection, reply):
    master.answer(reply)
    with pytest.raises(MasterUnreachable):
        tree_instance(connection, "web", "db")
