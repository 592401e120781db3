"""What every contract of a master's conversations starts from: a master, a computer, requests."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass

from slap_domain.errors import SlapError
from slap_domain.model.addresses import NetworkAddress
from slap_domain.model.computer import AssignedInstance, ComputerDescription, PartitionDescription
from slap_domain.model.instance import InstanceRequest, InstanceState, RequestedInstance
from slap_domain.model.place import Place
from slap_domain.model.references import (
    ComputerGuid,
    PartitionId,
    SoftwareType,
    computer_guid,
    instance_title,
    partition_id,
    software_url,
)
from slap_domain.ports.master_for_hosts import MasterForHosts
from slap_domain.ports.master_for_instances import MasterForInstances
from slap_domain.ports.master_for_nodes import MasterForNodes
from slap_domain.ports.master_for_tenants import MasterForTenants

COMPUTER = computer_guid("COMP-1")
RELEASE = software_url("https://example.com/web/software.cfg")
OTHER_RELEASE = software_url("https://example.com/other/software.cfg")


@dataclass(frozen=True, slots=True, kw_only=True)
class MasterUnderTest:
    """The four conversations of one empty master."""

    tenants: MasterForTenants
    nodes: MasterForNodes
    hosts: MasterForHosts
    instances: MasterForInstances


class MasterContract(ABC):
    """Common ground of the contracts; subclass one of them and make a master."""

    @abstractmethod
    def make_master(self) -> MasterUnderTest:
        """Return a master that knows nothing yet, for a caller who may do everything."""

    def master_with(self, *partitions: str, computer: ComputerGuid = COMPUTER) -> MasterUnderTest:
        """Return a master that knows a computer."""
        master = self.make_master()
        master.hosts.describe(description(*partitions, computer=computer))
        return master


def description(
    *partitions: str, computer: ComputerGuid = COMPUTER, network: str = "10.0.0"
) -> ComputerDescription:
    """Describe a computer whose partitions have an IPv4 address of a network each."""
    return ComputerDescription(
        guid=computer,
        address="10.0.0.1",
        netmask="255.255.255.0",
        partitions=tuple(
            PartitionDescription(
                id=partition_id(name),
                interface=f"tap{index}",
                addresses=(NetworkAddress(address=f"{network}.{index + 2}", netmask="255.255.255.255"),),
            )
            for index, name in enumerate(partitions)
        ),
    )


def wanted(
    title: str,
    parameters: Mapping[str, object] | None = None,
    *,
    state: InstanceState | None = None,
    parent: str = "",
    shared: bool = False,
    kind: str = "default",
) -> InstanceRequest:
    """Return a request of RELEASE, by a person or by the instance of a partition of COMPUTER."""
    return InstanceRequest(
        title=instance_title(title),
        release=RELEASE,
        type=SoftwareType(kind),
        parameters=parameters or {},
        state=state,
        shared=shared,
        requester=Place(computer=COMPUTER, partition=PartitionId(parent)) if parent else None,
    )


def assigned(master: MasterUnderTest, partition: str | None) -> AssignedInstance:
    """Return what the node of COMPUTER is told of a partition's instance."""
    for each in master.nodes.assignment(COMPUTER).partitions:
        if each.id == partition and each.instance is not None:
            return each.instance
    raise AssertionError(f"partition {partition} is free or unknown")


def timestamp(master: MasterUnderTest, partition: str | None) -> int:
    """Return the timestamp of a partition, which must be a whole number."""
    text = assigned(master, partition).timestamp
    assert text is not None, "the instance has no timestamp"
    return int(text)


def place_of(instance: RequestedInstance) -> tuple[ComputerGuid, PartitionId]:
    """Return where an instance runs."""
    assert instance.computer is not None, f"{instance.title} is not allocated"
    assert instance.partition is not None, f"{instance.title} is not allocated"
    return instance.computer, instance.partition


def refuses(error: type[SlapError], action: object, *arguments: object) -> SlapError:
    """Return the error of a class that an action raises; anything else breaks the contract."""
    assert callable(action)
    try:
        action(*arguments)
    except error as refusal:
        return refusal
    raise AssertionError(f"it was accepted; {error.__name__} was expected")
