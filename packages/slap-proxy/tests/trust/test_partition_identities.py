"""The identity of a partition stays the same while it is valid, whichever master is asked."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from slap_domain.errors import HostFailure
from slap_domain.model.instance import InstanceState
from slap_domain.model.master.caller import ANYBODY
from slap_domain.model.master.occasion import MasterSettings
from slap_domain.model.place import Place
from slap_domain.model.references import PartitionId
from slap_domain.testing.in_memory_registry import InMemoryRegistry
from slap_domain.testing.manual_clock import ManualClock
from slap_domain.testing.master_contract import COMPUTER, description, wanted
from slap_domain.use_cases.master.desk import Desk
from slap_domain.use_cases.master.whole_master import Master
from slap_proxy.trust.authority import CertificateAuthority
from slap_proxy.trust.certified_nodes import CertifiedNodeConversation
from slap_proxy.trust.partition_identities import PartitionIdentities

DAY = 24 * 3600
PLACE = Place(computer=COMPUTER, partition=PartitionId("slappart0"))


class Masters:
    """Masters that share their records and their authority, each with files of its own."""

    def __init__(self, directory):
        self.directory, self.clock, self.registry = directory, ManualClock(), InMemoryRegistry()
        self.authority = CertificateAuthority(directory / "trust", self.clock)
        self.plain = Master(self.registry, self.clock).for_caller()
        self.plain.hosts.describe(description("slappart0"))
        self.plain.tenants.request(wanted("web"))

    def desk(self, caller=ANYBODY):
        return Desk(registry=self.registry, clock=self.clock, caller=caller, settings=MasterSettings())

    def identities(self, name="files"):
        return PartitionIdentities(self.authority, self.directory / name, self.desk)

    def identity(self, name="files"):
        return self.identities(name).identity(ANYBODY, PLACE)

    def valid(self):
        found = self.registry.read(lambda records: records.trust.of_place(PLACE))
        return {record.serial for record in found}

    def serial(self, identity):
        return self.authority.serial_of(identity.certificate)


@pytest.fixture
def masters(tmp_path):
    return Masters(tmp_path)


def test_masters_with_files_of_their_own_leave_each_other_alone(masters):
    for _ in range(2):
        told = [masters.identity(name) for name in ("here", "there")]
        assert {masters.serial(each) for each in told} == masters.valid()
    assert len(masters.valid()) == 2


def test_what_was_revoked_is_not_given_again(masters):
    first = masters.identity()
    masters.identity("elsewhere")
    masters.registry.write(lambda records: records.trust.revoke(masters.serial(first), 1))
    second = masters.identity()
    assert masters.serial(second) in masters.valid()
    assert masters.identity() == second


def test_who_asks_at_the_same_time_is_told_the_same(masters):
    masters.authority.certificate_path()
    barrier = threading.Barrier(8)

    def ask(_):
        barrier.wait(30)
        return masters.identity()

    with ThreadPoolExecutor(8) as threads:
        assert len({masters.serial(each) for each in threads.map(ask, range(8))}) == 1
    assert len(masters.valid()) == 1


def test_an_identity_is_renewed_before_it_expires(masters):
    first = masters.identity()
    masters.clock.advance(334 * DAY)
    assert masters.identity() == first
    masters.clock.advance(2 * DAY)
    assert masters.identity() != first
    assert masters.serial(first) in masters.valid()


def test_an_identity_ends_with_its_instance(masters):
    nodes = CertifiedNodeConversation(masters.desk(), masters.identities())
    first = nodes.partition_certificate(PLACE.computer, PLACE.partition)
    masters.plain.tenants.request(wanted("web", state=InstanceState.DESTROYED))
    assert nodes.report_destroyed(PLACE.computer, PLACE.partition) == ""
    assert masters.valid() == set()
    assert list((masters.directory / "files").rglob("*.pem")) == []
    masters.plain.tenants.request(wanted("next"))
    assert nodes.partition_certificate(PLACE.computer, PLACE.partition) != first


def test_files_that_cannot_be_kept_are_the_operator_s(masters):
    (masters.directory / "files").write_text("no directory")
    with pytest.raises(HostFailure, match="cannot be kept"):
        masters.identity()
    assert masters.valid() == set()
