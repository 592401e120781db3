"""Hooks and a firewall that remember, and the contracts that all of them keep."""

from abc import ABC, abstractmethod
from pathlib import PurePosixPath

from slap_domain.model.computer import AssignedInstance, AssignedPartition
from slap_domain.model.instance import InstanceState
from slap_domain.model.partition import PartitionPlace
from slap_domain.model.references import InstanceGuid, InstanceTitle, PartitionId, SoftwareType, SoftwareUrl
from slap_domain.model.software_release import SuppliedRelease
from slap_domain.ports.node_hooks import HookedPartition, NodeHooks, PartitionFirewall

_RELEASE = SuppliedRelease(url=SoftwareUrl("https://example.com/software.cfg"))


class RecordingHooks:
    """Keeps every call, `<hook> <release or partition>`, in `calls`; `failures` says what a call raises."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.failures: dict[str, Exception] = {}

    def software_begins(self, release: SuppliedRelease) -> None:
        """Take note."""
        self._note(f"software_begins {release.url}")

    def software_ended(self, release: SuppliedRelease) -> None:
        """Take note."""
        self._note(f"software_ended {release.url}")

    def instance_begins(self, partition: HookedPartition) -> None:
        """Take note."""
        self._note(f"instance_begins {partition.place.id}")

    def instance_ended(self, partition: HookedPartition) -> None:
        """Take note."""
        self._note(f"instance_ended {partition.place.id}")

    def report(self, partition: HookedPartition) -> None:
        """Take note."""
        self._note(f"report {partition.place.id}")

    def _note(self, call: str) -> None:
        self.calls.append(call)
        if call in self.failures:
            raise self.failures[call]


class FakePartitionFirewall:
    """Keeps in `guarded` which partitions have rules."""

    def __init__(self) -> None:
        self.guarded: set[PartitionId] = set()

    def apply(self, partition: HookedPartition) -> None:
        """Guard a partition."""
        self.guarded.add(partition.place.id)

    def remove(self, partition: HookedPartition) -> None:
        """Guard it no more."""
        self.guarded.discard(partition.place.id)


class NodeHooksContract(ABC):
    """What all hooks do; subclass it as a test class and make the subject."""

    @abstractmethod
    def make_hooks(self) -> NodeHooks:
        """Return hooks."""

    @abstractmethod
    def make_place(self) -> PartitionPlace:
        """Return the place of an empty partition."""

    def test_have_nothing_against_what_asks_nothing_of_them(self) -> None:
        """A release and a partition that use no manager pass, again and again."""
        hooks = self.make_hooks()
        partition = hooked(self.make_place())
        for _ in range(2):
            hooks.software_begins(_RELEASE)
            hooks.software_ended(_RELEASE)
            hooks.instance_begins(partition)
            hooks.instance_ended(partition)
            hooks.report(partition)


class PartitionFirewallContract(ABC):
    """What every firewall does; subclass it as a test class and make the subject."""

    @abstractmethod
    def make_firewall(self) -> PartitionFirewall:
        """Return a firewall without rules."""

    @abstractmethod
    def is_guarded(self, firewall: PartitionFirewall, partition: HookedPartition) -> bool:
        """Tell whether there are rules for a partition."""

    @abstractmethod
    def make_partition(self) -> HookedPartition:
        """Return a partition that needs rules."""

    def test_guards_and_lets_go(self) -> None:
        """Both may be repeated."""
        firewall = self.make_firewall()
        partition = self.make_partition()
        for _ in range(2):
            firewall.apply(partition)
            assert self.is_guarded(firewall, partition)
        for _ in range(2):
            firewall.remove(partition)
            assert not self.is_guarded(firewall, partition)


def hooked(place: PartitionPlace | None = None) -> HookedPartition:
    """Return a partition with a started instance, for tests of hooks."""
    where = place or PartitionPlace(id=PartitionId("slappart0"), path=PurePosixPath("/srv/slappart0"))
    instance = AssignedInstance(
        guid=InstanceGuid("SOFTINST-1"),
        title=InstanceTitle("web"),
        root_title=InstanceTitle("web"),
        release=_RELEASE.url,
        type=SoftwareType("default"),
        state=InstanceState.STARTED,
    )
    return HookedPartition(assigned=AssignedPartition(id=where.id, instance=instance), place=where)
