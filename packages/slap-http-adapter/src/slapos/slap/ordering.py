"""What a person asks for: services, supplies, releases of products, tokens."""

from typing import Any

from zope.interface import implementer

from slapos.slap.connection_helper import loads
from slapos.slap.document import SlapDocument, SlapRequester
from slapos.slap.exception import NotFoundError
from slapos.slap.interface.slap import IOpenOrder, ISupply, IToken


@implementer(IOpenOrder)
class OpenOrder(SlapRequester):
    """Requests services: instances that are the root of their tree."""

    def request(
        self,
        software_release: Any,
        partition_reference: Any,
        partition_parameter_kw: Any = None,
        software_type: Any = None,
        filter_kw: Any = None,
        state: Any = None,
        shared: Any = False,
    ) -> Any:
        """Request a service and return it, a ComputerPartition, as far as the master knows it now.

        `partition_reference` names it: the same name later means the same service, so a repeated request
        changes it, or nothing. `state` None leaves its state. When the master has not placed it yet, the
        returned partition raises ResourceNotReady for whatever it is asked. Raises NotFoundError when there
        is no room for it.
        """
        fields = {
            "software_release": software_release,
            "partition_reference": partition_reference,
            "partition_parameter_xml": partition_parameter_kw,
            "filter_xml": filter_kw,
            "software_type": software_type,
            "state": state,
            "shared_xml": shared,
        }
        return self._requestComputerPartition(self._request_form(fields), shared)

    def getInformation(self, partition_reference: Any) -> Any:
        """Return a service as the master shows it to people, without requesting or changing it.

        Its attributes: `_parameter_dict`, `_connection_dict`, `_requested_state`, `_software_release_url`,
        and each property of its document with an underscore in front. Raises NotFoundError when the
        caller has none of that name.
        """
        return self._navigator.instanceTree(partition_reference)

    def requestComputer(self, computer_reference: Any) -> Any:
        """Ask the master for a new computer of this title, and return it."""
        answer = self._helper.POST("requestComputer", data={"computer_title": computer_reference})
        return self._connected(loads(answer, "requestComputer"))


@implementer(ISupply)
class Supply(SlapDocument):
    """Asks that computers have releases."""

    def supply(self, software_release: Any, computer_guid: Any = None, state: Any = "available") -> None:
        """Ask that a computer has a release (`available`) or gets rid of it (`destroyed`).

        Raises NotFoundError when the master does not know the computer.
        """
        form = {"url": software_release, "computer_id": computer_guid, "state": state}
        try:
            self._helper.POST("supplySupply", data=form)
        except NotFoundError as error:
            raise NotFoundError(f"Computer {computer_guid} has not been found by SlapOS Master.") from error


@implementer(IToken)
class Token(SlapDocument):
    """Gets tokens for the registration of computers."""

    def request(self) -> Any:
        """Return a token with which one computer can be registered."""
        return self._navigator.getToken()


class SoftwareProductCollection:
    """The software products of the master: `product.kvm` is the URL of the best release of `kvm`."""

    def __init__(self, logger: Any, slap: Any) -> None:
        self._logger = logger
        self._slap = slap

    def get(self, software_product: Any) -> Any:
        """Return the URL of the best release of a product. Raises AttributeError when it has none."""
        found = self._slap.getSoftwareReleaseListFromSoftwareProduct(
            software_product_reference=software_product
        )
        if not found:
            raise AttributeError(f"No Software Release URL found for Software Product {software_product!r}")
        self._logger.info("Using Software Release URL %s for Software Product %s", found[0], software_product)
        return found[0]

    def __getattr__(self, software_product: str) -> Any:
        """Return the URL of the best release of a product."""
        if software_product.startswith("__"):
            raise AttributeError(software_product)
        return self.get(software_product)
