"""Calls methods of a master's JSON interface (wire-hateoas part B)."""

import json
from typing import TYPE_CHECKING

from slap_domain.errors import InvalidInput, MasterUnreachable, NotFound
from slap_http_adapter.client.answers import Answer, misunderstood, refusal
from slap_http_adapter.wire.fields import as_mapping

if TYPE_CHECKING:
    from slap_http_adapter.client.connection import Connection


def tree_instance(connection: "Connection", root: str, title: str) -> dict[str, object]:
    """Return what the master knows of an instance of a tree, shared or not, by titles.

    Raises:
        NotFound: the tree has no instance of that title.
        MasterUnreachable: the master has no JSON interface.
    """
    # The root itself belongs to no other tree.
    tree = "" if root == title else root
    for shared in (0, 1):
        answer = connection.call(
            "slapos.get.v0.software_instance", {"instance_guid": f"{title}___{tree}___{shared}"}
        )
        # What does not exist is 403 there, not 404 (wire-hateoas B1).
        if answer.status != 403:
            return _document(answer)
    raise NotFound(f"{title!r} is no instance of the tree of {root!r}")


def _document(answer: Answer) -> dict[str, object]:
    if answer.status == 404:
        raise MasterUnreachable(f"{answer.url}: the master has no JSON interface, which this needs")
    if not answer.is_success:
        raise refusal(answer)
    try:
        return as_mapping(json.loads(answer.text), "the document of an instance")
    except (ValueError, RecursionError) as error:
        raise misunderstood(answer, InvalidInput("the document of an instance is no JSON")) from error
    except InvalidInput as error:
        raise misunderstood(answer, error) from error
