"""`MasterForInstances` over HTTP."""

from typing import TYPE_CHECKING

from slap_domain.errors import NotFound
from slap_domain.model.place import Place
from slap_domain.model.references import ComputerGuid, InstanceTitle, PartitionId
from slap_domain.ports.master_for_instances import PublishedConnection
from slap_http_adapter.client.answers import succeeded
from slap_http_adapter.wire.forms import connection_form

if TYPE_CHECKING:
    from slap_http_adapter.client.connection import Connection


class HttpMasterForInstances:
    """The conversation of a recipe with a master over HTTP."""

    def __init__(self, connection: "Connection") -> None:
        self._connection = connection

    def publish(self, connection: PublishedConnection) -> None:
        """Publish connection parameters."""
        form = connection_form(
            (connection.computer, connection.partition),
            dict(connection.parameters),
            connection.shared_reference or None,
        )
        requester = Place(computer=connection.computer, partition=connection.partition)
        succeeded(self._connection.post("setComputerPartitionConnectionXml", form, requester=requester))

    def rename(
        self, computer: ComputerGuid, partition: PartitionId, title: InstanceTitle, shared_reference: str = ""
    ) -> None:
        """Give an instance, or a shared instance it serves, a new title."""
        form = {"computer_id": computer, "computer_partition_id": partition, "new_name": title}
        if shared_reference:
            form["slave_reference"] = shared_reference
        requester = Place(computer=computer, partition=partition)
        answer = succeeded(
            self._connection.post("softwareInstanceRename", form, requester=requester, repeatable=False)
        )
        # An old master refuses with a success (wire-slap 4.4).
        if answer.text.startswith("Unknown partition"):
            raise NotFound(answer.text.strip())
