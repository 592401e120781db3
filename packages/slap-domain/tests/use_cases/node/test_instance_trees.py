"""Instances that request others: a whole tree in one run."""

from slap_domain.model.references import PartitionId
from slap_domain.use_cases.node.deploy_instances import PartitionResult

ONE, TWO = PartitionId("slappart0"), PartitionId("slappart1")


def test_a_child_is_deployed_in_the_run_that_requested_it(world):
    world.request("root")
    world.builder.effects[ONE] = lambda: world.request_child(ONE, "child")

    outcome = world.deploy()

    assert world.results(outcome)[TWO] is PartitionResult.STARTED
    assert world.deploy().partitions
    assert len(world.builder.builds) == 2


def test_a_parent_gets_what_its_child_published_in_the_same_run(world):
    seen: list[object] = []

    def parent() -> None:
        seen.append(world.request_child(ONE, "child").connection.get("url"))

    world.request("root")
    world.builder.effects[ONE] = parent
    world.builder.effects[TWO] = lambda: world.publish(TWO, url="http://child")

    outcome = world.deploy()

    assert seen == [None, "http://child"]
    assert outcome.exit_status == 0
    assert len(world.builder.builds) == 3


def test_a_tree_that_never_settles_is_left_after_some_rounds(world):
    count = iter(range(1000))
    world.request("root")

    def restless() -> None:
        world.clock.advance(1)
        world.request("root", parameters={"n": str(next(count))})

    world.builder.effects[ONE] = restless
    world.deploy(rounds=3)
    assert len(world.builder.builds) == 3


def test_requested_children_are_reported(world):
    world.request("root")
    world.builder.effects[ONE] = lambda: world.journal.requests.update({ONE: ("child",)})
    world.deploy()
    assert world.conversation.said("report_children") == [(ONE, ("child",))]


def test_requests_of_an_earlier_deployment_are_forgotten(world):
    world.request("root")
    world.journal.requests[ONE] = ("old",)
    world.deploy()
    assert world.conversation.said("report_children") == []
