"""A whole master in memory: the real rules on a registry that forgets.

Write a test of a recipe or of anything else that talks to a master:

    master = InMemoryMaster()
    master.with_computer("mine", "slappart0", "slappart1")
    web = master.tenants.request(InstanceRequest(title=…, release=…, parameters={"port": 80}))
    assert web.parameters["port"] == "80"
"""

from slap_domain.model.addresses import NetworkAddress
from slap_domain.model.computer import ComputerDescription, PartitionDescription
from slap_domain.model.master.caller import ANYBODY, Caller
from slap_domain.model.master.occasion import MasterSettings
from slap_domain.model.references import computer_guid, partition_id
from slap_domain.testing.in_memory_registry import InMemoryRegistry
from slap_domain.testing.manual_clock import ManualClock
from slap_domain.use_cases.master.whole_master import Conversations, Master


class InMemoryMaster:
    """The fake of the four ports of a master.

    Attributes:
        clock: its time; it stands still until it is told to advance.
        registry: its records.
        tenants, nodes, hosts, instances: the conversations of a caller who may do everything.
    """

    def __init__(self, settings: MasterSettings | None = None) -> None:
        self.clock = ManualClock()
        self.registry = InMemoryRegistry()
        self._master = Master(self.registry, self.clock, settings)
        conversations = self.for_caller(ANYBODY)
        self.tenants = conversations.tenants
        self.nodes = conversations.nodes
        self.hosts = conversations.hosts
        self.instances = conversations.instances

    def for_caller(self, caller: Caller) -> Conversations:
        """Return the conversations of one caller."""
        return self._master.for_caller(caller)

    def with_computer(self, guid: str, *partitions: str) -> "InMemoryMaster":
        """Describe a computer with partitions that have one IPv4 and one IPv6 address each; return itself."""
        described = tuple(
            PartitionDescription(
                id=partition_id(name),
                interface=f"tap{index}",
                addresses=(
                    NetworkAddress(
                        address=f"10.0.{index // 250}.{index % 250 + 2}", netmask="255.255.255.255"
                    ),
                    NetworkAddress(address=f"2001:db8::{index + 2:x}", netmask="ffff:ffff:ffff::"),
                ),
            )
            for index, name in enumerate(partitions)
        )
        self.hosts.describe(ComputerDescription(guid=computer_guid(guid), partitions=described))
        return self
