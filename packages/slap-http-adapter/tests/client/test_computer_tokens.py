import json

import pytest

from slap_domain.errors import MasterUnreachable, NotFound
from slap_http_adapter.client.computer_tokens import given_computer_token


def give(master, root, *answers):
    """Let a master tell where its HATEOAS interface is, what its root document holds, and answer on."""
    master.answer(f"{master.url}/hateoas/", json.dumps({"_links": root}), *answers)


def test_a_token_is_asked_for_where_the_master_says_that_it_is(master, connection):
    give(master, {"self": {"href": f"{master.url}/elsewhere"}}, '{"access_token": "secret"}')
    assert given_computer_token(connection) == "secret"
    assert master.asked[-1].path == "/elsewhere/computer_module/Base_getComputerToken"


@pytest.mark.parametrize(
    ("links", "answer", "kind", "reason"),
    [
        ({}, 404, NotFound, "it does not say where"),
        ({"self": {"href": "hateoas"}}, 404, NotFound, "Base_getComputerToken does not exist"),
        ({"self": {"href": "hateoas"}}, "{}", MasterUnreachable, "answers none"),
        ({"self": {"href": "hateoas"}}, '{"access_token": 1}', MasterUnreachable, "answers none"),
    ],
)
def test_a_master_that_gives_no_tokens_is_said_to_give_none(master, connection, links, answer, kind, reason):
    links = {name: {"href": f"{master.url}/{link['href']}"} for name, link in links.items()}
    give(master, links, answer)
    with pytest.raises(kind, match=f"gives no tokens for computers: .*{reason}") as refusal:
        given_computer_token(connection)
    assert "`slapos node format` makes it known" in refusal.value.hint
