"""The HATEOAS API: root, search, traverse and documents (wire-hateoas part A)."""

import json
import re
from collections.abc import Callable, Mapping
from urllib.parse import unquote

from slap_domain.errors import InvalidInput, NotFound
from slap_domain.model.master.instance_tree import Instance
from slap_domain.model.master.records import ReleaseRecord
from slap_domain.model.references import ComputerGuid, InstanceTitle
from slap_domain.ports.master_for_tenants import MasterForTenants, ServiceDescription
from slap_domain.use_cases.master.look_around import (
    describe_member,
    describe_service,
    list_members,
    list_releases,
)
from slap_proxy.http_api.conversations import Converse, DeskFor
from slap_proxy.http_api.exchange import JSON, Answer, Call, text
from slap_proxy.http_api.hateoas_documents import (
    ROOT,
    Json,
    computer_document,
    computer_row,
    member_row,
    release_document,
    release_row,
    root_document,
    search_document,
    service_document,
    service_row,
)
from slap_proxy.http_api.links import base_url, inside

# Clients write their queries from fixed texts; a title may hold any character, quotes included.
_QUERY = re.compile(
    r'portal_type:(?P<type>"[^"]*"|\("Software Instance", "Slave Instance"\)) AND validation_state:validated'
    r"(?: AND (?P<key>title|reference|default_aggregate_reference|default_specialise_title)"
    r':="(?P<value>.*)")?\Z',
    re.DOTALL,
)
_DOCUMENT = re.compile(rf"/?{ROOT}/(?P<kind>[a-z]+)/(?P<name>.+)\Z", re.DOTALL)
# Clients up to 1.6 call these by their former names.
_TREES = frozenset({'"Instance Tree"', '"Hosting Subscription"'})
_COMPUTERS = frozenset({'"Compute Node"', '"Computer"'})
_RELEASES = '"Software Installation"'
_MEMBERS = '("Software Instance", "Slave Instance")'
_NUMBER = re.compile(r"[0-9]{1,18}\Z", re.ASCII)
# Links that existing proxies gave out say `partitions`, and `shared` where an instance is.
_SERVICE_KINDS = frozenset({"services", "partitions"})


class Hateoas:
    """Answers the HATEOAS requests."""

    def __init__(self, converse: Converse, desk_for: DeskFor, public_url: str) -> None:
        self._converse = converse
        self._desk_for = desk_for
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
        kind, key, value = match["type"], match["key"], match["value"]
        if kind == _RELEASES and key in (None, "default_aggregate_reference"):
            return search_document([release_row(each) for each in self._releases(call, value)])
        if kind == _MEMBERS and key == "default_specialise_title":
            return search_document([member_row(each) for each in self._members(call, InstanceTitle(value))])
        tenants = self._converse(call.caller).tenants
        rows = _SEARCHES.get(kind)
        if rows is None:
            raise InvalidInput(f"Unhandled query: {query[:200]}")
        return search_document(rows(tenants, key, value))

    def _releases(self, call: Call, guid: str | None) -> tuple[ReleaseRecord, ...]:
        computer = None if guid is None else ComputerGuid(guid)
        return self._desk_for(call.caller).read(
            lambda records, occasion: list_releases(records, occasion, computer)
        )

    def _members(self, call: Call, title: InstanceTitle) -> tuple[Instance, ...]:
        return self._desk_for(call.caller).read(
            lambda records, occasion: list_members(records, occasion, title)
        )

    def _member(self, call: Call, number: str) -> ServiceDescription:
        if not _NUMBER.match(number):
            raise NotFound(f"there is no instance of number {number[:80]!r}")
        return self._desk_for(call.caller).read(
            lambda records, occasion: describe_member(records, occasion, int(number))
        )

    def _shared(self, call: Call, title: InstanceTitle) -> ServiceDescription:
        return self._desk_for(call.caller).read(
            lambda records, occasion: describe_service(records, occasion, title, kinds=(True,))
        )

    def _release(self, call: Call, name: str) -> ReleaseRecord:
        guid, _, url = name.partition("/")
        found = next((each for each in self._releases(call, guid) if each.url == url), None)
        if found is None:
            raise NotFound(f"release {url[:200]!r} is not supplied to {guid[:200]!r}")
        return found

    def document(self, call: Call, path: str) -> Json:
        """Return the document at a path.

        Raises:
            NotFound: there is none.
        """
        match = _DOCUMENT.match(path)
        tenants = self._converse(call.caller).tenants
        if match and match["kind"] in _SERVICE_KINDS:
            return service_document(tenants.describe_service(InstanceTitle(match["name"])))
        if match and match["kind"] == "shared":
            return service_document(self._shared(call, InstanceTitle(match["name"])))
        if match and match["kind"] == "computers":
            return computer_document(tenants.describe_computer(ComputerGuid(match["name"])))
        if match and match["kind"] == "instances":
            return service_document(self._member(call, match["name"]), "Software Instance")
        if match and match["kind"] == "installations":
            return release_document(self._release(call, match["name"]))
        raise NotFound(f"there is no document at {path[:200]!r}")

    def show(self, call: Call) -> Answer:
        """Answer the document at the request's own path."""
        return _json(self.document(call, call.path))


def _trees(tenants: MasterForTenants, key: str | None, value: str) -> list[Json]:
    services = tenants.list_services()
    if key is None:
        return [service_row(service) for service in services]
    found = [service for service in services if key == "title" and service.title in _meant(value)]
    # Clients believe that a title has one service: of two, they are told of the one that is not shared.
    plain = {service.title for service in found if not service.shared}
    return [service_row(each) for each in found if not each.shared or each.title not in plain]


def _computers(tenants: MasterForTenants, key: str | None, value: str) -> list[Json]:
    rows = [computer_row(computer) for computer in tenants.list_computers()]
    return rows if key is None else [row for row in rows if row.get(key) in _meant(value)]


def _meant(value: str) -> tuple[str, str]:
    r"""Return a searched text as it stands, and without the backslashes by which clients escape."""
    return value, re.sub(r'\\(["\\])', r"\1", value)


_SEARCHES: Mapping[str, Callable[[MasterForTenants, str | None, str], list[Json]]] = {
    **dict.fromkeys(_TREES, _trees),
    **dict.fromkeys(_COMPUTERS, _computers),
}


def _json(document: Json) -> Answer:
    return Answer(body=json.dumps(document).encode(), content_type=JSON)
