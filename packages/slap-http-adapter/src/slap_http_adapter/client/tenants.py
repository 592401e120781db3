"""`MasterForTenants` over HTTP: SLAP for requests, HATEOAS for looking around."""

from typing import TYPE_CHECKING

from slap_domain.errors import InvalidInput, NoFreePartition, NotFound
from slap_domain.model.instance import InstanceRequest, RequestedInstance
from slap_domain.model.references import ComputerGuid, InstanceTitle, SoftwareUrl, software_url
from slap_domain.model.software_release import SoftwareState
from slap_domain.ports.master_for_tenants import ComputerSummary, ServiceDescription, ServiceSummary
from slap_http_adapter.client.answers import explanation, misunderstood, succeeded, value_of
from slap_http_adapter.client.hateoas import Hateoas
from slap_http_adapter.client.hateoas_documents import computer_summary, service_description, service_summary
from slap_http_adapter.wire import fields as wire_fields
from slap_http_adapter.wire import handing_on
from slap_http_adapter.wire.request import request_form, requested_instance

if TYPE_CHECKING:
    from slap_http_adapter.client.connection import Connection

# Where the master gives none.
_NO_ROOM = "destroy an instance that nobody needs, give the computer more partitions, or name another"


class HttpMasterForTenants:
    """The conversation of a tenant with a master over HTTP."""

    def __init__(self, connection: "Connection") -> None:
        self._connection = connection
        self._hateoas = Hateoas(connection)

    def supply(self, release: SoftwareUrl, computer: ComputerGuid, state: SoftwareState) -> None:
        """Ask that a computer has a release, or gets rid of it."""
        form = {"url": release, "computer_id": computer, "state": state.value}
        answer = self._connection.post("supplySupply", form)
        if answer.status == 404:
            raise NotFound(explanation(answer)[0] or f"computer {computer} does not exist")
        succeeded(answer)

    def request(self, request: InstanceRequest) -> RequestedInstance:
        """Ask for an instance and return what the master knows of it now."""
        passed = request.handed_on_by
        answer = self._connection.post(
            "requestComputerPartition",
            request_form(request),
            requester=request.requester,
            headers={handing_on.HEADER: handing_on.masters_told(passed)} if passed else None,
        )
        if answer.status == 404:
            message, hint = explanation(answer)
            raise NoFreePartition(message or f"there is no room for {request.title}", hint=hint or _NO_ROOM)
        value = value_of(answer)
        try:
            return requested_instance(value, request)
        except InvalidInput as error:
            raise misunderstood(answer, error) from error

    def list_services(self) -> tuple[ServiceSummary, ...]:
        """Return all root instances of the caller, by title; of two, the shared one last."""
        services = (service_summary(row) for row in self._hateoas.instance_trees())
        return tuple(sorted(services, key=lambda service: (service.title, service.shared is True)))

    def describe_service(self, title: InstanceTitle) -> ServiceDescription:
        """Return one root instance."""
        return service_description(self._hateoas.instance_tree(title))

    def list_computers(self) -> tuple[ComputerSummary, ...]:
        """Return the computers of the caller, sorted by id."""
        rows = self._hateoas.computers()
        return tuple(sorted((computer_summary(row) for row in rows), key=lambda computer: computer.guid))

    def describe_computer(self, computer: ComputerGuid) -> ComputerSummary:
        """Return one computer."""
        return computer_summary(self._hateoas.computer(computer))

    def releases_of_product(self, product: str) -> tuple[SoftwareUrl, ...]:
        """Return the releases of a software product, best first."""
        answer = self._connection.get(
            "getSoftwareReleaseListFromSoftwareProduct", software_product_reference=product
        )
        value = value_of(answer)
        try:
            urls = wire_fields.as_sequence(value, "the releases of a product")
            return tuple(software_url(url) for url in urls if isinstance(url, str))
        except InvalidInput as error:
            raise misunderstood(answer, error) from error
