"""What a pass asks of promises, and what it tells the master of them."""

from dataclasses import replace

from slap_domain.model.instance import InstanceEvent
from slap_domain.model.promise import PromiseMode
from slap_domain.model.references import PartitionId
from slap_domain.ports.progress_listener import ProgressKind
from slap_domain.testing.promise_checker import executions
from slap_domain.use_cases.node.deploy_instances import PartitionResult

ONE = PartitionId("slappart0")


def test_what_is_up_to_date_is_left_alone_but_watched(world):
    world.request()
    world.deploy()

    outcome = world.deploy()

    assert world.results(outcome)[ONE] is PartitionResult.UNCHANGED
    assert len(world.builder.builds) == 1
    assert world.promises.rounds[-1].mode is PromiseMode.ANOMALY
    assert not world.promises.rounds[-1].forced
    assert outcome.exit_status == 0


def test_assurance_starts_what_does_not_run_without_deploying_it(world):
    world.request()
    world.give_program(ONE)
    world.deploy()
    world.supervisor.stop(ONE)

    outcome = world.deploy(assured=True)

    assert world.results(outcome)[ONE] is PartitionResult.UNCHANGED
    assert [program.state for program in world.supervisor.programs()] == ["RUNNING"]
    assert len(world.builder.builds) == 1
    assert world.promises.rounds[-1].mode is PromiseMode.TEST
    assert world.promises.rounds[-1].forced
    assert world.progress.kinds(ONE)[-1] is ProgressKind.AWAITING


def test_assurance_believes_no_promise_that_held_before(world):
    world.request()
    world.deploy()
    world.promises.set_promise(ONE, "web.py", executions(True))

    outcome = world.deploy(assured=True)

    assert world.results(outcome)[ONE] is PartitionResult.PROMISE_FAILED
    assert world.reported(InstanceEvent.ERROR) == [ONE]


def test_a_failed_promise_fails_the_deployment_in_its_own_way(world):
    world.request()
    world.promises.set_promise(ONE, "web.py", executions(True))

    outcome = world.deploy()

    assert world.results(outcome)[ONE] is PartitionResult.PROMISE_FAILED
    assert outcome.exit_status == 2
    (error,) = [args for args in world.conversation.said("report_instance") if args[1] is InstanceEvent.ERROR]
    assert "Promise 'web.py' failed with output: failed" in error[2]
    assert world.files.stamp(ONE) is None
    assert world.journal.errors == {}


def test_an_anomaly_is_told_once_and_bangs(world):
    world.request()
    world.deploy()
    world.promises.set_promise(ONE, "web.py", executions(True))

    first = world.deploy(rounds=1)

    assert first.exit_status == 2
    assert len(world.conversation.said("bang_instance")) == 1
    assert world.reported(InstanceEvent.ERROR) == [ONE]


def test_what_the_master_knows_already_is_not_repeated(world):
    world.request()
    world.deploy()
    world.promises.set_promise(ONE, "web.py", executions(True))
    tell_access_status(world, "#error while: Promise 'web.py' failed with output: failed")
    world.conversation.calls.clear()

    outcome = world.deploy()

    assert outcome.exit_status == 2
    assert world.reported(InstanceEvent.ERROR) == []
    tell_access_status(world, "#access Instance correctly started")
    world.promises.set_promise(ONE, "web.py", executions(False))
    assert world.deploy().exit_status == 0
    assert world.reported(InstanceEvent.STARTED) == []
    tell_access_status(world, "#error old")
    world.deploy()
    assert world.reported(InstanceEvent.STARTED) == [ONE]


def tell_access_status(world, status: str) -> None:
    """Let the master tell what it recorded last, and nothing else that is new."""
    stamp = world.files.stamp(ONE).timestamp
    world.conversation.alter = lambda instance: replace(instance, access_status=status, timestamp=stamp)
