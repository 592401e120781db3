"""The master's side of the conversation with a recipe that runs in a partition."""

from slap_domain.model.place import Place
from slap_domain.model.references import ComputerGuid, InstanceTitle, PartitionId, instance_title
from slap_domain.ports.master_for_instances import PublishedConnection
from slap_domain.use_cases.master.desk import Desk
from slap_domain.use_cases.master.publish_connection import is_published, publish_connection
from slap_domain.use_cases.master.rename_instance import rename_instance


class InstanceConversation:
    """Serves `MasterForInstances` to one caller."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def publish(self, connection: PublishedConnection) -> None:
        """Publish connection parameters; publishing the same ones again only reads."""
        if not self._desk.read(lambda records, occasion: is_published(records, occasion, connection)):
            self._desk.write(lambda records, occasion: publish_connection(records, occasion, connection))

    def rename(
        self, computer: ComputerGuid, partition: PartitionId, title: InstanceTitle, shared_reference: str = ""
    ) -> None:
        """Give an instance, or a shared instance it serves, a new title."""
        place, name = Place(computer=computer, partition=partition), instance_title(title)
        self._desk.write(
            lambda records, occasion: rename_instance(records, occasion, place, name, shared_reference)
        )
