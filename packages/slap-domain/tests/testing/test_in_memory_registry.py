import contextlib
from dataclasses import replace

import pytest

from slap_domain.errors import Conflict
from slap_domain.model.master.instance_tree import Instance, InstanceKey
from slap_domain.model.master.placement import Slot
from slap_domain.model.master.records import Bearer, CertificateRecord, ComputerRecord
from slap_domain.model.place import Place
from slap_domain.model.references import ComputerGuid, InstanceTitle, PartitionId, SoftwareType, SoftwareUrl
from slap_domain.testing.in_memory_registry import InMemoryRegistry
from slap_domain.testing.registry_contract import RegistryContract
from slap_domain.testing.registry_instance_contract import RegistryInstanceContract

PLACE = Place(computer=ComputerGuid("COMP-1"), partition=PartitionId("slappart0"))
SLOT = Slot(place=PLACE, position=0)
WEB = Instance(
    key=InstanceKey(title=InstanceTitle("web")),
    release=SoftwareUrl("r"),
    type=SoftwareType("default"),
    slot=SLOT,
)


class TestInMemoryRegistry(RegistryContract, RegistryInstanceContract):
    def make_registry(self) -> InMemoryRegistry:
        return InMemoryRegistry()


@pytest.fixture
def registry():
    registry = InMemoryRegistry()
    registry.write(lambda records: records.computers.save(ComputerRecord(guid=PLACE.computer)))
    registry.write(lambda records: records.computers.save_slots((SLOT,)))
    return registry


def test_the_fake_refuses_a_busy_partition(registry):
    registry.write(lambda records: records.instances.add(WEB))
    other = replace(WEB, key=InstanceKey(title=InstanceTitle("other")))
    with pytest.raises(AssertionError, match="busy"):
        registry.write(lambda records: records.instances.add(other))
    with pytest.raises(AssertionError, match="busy"):
        registry.write(lambda records: records.computers.remove_slots(PLACE.computer, (PLACE.partition,)))


def test_the_fake_refuses_what_does_not_exist(registry):
    for impossible in (
        lambda records: records.instances.save(replace(WEB, number=9)),
        lambda records: records.instances.add(replace(WEB, number=9)),
        lambda records: records.trees.stamp(Place(computer=PLACE.computer, partition=PartitionId("x")), 1),
    ):
        with pytest.raises(AssertionError):
            registry.write(impossible)


def test_the_fake_refuses_the_same_certificate_twice(registry):
    record = CertificateRecord(serial="1", bearer=Bearer.USER, name="ada", issued_at=1, expires_at=2)
    registry.write(lambda records: records.trust.add_certificate(record))
    with pytest.raises(Conflict):
        registry.write(lambda records: records.trust.add_certificate(record))


class ForgivingRegistry(InMemoryRegistry):
    def write(self, work):
        with contextlib.suppress(Exception):
            return super().write(work)


def test_the_contract_notices_a_registry_that_swallows_failures():
    class Forgiving(RegistryInstanceContract):
        def make_registry(self):
            return ForgivingRegistry()

    with pytest.raises(AssertionError, match="swallowed"):
        Forgiving().test_what_raises_changes_nothing()
