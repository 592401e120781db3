"""The HATEOAS API: root, search, traverse and documents (wire-hateoas part A)."""

import json
import re
from collections.abc import Callable, Mapping
from urllib.parse import unquote

from slap_domain.errors import InvalidInput, NotFound
from slap_domain.model.references import ComputerGuid, InstanceTitle
from slap_domain.ports.master_for_tenants import MasterForTenants
from slap_proxy.http_api.conversations import Converse
from slap_proxy.http_api.exchange import JSON, Answer, Call, text
from slap_proxy.http_api.hateoas_documents import (
    ROOT,
    Json,
    computer_document,
    computer_row,
    root_document,
    search_document,
    service_document,
    service_row,
)
from slap_proxy.http_api.links import base_url, inside

# Clients write their queries from fixed texts; a title may hold any character, quotes included.
_QUERY = re.compile(
    r'portal_type:"(?P<type>[^"]*)" AND validation_state:validated'
    r'(?: AND (?P<key>title|reference|default_aggregate_reference):="(?P<value>.*)")?\Z',
    re.DOTALL,
)
_DOCUMENT = re.compile(rf"/?{ROOT}/(?P<kind>[a-z]+)/(?P<name>.+)\Z", re.DOTALL)
# Clients up to 1.6 call these by their former names.
_TREES = frozenset({"Instance Tree", "Hosting Subscription"})
_COMPUTERS = frozenset({"Compute Node", "Computer"})
_SERVICE_KINDS = frozenset({"services", "partitions", "shared"})


class Hateoas:
    """Answers the HATEOAS requests."""

    def __init__(self, converse: Converse, public_url: str) -> None:
        self._converse = converse
        self._public_url = public_url

    def url(self, call: Call) -> Answer:
        """Tell where the HATEOAS API is (wire-slap 4.6)."""
        return text(self.absolute_url(call))

    def absolute_url(self, call: Call) -> str:
        """Return where the HATEOAS API is, as the caller sees it."""
        return f"{base_url(call, self._public_url)}/{ROOT}/"

    def entry(self, call: Call) -> Answer:
        """Answer the root document, a search or a traversal, by the field `mode`."""
        mode = call.fields.get("mode", "")
        if mode == "search":
            return _json(self._search(call))
        if mode == "traverse":
            path = inside(call.required("relative_url"), base_url(call, self._public_url))
            return _json(self.document(call, unquote(path)))
        if mode:
            raise InvalidInput(f"mode {mode[:80]!r} is unknown", hint="use search or traverse")
        return _json(root_document(base_url(call, self._public_url), call.caller.user))

    def _search(self, call: Call) -> Json:
        query = call.required("query")
        match = _QUERY.match(query)
        if match is None:
            raise InvalidInput(f"Unhandled query: {query[:200]}")
        tenants = self._converse(call.caller).tenants
        rows = _SEARCHES.get(match["type"])
        if rows is None:
            raise InvalidInput(f"Unhandled query: {query[:200]}")
        return search_document(rows(tenants, match["key"], match["value"]))

    def document(self, call: Call, path: str) -> Json:
        """Return the document at a path.

        Raises:
            NotFound: there is none.
        """
        match = _DOCUMENT.match(path)
        tenants = self._converse(call.caller).tenants
        if match and match["kind"] in _SERVICE_KINDS:
            return service_document(tenants.describe_service(InstanceTitle(match["name"])))
        if match and match["kind"] == "computers":
            return computer_document(tenants.describe_computer(ComputerGuid(match["name"])))
        raise NotFound(f"there is no document at {path[:200]!r}")

    def show(self, call: Call) -> Answer:
        """Answer the document at the request's own path."""
        return _json(self.document(call, call.path))


def _trees(tenants: MasterForTenants, key: str | None, value: str) -> list[Json]:
    rows = [service_row(service) for service in tenants.list_services()]
    return rows if key is None else [row for row in rows if key == "title" and row["title"] == value]


def _computers(tenants: MasterForTenants, key: str | None, value: str) -> list[Json]:
    rows = [computer_row(computer) for computer in tenants.list_computers()]
    return rows if key is None else [row for row in rows if row.get(key) == value]


_SEARCHES: Mapping[str, Callable[[MasterForTenants, str | None, str], list[Json]]] = {
    **dict.fromkeys(_TREES, _trees),
    **dict.fromkeys(_COMPUTERS, _computers),
}


def _json(document: Json) -> Answer:
    return Answer(body=json.dumps(document).encode(), content_type=JSON)
