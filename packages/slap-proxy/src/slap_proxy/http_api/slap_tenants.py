"""The SLAP methods by which tenants and recipes ask for instances and releases (wire-slap section 4.3)."""

from collections.abc import Mapping

from slap_domain.errors import InvalidInput
from slap_http_adapter.marshal import dumps
from slap_http_adapter.partition_header import claimed_partition
from slap_http_adapter.wire_request import form_requester, instance_object, instance_request
from slap_proxy.http_api.conversations import Converse
from slap_proxy.http_api.exchange import Answer, Call, marshalled


class SlapTenants:
    """Answers requests for instances, and what releases a product has."""

    def __init__(self, converse: Converse, products: Mapping[str, tuple[str, ...]]) -> None:
        self._converse = converse
        self._products = products

    def request(self, call: Call) -> Answer:
        """Ask for an instance; the header says who asks, else the form, else it is a person."""
        requester = claimed_partition(call.header(b"authorization")) or form_requester(call.fields)
        wanted = instance_request(call.fields, requester)
        return marshalled(dumps(instance_object(self._converse(call.caller).tenants.request(wanted))))

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
