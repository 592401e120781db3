"""The master's side of the conversation with a tenant."""

from slap_domain.model.instance import InstanceRequest, RequestedInstance
from slap_domain.model.references import (
    ComputerGuid,
    InstanceTitle,
    SoftwareUrl,
    computer_guid,
    software_url,
)
from slap_domain.model.software_release import SoftwareState
from slap_domain.planning.master.permission import check_known
from slap_domain.ports.master_for_tenants import ComputerSummary, ServiceDescription, ServiceSummary
from slap_domain.use_cases.master import look_around
from slap_domain.use_cases.master.desk import Desk
from slap_domain.use_cases.master.request_instance import request_instance, standing_answer
from slap_domain.use_cases.master.supply_release import supply_release


class TenantConversation:
    """Serves `MasterForTenants` to one caller."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def supply(self, release: SoftwareUrl, computer: ComputerGuid, state: SoftwareState) -> None:
        """Ask that a computer has a release, or gets rid of it."""
        url, guid = software_url(release), computer_guid(computer)
        self._desk.write(lambda records, occasion: supply_release(records, occasion, url, guid, state))

    def request(self, request: InstanceRequest) -> RequestedInstance:
        """Ask for an instance; a request that changes nothing only reads."""
        told = self._desk.read(lambda records, occasion: standing_answer(records, occasion, request))
        if told is not None:
            return told
        return self._desk.write(lambda records, occasion: request_instance(records, occasion, request))

    def list_services(self) -> tuple[ServiceSummary, ...]:
        """Return all root instances of the caller that are not destroyed, sorted by title."""
        return self._desk.read(look_around.list_services)

    def describe_service(self, title: InstanceTitle) -> ServiceDescription:
        """Return one root instance."""
        return self._desk.read(
            lambda records, occasion: look_around.describe_service(records, occasion, title)
        )

    def list_computers(self) -> tuple[ComputerSummary, ...]:
        """Return the computers of the caller, sorted by id."""
        return self._desk.read(look_around.list_computers)

    def describe_computer(self, computer: ComputerGuid) -> ComputerSummary:
        """Return one computer."""
        return self._desk.read(
            lambda records, occasion: look_around.describe_computer(records, occasion, computer)
        )

    def releases_of_product(self, product: str) -> tuple[SoftwareUrl, ...]:
        """Return the releases of a software product, best first; empty when the product is unknown."""
        check_known(self._desk.caller)
        return tuple(self._desk.settings.products.get(product, ()))
