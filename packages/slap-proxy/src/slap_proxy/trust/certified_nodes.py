"""The conversation with nodes of a master that gives partitions an identity."""

from slap_domain.model.place import Place
from slap_domain.model.references import ComputerGuid, PartitionId
from slap_domain.ports.master_for_nodes import PartitionCertificate
from slap_domain.use_cases.master.converse_with_nodes import NodeConversation
from slap_domain.use_cases.master.desk import Desk
from slap_proxy.trust.partition_identities import PartitionIdentities


class CertifiedNodeConversation(NodeConversation):
    """Serves `MasterForNodes` to one caller, with certificates."""

    def __init__(self, desk: Desk, identities: PartitionIdentities) -> None:
        super().__init__(desk)
        self._caller = desk.caller
        self._identities = identities

    def partition_certificate(self, computer: ComputerGuid, partition: PartitionId) -> PartitionCertificate:
        """Return the identity of a partition; the same one while it is valid."""
        return self._identities.identity(self._caller, Place(computer=computer, partition=partition))

    def report_destroyed(self, computer: ComputerGuid, partition: PartitionId) -> str:
        """Say that an instance is gone: the rules end its identity, its files go with it."""
        refusal = super().report_destroyed(computer, partition)
        if not refusal:
            self.forget_identity(Place(computer=computer, partition=partition))
        return refusal

    def forget_identity(self, place: Place) -> None:
        """Remove the files of an identity that has ended."""
        self._identities.forget(place)
