"""The master's side of the conversation with a node."""

from slap_domain.model.addresses import InterfaceAddress
from slap_domain.model.computer import AssignedPartition, ComputerAssignment
from slap_domain.model.instance import InstanceEvent
from slap_domain.model.master.records import ReleaseRecord
from slap_domain.model.place import Place
from slap_domain.model.references import ComputerGuid, InstanceTitle, PartitionId, SoftwareUrl
from slap_domain.model.software_release import SoftwareEvent
from slap_domain.ports.master_for_nodes import PartitionCertificate
from slap_domain.use_cases.master import assign_computer, report_instance
from slap_domain.use_cases.master.desk import Desk
from slap_domain.use_cases.master.note_contact import is_contact_due, note_contact
from slap_domain.use_cases.master.supply_release import report_release


class NodeConversation:
    """Serves `MasterForNodes` to one caller, and what the wire has besides."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def assignment(self, computer: ComputerGuid) -> ComputerAssignment:
        """Return everything the master wants of a computer."""
        self.heard(computer)
        return self._desk.read(
            lambda records, occasion: assign_computer.assign_computer(records, occasion, computer)
        )

    def heard(self, computer: ComputerGuid) -> None:
        """Note that a known computer was heard, unless that was noted a moment ago."""
        if self._desk.read(lambda records, occasion: is_contact_due(records, occasion, computer)):
            self._desk.write(lambda records, occasion: note_contact(records, occasion, computer))

    def assigned_partition(self, computer: ComputerGuid, partition: PartitionId) -> AssignedPartition:
        """Return what the master wants of one partition."""
        place = Place(computer=computer, partition=partition)
        return self._desk.read(
            lambda records, occasion: assign_computer.assign_partition(records, occasion, place)
        )

    def report_software(
        self, computer: ComputerGuid, release: SoftwareUrl, event: SoftwareEvent, log: str = ""
    ) -> None:
        """Say how far a release has come; `log` goes with an error."""
        reported = ReleaseRecord(computer=computer, url=release, message=log)
        self._desk.write(lambda records, occasion: report_release(records, occasion, reported, event))

    def report_instance(
        self, computer: ComputerGuid, partition: PartitionId, event: InstanceEvent, log: str = ""
    ) -> None:
        """Say what became of an instance; `log` goes with an error."""
        if event is InstanceEvent.DESTROYED:
            self.report_destroyed(computer, partition)
            return
        place = Place(computer=computer, partition=partition)
        self._desk.write(
            lambda records, occasion: report_instance.report_instance(records, occasion, place, event, log)
        )

    def report_destroyed(self, computer: ComputerGuid, partition: PartitionId) -> str:
        """Say that an instance is gone; return why its partition is not freed yet, empty when it is."""
        place = Place(computer=computer, partition=partition)
        return self._desk.write(
            lambda records, occasion: report_instance.report_destroyed(records, occasion, place)
        )

    def forget_identity(self, place: Place) -> None:
        """Drop what is kept of an identity that has ended besides the records: nothing."""

    def report_children(
        self, computer: ComputerGuid, partition: PartitionId, titles: tuple[InstanceTitle, ...]
    ) -> None:
        """Say which instances a partition requested during its last deployment."""
        place = Place(computer=computer, partition=partition)
        self._desk.write(
            lambda records, occasion: report_instance.report_children(records, occasion, place, titles)
        )

    def partition_certificate(self, computer: ComputerGuid, partition: PartitionId) -> PartitionCertificate:
        """Return an empty identity: the rules alone give out none; a master that trusts certificates does."""
        place = Place(computer=computer, partition=partition)
        self._desk.read(lambda records, occasion: report_instance.allowed_instance(records, occasion, place))
        return PartitionCertificate(certificate="", key="")

    def tree_addresses(self, computer: ComputerGuid, partition: PartitionId) -> tuple[InterfaceAddress, ...]:
        """Return the addresses of all partitions of the instance tree that a partition belongs to."""
        place = Place(computer=computer, partition=partition)
        return self._desk.read(
            lambda records, occasion: assign_computer.tree_addresses(records, occasion, place)
        )
