"""A master that remembers its answers says, at every moment, what one that remembers nothing says."""

from hypothesis import given, settings
from hypothesis import strategies as st

from slap_domain.errors import SlapError
from slap_domain.model.computer import ComputerDescription, PartitionDescription
from slap_domain.model.instance import InstanceEvent, InstanceRequest
from slap_domain.model.master.caller import ANYBODY
from slap_domain.model.master.occasion import MasterSettings
from slap_domain.model.place import Place
from slap_domain.ports.master_for_instances import PublishedConnection
from slap_domain.testing.in_memory_registry import InMemoryRegistry
from slap_domain.testing.manual_clock import ManualClock
from slap_http_adapter.wire.marshal import dumps
from slap_proxy.assembly import Rules
from slap_proxy.http_api.exchange import Call
from slap_proxy.http_api.remembered_answers import RememberedAnswers
from slap_proxy.http_api.slap_partitions import SlapPartitions
from slap_proxy.http_api.slap_tenants import SlapTenants
from slap_proxy.http_api.witnessed_requests import requested

TITLES = ("a", "b")
PARTITIONS = ("p0", "p1", "p2")


class World:
    def __init__(self, *, remembers, looks_first=True):
        self.looks_first = looks_first
        self.clock = ManualClock()
        self.rules = Rules(InMemoryRegistry(), self.clock, MasterSettings(computer="c"))
        self.remembers = remembers
        self.tenants = self.new_tenants()
        self.partitions = self.new_partitions()
        self.conversations = self.rules.converse(ANYBODY)
        self.format("1")

    def new_tenants(self):
        return SlapTenants(
            self.rules.converse,
            self.rules.desk_for,
            {},
            answers_elsewhere=False,
            looks_first=self.looks_first,
        )

    def new_partitions(self):
        return SlapPartitions(self.rules.converse, self.rules.desk_for)

    def format(self, interface):
        partitions = tuple(PartitionDescription(id=name, interface=interface) for name in PARTITIONS)
        self.conversations.hosts.describe(ComputerDescription(guid="c", partitions=partitions))

    def request(self, fields):
        tenants = self.tenants if self.remembers else self.new_tenants()
        answer = tenants.request(Call(verb="POST", path="", fields=fields, body=repr(fields).encode()))
        if answer.confirmed is not None:
            answer.confirmed()
        return answer.body

    def look(self, partition):
        partitions = self.partitions if self.remembers else self.new_partitions()
        names = {"computer_reference": "c", "computer_partition_reference": partition}
        answer = partitions.register(Call(verb="GET", path="", fields=names))
        if answer.confirmed is not None:
            answer.confirmed()
        return answer.body

    def act(self, step):
        self.clock.advance(1)
        kind, *words = step
        conversations = self.conversations
        try:
            if kind == "request":
                return self.request(words[0])
            if kind == "publish":
                conversations.instances.publish(
                    PublishedConnection(computer="c", partition=words[0], parameters={"u": words[1]})
                )
            elif kind == "rename":
                conversations.instances.rename("c", words[0], words[1])
            elif kind == "bang":
                conversations.hosts.bang_instance("c", words[0], "")
            elif kind == "destroyed":
                return conversations.nodes.report_destroyed("c", words[0])
            elif kind == "error":
                conversations.nodes.report_instance("c", words[0], InstanceEvent.ERROR, "x")
            else:
                self.format(words[0])
        except SlapError as error:
            return str(error)
        return "done"


def form(title, requester, state, parameter, shared):
    fields = {
        "software_release": "https://example.com/a.cfg",
        "software_type": "default",
        "partition_reference": title,
        "partition_parameter_xml": dumps({"p": parameter}).decode(),
        "state": dumps(state).decode(),
        "shared_xml": dumps(shared).decode(),
    }
    if requester:
        fields |= {"computer_id": "c", "computer_partition_id": requester}
    return fields


requests = st.builds(
    form,
    st.sampled_from(TITLES),
    st.sampled_from(("", *PARTITIONS)),
    st.sampled_from((None, "started", "stopped", "destroyed")),
    st.sampled_from(("1", "2")),
    st.booleans(),
)
places = st.sampled_from(PARTITIONS)
steps = st.one_of(
    st.tuples(st.just("request"), requests),
    st.tuples(st.just("request"), requests),
    st.tuples(st.just("publish"), places, st.sampled_from(("1", "2"))),
    st.tuples(st.just("rename"), places, st.sampled_from(TITLES)),
    st.tuples(st.just("bang"), places),
    st.tuples(st.just("destroyed"), places),
    st.tuples(st.just("error"), places),
    st.tuples(st.just("format"), st.sampled_from(("1", "2"))),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(steps, min_size=4, max_size=12), st.randoms(use_true_random=False), st.booleans())
def test_remembered_answers_are_those_of_a_master_without_memory(story, random, looks_first):
    remembering, forgetting = World(remembers=True, looks_first=looks_first), World(remembers=False)
    asked = []
    for step in story:
        assert remembering.act(step) == forgetting.act(step)
        if step[0] == "request":
            asked.append(step)
        for again in random.sample(asked, min(2, len(asked))):
            for _ in range(2):
                assert remembering.act(again) == forgetting.act(again)
        for partition in PARTITIONS:
            assert remembering.look(partition) == forgetting.look(partition)


def test_the_least_used_are_forgotten():
    known, desk = RememberedAnswers(most_bytes=2100), World(remembers=True).rules.desk_for(ANYBODY)
    for name in (b"1", b"2", b"3"):
        known.keep((ANYBODY, "", name), name, ())
    known.keep((ANYBODY, "", b"large"), b"x" * 100_000, ())
    found = [known.find((ANYBODY, "", name), desk) for name in (b"1", b"2", b"3", b"large")]
    assert found == [None, b"2", b"3", None]


def test_what_was_not_kept_is_not_remembered():
    world = World(remembers=True)
    fields = form("a", "", "started", "1", shared=False)
    call = Call(verb="POST", path="", fields=fields, body=b"a")
    answer = world.tenants.request(call)
    assert world.tenants.remembered(call) is None
    answer.confirmed()
    assert world.tenants.remembered(call).body == answer.body


class _Instead:
    """What it stands for, but for some of its attributes."""

    def __init__(self, original, **others):
        self.__dict__.update(others)
        self._original = original

    def __getattr__(self, name):
        return getattr(self._original, name)


def while_others_write(records):
    """Return records of a database where another process changes p0 before it is looked at again."""

    def revision(place):
        return records.vacancies.revision(place) + (place.partition == "p0")

    return _Instead(records, vacancies=_Instead(records.vacancies, revision=revision))


def test_a_root_that_changes_meanwhile_makes_the_answer_stand_no_more():
    world = World(remembers=True)
    desk = world.rules.desk_for(ANYBODY)
    desk.write(lambda records, occasion: requested(records, occasion, wanted("web")))
    child = wanted("child", parent=Place(computer="c", partition="p0"))
    found = desk.write(lambda records, occasion: requested(while_others_write(records), occasion, child))
    root = desk.read(lambda records, _: records.vacancies.slot(Place(computer="c", partition="p0")))
    assert (root.place, root.revision) in found.witnesses


def wanted(title, parent=None):
    return InstanceRequest(title=title, release="http://x/software.cfg", type="default", requester=parent)


def test_what_a_sharer_is_told_is_made_once_for_each_revision():
    world = World(remembers=True)
    world.act(("request", form("a", "", None, "1", shared=False)))
    world.act(("request", form("b", "", None, "1", shared=True)))
    told = world.look("p0")
    assert b"slave_reference" in told
    assert world.look("p0") is told
    world.act(("request", form("b", "", None, "2", shared=True)))
    assert world.look("p0") != told


def test_what_a_sharer_was_told_before_takes_no_room_from_others():
    world, other = World(remembers=True), {"software_release": "https://example.com/b.cfg"}
    for shared, titles in ((False, "ab"), (True, "cd")):
        world.act(("request", form(titles[0], "", None, "1", shared=shared)))
        world.act(("request", form(titles[1], "", None, "1", shared=shared) | other))
    told = world.look("p1")
    assert b"slave_reference" in told
    for count in range(100):
        world.act(("request", form("c", "", None, f"{count} {'x' * 100_000}", shared=True)))
        assert len(world.look("p0")) > 100_000
    assert world.look("p1") is told
