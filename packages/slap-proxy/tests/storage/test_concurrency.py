"""Many clients at once: each instance gets a partition of its own, and none gets two."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from functools import partial

import pytest

from slap_domain.errors import NoFreePartition, NotFound
from slap_domain.model.instance import InstanceEvent, InstanceState
from slap_domain.model.master.caller import ANYBODY
from slap_domain.model.master.instance_tree import InstanceKey
from slap_domain.model.master.occasion import MasterSettings
from slap_domain.model.master.shared_instance import shared_name
from slap_domain.model.references import PartitionId, instance_title
from slap_domain.model.software_release import SoftwareEvent, SoftwareState
from slap_domain.testing.manual_clock import ManualClock
from slap_domain.testing.master_contract import COMPUTER, RELEASE, description, wanted
from slap_domain.testing.master_for_instances import published
from slap_domain.use_cases.master.desk import Desk
from slap_domain.use_cases.master.whole_master import Master
from slap_proxy.storage.opening import opened_storage
from slap_proxy.trust.authority import CertificateAuthority
from slap_proxy.trust.registration import Registration

CLIENTS = 64
PARTITIONS = tuple(f"slappart{index}" for index in range(40))
SHARER = "sharer"
TREES = {"web": PartitionId("slappart1"), "site": PartitionId("slappart2")}


@pytest.fixture
def registries(registry, records_uri):
    """Two registries: two processes' worth of them where the engine has several writers."""
    if "://" not in records_uri:
        yield [registry] * 2
        return
    with opened_storage(records_uri, lambda _: None) as other:
        yield [registry, other.registry]


@pytest.fixture
def masters(registries):
    clock = ManualClock()
    return [Master(each, clock).for_caller() for each in registries]


@pytest.fixture
def deadlocks(engine_name, request):
    """Count the deadlocks since the test began."""
    if engine_name == "sqlite":
        return lambda: 0
    server = request.getfixturevalue("postgres")
    before = server.deadlocks()
    return lambda: server.deadlocks() - before


@pytest.fixture
def together():
    """Run an action for each argument at the same time, and return what each returned or raised."""

    def run(action, arguments):
        barrier = threading.Barrier(len(arguments))

        def one(argument):
            barrier.wait(30)
            try:
                return action(argument)
            except NoFreePartition as refusal:
                return refusal

        with ThreadPoolExecutor(len(arguments)) as threads:
            return list(threads.map(one, arguments))

    return run


def test_distinct_names_get_distinct_partitions_and_the_rest_are_refused(masters, together):
    masters[0].hosts.describe(description(*PARTITIONS))
    answers = together(
        lambda index: masters[index % 2].tenants.request(wanted(f"web {index}")), range(CLIENTS)
    )
    placed = [answer.partition for answer in answers if not isinstance(answer, NoFreePartition)]
    assert sorted(placed) == sorted(PARTITIONS)
    assert len(answers) - len(placed) == CLIENTS - len(PARTITIONS)
    told = [each.instance.title for each in masters[1].nodes.assignment(COMPUTER).partitions]
    assert len(set(told)) == len(PARTITIONS)


def test_identical_requests_give_one_instance(masters, together):
    masters[0].hosts.describe(description(*PARTITIONS))
    answers = together(
        lambda index: masters[index % 2].tenants.request(wanted("web", {"a": "1"})), range(CLIENTS)
    )
    assert {(answer.partition, answer.parameters["timestamp"]) for answer in answers} == {
        (answers[0].partition, answers[0].parameters["timestamp"])
    }
    busy = [each for each in masters[0].nodes.assignment(COMPUTER).partitions if not each.is_free]
    assert len(busy) == 1


def test_the_last_partition_is_given_to_one_of_identical_requests(masters, together):
    masters[0].hosts.describe(description("slappart0"))
    answers = together(lambda index: masters[index % 2].tenants.request(wanted("web")), range(16))
    assert {getattr(answer, "partition", answer) for answer in answers} == {"slappart0"}


def test_timestamps_count_every_change(masters, together):
    masters[0].hosts.describe(description(*PARTITIONS))
    first = masters[0].tenants.request(wanted("web"))
    before = int(str(first.parameters["timestamp"]))
    together(
        lambda index: masters[index % 2].hosts.bang_instance(COMPUTER, PartitionId("slappart0"), str(index)),
        range(20),
    )
    after = int(str(masters[0].tenants.request(wanted("web")).parameters["timestamp"]))
    assert after == before + 20


def test_children_publish_and_request_at_once(masters, together):
    masters[0].hosts.describe(description(*PARTITIONS))
    masters[0].tenants.request(wanted("web"))

    def live(index):
        master = masters[index % 2]
        child = master.tenants.request(wanted(f"child {index}", parent="slappart0"))
        master.instances.publish(published(str(child.partition), f"url {index}"))
        return master.tenants.request(wanted(f"child {index}", parent="slappart0")).connection["url"]

    assert together(live, range(16)) == [f"url {index}" for index in range(16)]


def test_work_on_one_tree_takes_turns_instead_of_waiting_for_each_other(masters, deadlocks, together):
    masters[0].hosts.describe(description(*PARTITIONS))
    masters[0].tenants.request(wanted("web"))
    root = PartitionId("slappart0")

    def publish(master, turn):
        child = master.tenants.request(wanted("child", {"turn": turn}, parent=root))
        master.instances.publish(published(str(child.partition), f"url {turn}"))

    def share(master, turn):
        master.tenants.request(wanted("shared", {"turn": turn}, parent=root, shared=True))

    def bang(master, turn):
        master.hosts.bang_instance(COMPUTER, root, turn)

    def report(master, turn):
        master.nodes.report_instance(COMPUTER, root, InstanceEvent.ERROR, turn)

    def describe(master, turn):
        master.hosts.describe(description(*PARTITIONS))

    actions = (publish, share, bang, report, describe)

    def live(index):
        for turn in range(10):
            actions[index // 2](masters[index % 2], str(turn))

    together(live, range(2 * len(actions)))
    assert deadlocks() == 0
    child = masters[0].tenants.request(wanted("child", {"turn": "9"}, parent=root))
    assert child.connection["url"] == "url 9"


def test_what_uses_several_trees_never_meets_others_in_a_deadlock(masters, deadlocks, together):
    masters[0].hosts.describe(description(*PARTITIONS))
    for title in (SHARER, *TREES):
        masters[0].tenants.request(wanted(title))
    actions = (*(partial(use_tree, title) for title in TREES), *CROSSING)

    def live(index):
        for turn in range(10):
            with suppress(NotFound):  # the sharer may be gone
                actions[index // 2](masters[index % 2], turn)

    together(live, range(2 * len(actions)))
    assert deadlocks() == 0
    for parent in TREES.values():
        child = masters[0].tenants.request(wanted("child", {"turn": "9"}, parent=parent))
        assert child.connection["url"] == "9"


def use_tree(title, master, turn):
    parent, parameters = TREES[title], {"turn": str(turn)}
    master.tenants.request(wanted("shared", parameters, parent=parent, shared=True))
    child = master.tenants.request(wanted("child", parameters, parent=parent))
    master.instances.publish(published(str(child.partition), turn))
    master.hosts.bang_instance(COMPUTER, parent, "")


def serve(master, turn):
    for title in TREES:
        key = InstanceKey(title=instance_title("shared"), root=instance_title(title), shared=True)
        master.instances.publish(published("slappart0", turn, shared_name(key)))


def replace_sharer(master, turn):
    master.tenants.request(wanted(SHARER, state=InstanceState.DESTROYED))
    master.nodes.report_instance(COMPUTER, PartitionId("slappart0"), InstanceEvent.DESTROYED)
    master.tenants.request(wanted(SHARER))


def move_computer(master, turn):
    master.hosts.describe(description(*PARTITIONS[: 30 + turn % 2], network=f"10.0.{turn}"))


def bang_computer(master, turn):
    master.hosts.bang_computer(COMPUTER, "")


def build(master, turn):
    master.tenants.supply(RELEASE, COMPUTER, SoftwareState.AVAILABLE)
    master.nodes.report_software(COMPUTER, RELEASE, SoftwareEvent.BUILDING)


CROSSING = (serve, replace_sharer, move_computer, bang_computer, build)


def test_partitions_are_freed_and_taken_at_once(masters, together):
    masters[0].hosts.describe(description(*PARTITIONS[:8]))
    for index in range(8):
        masters[0].tenants.request(wanted(f"old {index}"))
        masters[0].tenants.request(wanted(f"old {index}", state=InstanceState.DESTROYED))

    def act(index):
        master = masters[index % 2]
        if index < 8:
            return master.nodes.report_destroyed(COMPUTER, PartitionId(f"slappart{index}"))
        return master.tenants.request(wanted(f"new {index}"))

    answers = together(act, range(16))
    placed = Counter(answer.partition for answer in answers[8:] if not isinstance(answer, NoFreePartition))
    assert all(count == 1 for count in placed.values())
    titles = [
        each.instance.title for each in masters[0].nodes.assignment(COMPUTER).partitions if not each.is_free
    ]
    assert len(titles) == len(placed)


def test_computers_registered_at_once_get_ids_of_their_own(registry, records_uri, together, tmp_path):
    clock = ManualClock()
    authority = CertificateAuthority(tmp_path, clock)

    def registration(each):
        def desk(caller):
            return Desk(registry=each, clock=clock, caller=caller, settings=MasterSettings())

        return Registration(authority, desk)

    with ExitStack() as stack:
        other = registry
        if "://" in records_uri:
            other = stack.enter_context(opened_storage(records_uri, lambda _: None)).registry
        offices = (registration(registry), registration(other))
        told = together(
            lambda index: offices[index % 2].new_computer(ANYBODY, f"computer {index}"), range(24)
        )
    assert {(record.guid, record.title) for record in told} == {
        (record.guid, record.title) for record in registry.read(lambda records: records.computers.every())
    }
    assert len({record.guid for record in told}) == 24
