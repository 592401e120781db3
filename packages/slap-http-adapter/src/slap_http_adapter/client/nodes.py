"""`MasterForNodes` over HTTP."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from slap_domain.errors import InvalidInput
from slap_domain.model.addresses import InterfaceAddress
from slap_domain.model.computer import ComputerAssignment
from slap_domain.model.instance import InstanceEvent
from slap_domain.model.place import Place
from slap_domain.model.references import ComputerGuid, InstanceTitle, PartitionId, SoftwareUrl
from slap_domain.model.software_release import SoftwareEvent
from slap_http_adapter.client.answers import misunderstood, succeeded, value_of
from slap_http_adapter.wire import fields as wire_fields
from slap_http_adapter.wire.assignment import computer_assignment

if TYPE_CHECKING:
    from slap_domain.ports.master_for_nodes import PartitionCertificate
    from slap_http_adapter.client.connection import Connection

SOFTWARE_METHODS: Mapping[SoftwareEvent, str] = {
    SoftwareEvent.BUILDING: "buildingSoftwareRelease",
    SoftwareEvent.AVAILABLE: "availableSoftwareRelease",
    SoftwareEvent.ERROR: "softwareReleaseError",
    SoftwareEvent.DESTROYED: "destroyedSoftwareRelease",
}
INSTANCE_METHODS: Mapping[InstanceEvent, str] = {
    InstanceEvent.STARTED: "startedComputerPartition",
    InstanceEvent.STOPPED: "stoppedComputerPartition",
    InstanceEvent.ERROR: "softwareInstanceError",
    InstanceEvent.DESTROYED: "destroyedComputerPartition",
}


class HttpMasterForNodes:
    """The conversation of a node with a master over HTTP."""

    def __init__(self, connection: "Connection") -> None:
        self._connection = connection

    def assignment(self, computer: ComputerGuid) -> ComputerAssignment:
        """Return everything the master wants of a computer."""
        answer = self._connection.get("getFullComputerInformation", computer_id=computer)
        if answer.status == 404:
            # Masters of old know only this name (wire-slap 4.1).
            answer = self._connection.get("getComputerInformation", computer_id=computer)
        value = value_of(answer)
        try:
            return computer_assignment(value)
        except InvalidInput as error:
            raise misunderstood(answer, error) from error

    def report_software(
        self, computer: ComputerGuid, release: SoftwareUrl, event: SoftwareEvent, log: str = ""
    ) -> None:
        """Say how far a release has come."""
        form = {"url": release, "computer_id": computer}
        if event is SoftwareEvent.ERROR:
            form["error_log"] = log
        succeeded(self._connection.post(SOFTWARE_METHODS[event], form))

    def report_instance(
        self, computer: ComputerGuid, partition: PartitionId, event: InstanceEvent, log: str = ""
    ) -> None:
        """Say what became of an instance."""
        form = {"error_log": log} if event is InstanceEvent.ERROR else {}
        self._tell(INSTANCE_METHODS[event], computer, partition, form)

    def report_children(
        self, computer: ComputerGuid, partition: PartitionId, titles: tuple[InstanceTitle, ...]
    ) -> None:
        """Say which instances a partition requested during its last deployment."""
        from slap_http_adapter.wire.marshal import dumps  # noqa: PLC0415 - few deployments request children

        form = {"instance_reference_xml": dumps(list(titles)).decode("ascii")}
        self._tell("updateComputerPartitionRelatedInstanceList", computer, partition, form)

    def partition_certificate(self, computer: ComputerGuid, partition: PartitionId) -> "PartitionCertificate":
        """Return the identity of a partition."""
        from slap_domain.ports.master_for_nodes import PartitionCertificate  # noqa: PLC0415 - as above

        answer = self._connection.get(
            "getComputerPartitionCertificate", computer_id=computer, computer_partition_id=partition
        )
        try:
            files = wire_fields.as_mapping(value_of(answer), "the certificate of a partition")
            return PartitionCertificate(
                certificate=wire_fields.text(files, "certificate"), key=wire_fields.text(files, "key")
            )
        except InvalidInput as error:
            raise misunderstood(answer, error) from error

    def tree_addresses(self, computer: ComputerGuid, partition: PartitionId) -> tuple[InterfaceAddress, ...]:
        """Return the addresses of the whole instance tree of a partition."""
        answer = self._connection.get(
            "getHostingSubscriptionIpList", computer_id=computer, computer_partition_id=partition
        )
        value = value_of(answer)
        try:
            return wire_fields.interface_addresses(value, "the addresses of a tree")
        except InvalidInput as error:
            raise misunderstood(answer, error) from error

    def _tell(
        self, method: str, computer: ComputerGuid, partition: PartitionId, form: Mapping[str, str]
    ) -> None:
        whose = {"computer_id": computer, "computer_partition_id": partition}
        requester = Place(computer=computer, partition=partition)
        succeeded(self._connection.post(method, {**whose, **form}, requester=requester))
