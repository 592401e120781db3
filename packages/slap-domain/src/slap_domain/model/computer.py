"""A computer as a master and its node tell each other about it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from slap_domain.errors import InvalidInput
from slap_domain.model.addresses import InterfaceAddress, NetworkAddress
from slap_domain.model.instance import InstanceState
from slap_domain.model.references import (
    ComputerGuid,
    InstanceGuid,
    InstanceTitle,
    PartitionId,
    SoftwareType,
    SoftwareUrl,
    Timestamp,
    computer_guid,
    partition_id,
)
from slap_domain.model.software_release import SuppliedRelease

_NOTHING: Mapping[str, object] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class PartitionDescription:
    """What `node format` tells the master of one partition.

    Attributes:
        interface: the tap of the partition, or its id when it has none.
    """

    id: PartitionId
    addresses: tuple[NetworkAddress, ...] = ()
    interface: str = ""

    def __post_init__(self) -> None:
        """Refuse an id that could not be a directory."""
        partition_id(self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class ComputerDescription:
    """What `node format` tells the master of a computer.

    Raises:
        InvalidInput: an id is malformed, or two partitions share one.
    """

    guid: ComputerGuid
    address: str = ""
    netmask: str = ""
    partitions: tuple[PartitionDescription, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a malformed or repeated id."""
        computer_guid(self.guid)
        seen: set[PartitionId] = set()
        for partition in self.partitions:
            if partition.id in seen:
                raise InvalidInput(f"partition {partition.id} is described twice")
            seen.add(partition.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignedInstance:
    """The instance that a partition shall run.

    Attributes:
        parameters: the user's parameters alone.
        information: everything the master sends besides (ip_list, slap_* keys, instance titles, …),
            under the wire's own names.
        timestamp: opaque text that changes whenever the partition must be processed; None: always process.
        shared_instances: the shared instances this one serves, as the wire's dictionaries.
        filters: SLA that concerns the node (retention_delay, firewall keys).
        access_status: what the master last recorded of it: starts with `#access` or `#error`; None: not told.
    """

    guid: InstanceGuid
    title: InstanceTitle
    root_title: InstanceTitle
    release: SoftwareUrl
    type: SoftwareType
    state: InstanceState
    parameters: Mapping[str, object] = field(default_factory=lambda: _NOTHING)
    information: Mapping[str, object] = field(default_factory=lambda: _NOTHING)
    connection: Mapping[str, object] = field(default_factory=lambda: _NOTHING)
    addresses: tuple[InterfaceAddress, ...] = ()
    shared_instances: tuple[Mapping[str, object], ...] = ()
    timestamp: Timestamp | None = None
    filters: Mapping[str, object] = field(default_factory=lambda: _NOTHING)
    access_status: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignedPartition:
    """A partition of a computer, free when it has no instance."""

    id: PartitionId
    instance: AssignedInstance | None = None

    @property
    def is_free(self) -> bool:
        """Tell whether nothing runs there."""
        return self.instance is None


@dataclass(frozen=True, slots=True, kw_only=True)
class ComputerAssignment:
    """All that a master wants of one computer.

    Attributes:
        releases: in the order in which the node builds them.
        partitions: free ones included.
    """

    guid: ComputerGuid
    releases: tuple[SuppliedRelease, ...] = ()
    partitions: tuple[AssignedPartition, ...] = ()

    def tree(self, root_title: str) -> Mapping[PartitionId, AssignedInstance]:
        """Return the instances of a tree, named by its root, by their partitions."""
        return {
            partition.id: partition.instance
            for partition in self.partitions
            if partition.instance is not None and partition.instance.root_title == root_title
        }
