"""The master's side of the conversation with a machine about itself."""

from slap_domain.model.computer import ComputerDescription
from slap_domain.model.place import Place
from slap_domain.model.references import ComputerGuid, PartitionId
from slap_domain.use_cases.master import bang
from slap_domain.use_cases.master.describe_computer import describe_computer
from slap_domain.use_cases.master.desk import Desk
from slap_domain.use_cases.master.report_usage import report_usage


class HostConversation:
    """Serves `MasterForHosts` to one caller."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def describe(self, computer: ComputerDescription, *, document: str = "") -> None:  # noqa: ARG002 - of the port: only what travels needs the document
        """Send the description of a formatted computer."""
        self._desk.write(lambda records, occasion: describe_computer(records, occasion, computer))

    def bang_computer(self, computer: ComputerGuid, message: str) -> None:  # noqa: ARG002 - the edge logs messages
        """Ask that every instance of the computer is processed again."""
        self._desk.write(lambda records, occasion: bang.bang_computer(records, occasion, computer))

    def bang_instance(self, computer: ComputerGuid, partition: PartitionId, message: str) -> None:  # noqa: ARG002 - the edge logs messages
        """Ask that every instance of the partition's tree is processed again."""
        place = Place(computer=computer, partition=partition)
        self._desk.write(lambda records, occasion: bang.bang_instance(records, occasion, place))

    def report_usage(self, computer: ComputerGuid, journal: str) -> None:
        """Send consumption as a TIO journal (XML text)."""
        self._desk.write(lambda records, occasion: report_usage(records, occasion, computer, journal))
