"""`MasterForHosts` over HTTP."""

from typing import TYPE_CHECKING

from slap_domain.model.place import Place
from slap_domain.model.references import ComputerGuid, PartitionId
from slap_http_adapter.client.answers import succeeded

if TYPE_CHECKING:
    from slap_domain.model.computer import ComputerDescription
    from slap_http_adapter.client.connection import Connection


class HttpMasterForHosts:
    """The conversation of a machine with a master over HTTP."""

    def __init__(self, connection: "Connection") -> None:
        self._connection = connection

    def describe(self, computer: "ComputerDescription", *, document: str = "") -> None:
        """Send the description of a formatted computer; `document` takes the place of one made from it."""
        # Of what speaks for a machine, only its formatting describes it.
        from slap_http_adapter.wire.description import description_dictionary  # noqa: PLC0415
        from slap_http_adapter.wire.marshal import dumps  # noqa: PLC0415

        text = document or dumps(description_dictionary(computer)).decode("ascii")
        succeeded(self._connection.post("loadComputerConfigurationFromXML", {"xml": text}))

    def bang_computer(self, computer: ComputerGuid, message: str) -> None:
        """Ask that every instance of the computer is processed again."""
        form = {"computer_id": computer, "message": message}
        succeeded(self._connection.post("computerBang", form, repeatable=False))

    def bang_instance(self, computer: ComputerGuid, partition: PartitionId, message: str) -> None:
        """Ask that every instance of the partition's tree is processed again."""
        form = {"computer_id": computer, "computer_partition_id": partition, "message": message}
        requester = Place(computer=computer, partition=partition)
        succeeded(self._connection.post("softwareInstanceBang", form, requester=requester, repeatable=False))

    def report_usage(self, computer: ComputerGuid, journal: str) -> None:
        """Send consumption as a TIO journal; an empty one is not sent."""
        if journal:
            form = {"computer_id": computer, "use_string": journal}
            succeeded(self._connection.post("useComputer", form, repeatable=False))
