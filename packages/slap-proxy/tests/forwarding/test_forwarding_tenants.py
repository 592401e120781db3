"""A master that hands requests on says the same of what is wrong with them, and writes only what is new."""

import pytest

from slap_domain.errors import InvalidInput, NoFreePartition
from slap_domain.model.instance import InstanceRequest, InstanceState, RequestedInstance
from slap_domain.model.master.caller import ANYBODY
from slap_domain.model.master.occasion import MasterSettings
from slap_domain.model.place import Place
from slap_domain.testing.in_memory_registry import InMemoryRegistry
from slap_domain.testing.manual_clock import ManualClock
from slap_domain.use_cases.master.desk import Desk
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
def tenants(registry, other):
    masters = OtherMasters((OTHER,), own_urls=frozenset(), run_id="own")
    elsewhere = Elsewhere(frontends=(), masters=masters, ask=other.ask, run_id_of=str)
    desk = Desk(registry=registry, clock=ManualClock(), caller=ANYBODY, settings=MasterSettings())
    return ForwardingTenantConversation(desk, elsewhere)


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
