"""The SLAP methods by which tenants and recipes ask for instances and releases (wire-slap section 4.3)."""

from collections.abc import Mapping
from dataclasses import replace

from slap_domain.errors import InvalidInput
from slap_domain.model.instance import InstanceRequest, RequestedInstance
from slap_http_adapter.wire.handing_on import HEADER as HANDED_ON
from slap_http_adapter.wire.handing_on import masters_passed
from slap_http_adapter.wire.marshal import dumps
from slap_http_adapter.wire.partition_header import claimed_partition
from slap_http_adapter.wire.request import form_requester, instance_object, instance_request
from slap_proxy.http_api.conversations import Converse, DeskFor
from slap_proxy.http_api.exchange import Answer, Call, marshalled
from slap_proxy.http_api.links import base_url
from slap_proxy.http_api.remembered_answers import Key, RememberedAnswers, request_key
from slap_proxy.http_api.witnessed_requests import requested, unchanged

_HANDED_ON = HANDED_ON.lower().encode("ascii")


class SlapTenants:
    """Answers requests for instances, and what releases a product has."""

    def __init__(
        self,
        converse: Converse,
        desk_for: DeskFor,
        products: Mapping[str, tuple[str, ...]],
        *,
        answers_elsewhere: bool,
        looks_first: bool = True,
    ) -> None:
        """Take what the handlers need.

        Args:
            converse: opens the conversations of a caller.
            desk_for: opens the desk of a caller.
            products: releases of each product.
            answers_elsewhere: another master or a frontend may answer, so no answer is remembered here.
            looks_first: try to answer by reading only, before doing what may write: that saves locks on a
                server's database, and nothing on the thread that writes anyway.
        """
        self._converse = converse
        self._desk_for = desk_for
        self._products = products
        self._answers_elsewhere = answers_elsewhere
        self._looks_first = looks_first
        self._remembered = RememberedAnswers()

    @property
    def remembers(self) -> bool:
        """Tell whether answers are remembered."""
        return not self._answers_elsewhere

    def request(self, call: Call) -> Answer:
        """Ask for an instance; the header says who asks, else the form, else it is a person."""
        if self._answers_elsewhere:
            passed = masters_passed(call.header(_HANDED_ON))
            wanted = replace(_not_sent_back(_wanted(call), call), handed_on_by=passed)
            return marshalled(_document(self._converse(call.caller).tenants.request(wanted)))
        key, desk = _key(call), self._desk_for(call.caller)
        given = self._remembered.find(key, desk)
        if given is not None:
            return marshalled(given)
        wanted, found = _wanted(call), None
        if self._looks_first:
            found = desk.read(lambda records, occasion: unchanged(records, occasion, wanted))
        if found is None:
            found = desk.write(lambda records, occasion: requested(records, occasion, wanted))
        document, witnesses = _document(found.told), found.witnesses
        if not witnesses:
            return marshalled(document)
        return marshalled(document, lambda: self._remembered.keep(key, document, witnesses))

    def remembered(self, call: Call) -> Answer | None:
        """Return the answer that was given to an equal request, None when it does not stand any more."""
        given = self._remembered.find(_key(call), self._desk_for(call.caller))
        return marshalled(given) if given is not None else None

    def product_releases(self, call: Call) -> Answer:
        """Tell the releases of a product, best first; the product may be named by one of its releases."""
        product = call.optional("software_product_reference")
        release = call.optional("software_release_url")
        if not product and not release:
            raise InvalidInput("field software_product_reference or software_release_url is missing")
        known = product or self._product_of(release)
        releases = self._converse(call.caller).tenants.releases_of_product(known) if known else ()
        return marshalled(dumps(list(releases)))

    def _product_of(self, release: str) -> str:
        return next((name for name, urls in self._products.items() if release in urls), "")


def _key(call: Call) -> Key:
    return request_key(call.caller, call.header(b"authorization"), call.body)


def _wanted(call: Call) -> InstanceRequest:
    requester = claimed_partition(call.header(b"authorization")) or form_requester(call.fields)
    return instance_request(call.fields, requester)


def _not_sent_back(request: InstanceRequest, call: Call) -> InstanceRequest:
    """Leave out a filter that names this master as the caller reached it (wire-slap section 7)."""
    named = str(request.filters.get("master_url") or "").rstrip("/")
    if not named or named != base_url(call):
        return request
    filters = {name: value for name, value in request.filters.items() if name != "master_url"}
    return replace(request, filters=filters)


def _document(told: RequestedInstance) -> bytes:
    return dumps(instance_object(told))
