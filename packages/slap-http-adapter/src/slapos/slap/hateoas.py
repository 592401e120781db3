"""Looks around at a master, as a person would: services, computers, tokens."""

import json
from typing import Any

from slap_http_adapter.client.hateoas import Hateoas
from slap_http_adapter.client.hateoas_documents import service_description
from slap_http_adapter.client.json_methods import tree_instance
from slap_http_adapter.library.shared_connections import shared_connection
from slapos.slap.connection_helper import ConnectionHelper, translated
from slapos.slap.exception import HTTPError, NotFoundError, ServerError
from slapos.slap.software_release import SoftwareInstance, TempDocument

_INSTANCES = 'portal_type:("Software Instance", "Slave Instance") AND validation_state:validated'
_INSTALLATIONS = 'portal_type:"Software Installation" AND validation_state:validated'


class HateoasNavigator:
    """Reads HATEOAS documents. The interface is found through the master when first needed."""

    def __init__(
        self,
        slapgrid_uri: Any,
        key_file: Any = None,
        cert_file: Any = None,
        master_ca_file: Any = None,
        timeout: Any = 60,
        helper: Any = None,
    ) -> None:
        self.slapos_master_hateoas_uri = slapgrid_uri
        self.key_file = key_file
        self.cert_file = cert_file
        self.master_ca_file = master_ca_file
        self.timeout = timeout
        self._helper = helper or ConnectionHelper(
            slapgrid_uri, key_file, cert_file, master_ca_file, timeout, slapgrid_uri
        )
        self._reader: Any = None

    @property
    def _hateoas(self) -> Any:
        if self._reader is None:
            self._reader = Hateoas(shared_connection(self._helper._address))
        return self._reader

    def _read(self, method: str, *arguments: Any) -> Any:
        with translated():
            return getattr(self._hateoas, method)(*arguments)

    def GET(self, uri: str, headers: Any = None) -> bytes:
        """Return the body of a document, as bytes."""
        with translated():
            answer = self._helper.connection.fetch(uri, headers)
        if answer.status == 404:
            raise NotFoundError(uri)
        if not answer.is_success:
            raise ServerError(f"{answer.status} for url: {uri}")
        return bytes(answer.body)

    def getRootDocument(self) -> Any:
        """Return the document that leads to all others."""
        with translated():
            return json.loads(self.GET(self._helper.connection.hateoas_url()))

    def search(self, query: str, select_list: Any) -> list[Any]:
        """Return the rows that a query finds, as dictionaries."""
        return [dict(row) for row in self._read("search", query, tuple(select_list))]

    def traverse(self, relative_url: str) -> dict[str, Any]:
        """Return the properties of a document."""
        return dict(self._read("traverse", relative_url))


class SlapHateoasNavigator(HateoasNavigator):
    """Finds the services and computers of the caller."""

    def getInstanceTreeDict(self) -> dict[str, Any]:
        """Return the services of the caller by title, with their rows as attributes."""
        return {
            row["title"]: TempDocument(**row, software_release_url=row.get("url_string"))
            for row in self._read("instance_trees")
        }

    def getComputerDict(self) -> dict[str, Any]:
        """Return the computers of the caller by reference, with their rows as attributes."""
        return {row["reference"]: TempDocument(**row) for row in self._read("computers")}

    def getInstanceTreeRootSoftwareInstanceInformation(self, reference: Any) -> dict[str, Any]:
        """Return the properties of a service, by its title."""
        return dict(self._read("instance_tree", reference))

    def getInstanceTreeInstanceList(self, title: Any) -> list[Any]:
        """Return the rows of the instances of a tree, by the title of its root."""
        columns = ("uid", "title", "relative_url", "portal_type", "url_string", "text_content")
        return self.search(f'{_INSTANCES} AND default_specialise_title:="{title}"', columns)

    def getSoftwareInstallationList(self, computer_guid: Any = None) -> list[Any]:
        """Return the rows of the releases supplied to a computer, or to all of the caller's."""
        which = f' AND default_aggregate_reference:="{computer_guid}"' if computer_guid else ""
        columns = ("uid", "relative_url", "url_string", "SoftwareInstallation_getNewsDict")
        return self.search(_INSTALLATIONS + which, columns)

    def getToken(self) -> Any:
        """Return a token with which one computer can be registered."""
        site = self._read("link", "self").rstrip("/")
        return json.loads(self.GET(f"{site}/computer_module/Base_getComputerToken"))["access_token"]

    def _getComputer(self, reference: Any) -> dict[str, Any]:
        return dict(self._read("computer", reference))

    def instanceOfTree(self, root_title: Any, title: Any) -> SoftwareInstance:
        """Return an instance of a tree, by the titles of its root and its own."""
        try:
            rows = self.getInstanceTreeInstanceList(root_title)
        except HTTPError:
            # Proxies do not search for such, but tell them by another interface.
            with translated():
                return told_instance(tree_instance(self._helper.connection, root_title, title))
        found = [row for row in rows if row.get("title") == title]
        if not found:
            raise NotFoundError(f"{title!r} is no instance of the tree of {root_title!r}")
        return described_instance(self.traverse(found[0]["relative_url"]))

    def instanceTree(self, title: Any) -> SoftwareInstance:
        """Return a service, by its title."""
        return described_instance(self.getInstanceTreeRootSoftwareInstanceInformation(title))


def described_instance(properties: dict[str, Any]) -> SoftwareInstance:
    """Return an instance whose attributes are the properties of its document, and what they mean."""
    instance = SoftwareInstance(**{f"_{key}": value for key, value in properties.items()})
    with translated():
        service = service_description(properties)
    vars(instance).update(
        _parameter_dict=dict(service.parameters),
        _connection_dict=dict(service.connection),
        _requested_state=service.state.value,
        _software_release_url=service.release,
    )
    return instance


def told_instance(document: dict[str, Any]) -> SoftwareInstance:
    """Return an instance whose attributes are the members of its JSON document, and what they mean."""
    instance = SoftwareInstance(**{f"_{key}": value for key, value in document.items()})
    vars(instance).update(
        _parameter_dict=document.get("parameters"),
        _connection_dict=document.get("connection_parameters"),
        _requested_state=document.get("state"),
        _software_release_url=document.get("software_release_uri"),
    )
    return instance
