"""The library's entry: `slap().initializeConnection(url)`, then register what is to be spoken of.

This module has the name under which masters send the classes of their documents.
"""

from typing import Any

from zope.interface import implementer

from slapos.slap.computer import Computer
from slapos.slap.computer_partition import ComputerPartition
from slapos.slap.connection_helper import ConnectionHelper
from slapos.slap.document import SlapDocument, SlapRequester
from slapos.slap.exception import (
    AuthenticationError,
    ConnectionError,
    HTTPError,
    NotFoundError,
    ResourceNotReady,
    ServerError,
)
from slapos.slap.hateoas import HateoasNavigator, SlapHateoasNavigator
from slapos.slap.interface import slap as interface
from slapos.slap.ordering import OpenOrder, SoftwareProductCollection, Supply, Token
from slapos.slap.software_release import SoftwareInstance, SoftwareRelease

__all__ = [
    "AuthenticationError",
    "Computer",
    "ComputerPartition",
    "ConnectionError",
    "ConnectionHelper",
    "HTTPError",
    "HateoasNavigator",
    "NotFoundError",
    "OpenOrder",
    "ResourceNotReady",
    "ServerError",
    "SlapDocument",
    "SlapHateoasNavigator",
    "SlapRequester",
    "SoftwareInstance",
    "SoftwareProductCollection",
    "SoftwareRelease",
    "Supply",
    "Token",
    "slap",
]


@implementer(interface.slap)
class slap:
    """A master, and the objects that stand for what it knows."""

    def __init__(self) -> None:
        self._connection_helper: Any = None
        self._hateoas_navigator: Any = None

    def initializeConnection(
        self,
        slapgrid_uri: Any,
        key_file: Any = None,
        cert_file: Any = None,
        master_ca_file: Any = None,
        timeout: Any = 60,
        slapgrid_rest_uri: Any = None,
        authentification_key: Any = None,
    ) -> None:
        """Say which master is spoken to, and as whom. Nothing is sent before it is needed.

        `slapgrid_uri` may have a path prefix, and a trailing slash or none. `key_file` and `cert_file` are
        the files of the client certificate, presented to https masters. The certificate of the master is
        always verified: by `master_ca_file` when it is given, else by the authorities of the system.
        `timeout` is in seconds. `slapgrid_rest_uri` is the HATEOAS interface; left out, the master is asked
        for it when it is first needed, once per process. `authentification_key` is another name of
        `key_file`. Raises ValueError when the URI is none.
        """
        self._connection_helper = ConnectionHelper(
            slapgrid_uri,
            key_file or authentification_key,
            cert_file,
            master_ca_file,
            timeout,
            slapgrid_rest_uri,
        )
        self._hateoas_navigator = SlapHateoasNavigator(
            slapgrid_rest_uri, key_file, cert_file, master_ca_file, timeout, self._connection_helper
        )

    def _register(self, document: Any) -> Any:
        document._connection_helper = self._connection_helper
        document._hateoas_navigator = self._hateoas_navigator
        return document

    def registerSoftwareRelease(self, software_release: Any) -> SoftwareRelease:
        """Return the object of a release, by its URI; nothing is sent."""
        return self._register(SoftwareRelease(software_release))  # type: ignore[no-any-return]

    def registerToken(self) -> Token:
        """Return the object that gets tokens; nothing is sent."""
        return self._register(Token())  # type: ignore[no-any-return]

    def registerSupply(self) -> Supply:
        """Return the object that supplies releases to computers; nothing is sent."""
        return self._register(Supply())  # type: ignore[no-any-return]

    def registerOpenOrder(self) -> OpenOrder:
        """Return the object that requests services; nothing is sent."""
        return self._register(OpenOrder())  # type: ignore[no-any-return]

    def registerComputer(self, computer_guid: Any) -> Computer:
        """Return the object of a computer, by its id; nothing is sent.

        That there is no such computer shows when it is first asked something: NotFoundError.
        """
        return self._register(Computer(computer_guid))  # type: ignore[no-any-return]

    def registerComputerPartition(self, computer_guid: Any, partition_id: Any) -> ComputerPartition:
        """Return the object of a partition, by its computer's id and its own; nothing is sent.

        Raises NotFoundError when an id is empty; that there is no such partition shows when it is first
        asked something.
        """
        if not computer_guid or not partition_id:
            raise NotFoundError("a partition needs the id of its computer and its own")
        return self._register(ComputerPartition(computer_guid, partition_id))  # type: ignore[no-any-return]

    def getSoftwareReleaseListFromSoftwareProduct(
        self, software_product_reference: Any = None, software_release_url: Any = None
    ) -> Any:
        """Return the URLs of the releases of a product, best first.

        The product is named by its reference or by one of its releases: give exactly one of them, else
        AttributeError is raised.
        """
        if software_product_reference is None and software_release_url is None:
            raise AttributeError("Give software_product_reference or software_release_url")
        if software_product_reference is not None and software_release_url is not None:
            raise AttributeError("Give only one of software_product_reference and software_release_url")
        if software_product_reference is not None:
            query = {"software_product_reference": software_product_reference}
        else:
            query = {"software_release_url": software_release_url}
        return self._connection_helper.ask("getSoftwareReleaseListFromSoftwareProduct", **query)

    def getOpenOrderDict(self) -> dict[str, Any]:
        """Return the services of the caller by title; `_title` and `_software_release_url` tell more."""
        found: dict[str, Any] = self._hateoas_navigator.getInstanceTreeDict()
        return found

    def getComputerDict(self) -> dict[str, Any]:
        """Return the computers of the caller by id; `_title` and `_reference` tell more."""
        found: dict[str, Any] = self._hateoas_navigator.getComputerDict()
        return found
