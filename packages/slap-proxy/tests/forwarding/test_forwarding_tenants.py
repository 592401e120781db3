"""A master that hands requests on says the same of what is wrong with them, and writes only what is new."""

from dataclasses import replace

import pytest

from slap_domain.errors import InvalidInput, NoFreePartition
from slap_domain.model.instance import InstanceRequest, InstanceState, RequestedInstance
from slap_domain.model.master.caller import ANYBODY, partition, user
from slap_domain.model.master.occasion import MasterSettings
from slap_domain.model.place import Place
from slap_domain.model.references import PartitionId
from slap_domain.testing.in_memory_registry import InMemoryRegistry
from slap_domain.testing.manual_clock import ManualClock
from slap_domain.testing.master_contract import COMPUTER, description
from slap_domain.use_cases.master.desk import Desk
from slap_domain.use_cases.master.whole_master import Master
from slap_proxy.configured_sections import OtherMaster
from slap_proxy.forwarding.forwarding_tenants import Elsewhere, ForwardingTenantConversation
from slap_proxy.forwarding.other_masters import OtherMasters

RELEASE = "http://x/elsewhere.cfg"
OTHER = OtherMaster(url="http://other/", releases=(RELEASE,))


class CountingRegistry(InMemoryRegistry):
    def __init__(self):
        super().__init__()
        self.writes = 0

    def write(self, work):
        self.writes += 1
        return super().write(work)


class Other:
    """Another master that answers, or refuses."""

    def __init__(self):
        self.refusal = None
        self.before_answer = None

    def ask(self, _, request):
        if self.before_answer is not None:
            self.before_answer()
        if self.refusal is not None:
            raise self.refusal
        state = request.state or InstanceState.STARTED
        return RequestedInstance(title=request.title, release=request.release, type="default", state=state)


@pytest.fixture
def registry():
    return CountingRegistry()


@pytest.fixture
def other():
    return Other()


@pytest.fixture
def tenants_for(registry, other):
    masters = OtherMasters((OTHER,), own_urls=frozenset(), run_id="own")
    elsewhere = Elsewhere(frontends=(), masters=masters, ask=other.ask, run_id_of=str)

    def opened(caller):
        desk = Desk(registry=registry, clock=ManualClock(), caller=caller, settings=MasterSettings())
        return ForwardingTenantConversation(desk, elsewhere)

    return opened


@pytest.fixture
def tenants(tenants_for):
    return tenants_for(ANYBODY)


def listed(registry):
    return [each.title for each in registry.read(lambda records: records.forwards.every())]


def wanted(**others):
    return InstanceRequest(title="web", release=RELEASE, type="default", **others)


def test_a_requester_that_is_not_there_is_told_as_by_every_master(tenants):
    nobody = Place(computer="c", partition="p")
    with pytest.raises(InvalidInput, match=r"No partition matching the authorization header: \(c / p\)"):
        tenants.request(wanted(requester=nobody))


def test_a_repeated_request_writes_nothing(tenants, registry):
    tenants.request(wanted())
    assert listed(registry) == ["user_web"]
    before = registry.writes
    assert tenants.request(wanted()).forwarded_to == OTHER.url
    assert registry.writes == before


def test_what_is_refused_at_first_is_forgotten_and_later_kept(tenants, registry, other):
    other.refusal = NoFreePartition("full")
    with pytest.raises(NoFreePartition):
        tenants.request(wanted())
    assert listed(registry) == []
    other.refusal = None
    tenants.request(wanted())
    other.refusal = NoFreePartition("full")
    with pytest.raises(NoFreePartition):
        tenants.request(wanted())
    assert listed(registry) == ["user_web"]


def test_what_another_request_forgot_meanwhile_is_noted_again(tenants, registry, other):
    tenants.request(wanted())
    (note,) = registry.read(lambda records: records.forwards.every())
    other.before_answer = lambda: registry.write(lambda records: records.forwards.remove(note))
    tenants.request(wanted())
    assert listed(registry) == ["user_web"]


def test_what_is_destroyed_is_forgotten(tenants, registry):
    tenants.request(wanted())
    tenants.request(wanted(state=InstanceState.DESTROYED))
    assert listed(registry) == []


def test_users_have_instances_of_their_own_on_other_masters(tenants_for, registry):
    for name in ("ada", "bob", "bob:user_web"):
        tenants_for(user(name)).request(wanted())
    assert listed(registry) == ["ada:user_web", "bob%3Auser_web:user_web", "bob:user_web"]


@pytest.mark.parametrize("is_told", [False, True])
def test_an_instance_asks_other_masters_in_its_own_name(tenants_for, registry, is_told):
    place = Place(computer=COMPUTER, partition=PartitionId("slappart0"))
    master = Master(registry, ManualClock())
    master.for_caller().hosts.describe(description(place.partition))
    master.for_caller(user("ada")).tenants.request(replace(wanted(), title="root"))
    tenants_for(partition(place)).request(wanted(requester=place if is_told else None))
    assert listed(registry) == ["ada:slappart0_web"]
