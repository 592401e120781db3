from dataclasses import replace
from datetime import timedelta

import pytest

from slap_domain.errors import (
    ConfigurationError,
    DeploymentFailed,
    HostFailure,
    InvalidInput,
    MasterUnreachable,
    NotAllowed,
    NotFound,
    NotReady,
)
from slap_domain.model.instance import InstanceEvent, InstanceState
from slap_domain.model.promise import PromiseMode
from slap_domain.model.references import PartitionId
from slap_domain.ports.progress_listener import ProgressKind
from slap_domain.testing.promise_checker import executions
from slap_domain.use_cases.node.deploy_instances import PartitionResult

ONE, TWO, THREE = (PartitionId(f"slappart{index}") for index in range(3))


def results(outcome) -> dict[PartitionId, PartitionResult]:
    return {partition.partition: partition.result for partition in outcome.partitions}


def reported(world, event: InstanceEvent) -> list[str]:
    return [args[0] for args in world.conversation.said("report_instance") if args[1] is event]


def test_an_instance_is_deployed_started_and_reported(world):
    world.request()
    world.give_program(ONE)

    outcome = world.deploy()

    assert results(outcome) == {
        ONE: PartitionResult.STARTED,
        TWO: PartitionResult.FREE,
        THREE: PartitionResult.FREE,
    }
    assert outcome.exit_status == 0
    assert [program.state for program in world.supervisor.programs()] == ["RUNNING"]
    assert reported(world, InstanceEvent.STARTED) == [ONE]
    assert world.promises.rounds[0].mode is PromiseMode.TEST
    assert world.promises.rounds[0].forced
    assert world.files.stamp(ONE) is not None
    assert world.progress.kinds(ONE) == [
        ProgressKind.DEPLOYING,
        ProgressKind.AWAITING,
        ProgressKind.DEPLOYED,
    ]
    assert world.journal.lines[ONE] == ["deploying web"]
    assert world.hooks.calls == [f"instance_begins {ONE}", f"instance_ended {ONE}"]
    assert world.remains.delays == {ONE: "0.0"}


def test_what_is_up_to_date_is_left_alone_but_watched(world):
    world.request()
    world.deploy()

    outcome = world.deploy()

    assert results(outcome)[ONE] is PartitionResult.UNCHANGED
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

    assert results(outcome)[ONE] is PartitionResult.UNCHANGED
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

    assert results(outcome)[ONE] is PartitionResult.PROMISE_FAILED
    assert reported(world, InstanceEvent.ERROR) == [ONE]


def test_a_changed_parameter_is_deployed(world):
    world.request(parameters={"a": "1"})
    world.deploy()
    world.clock.advance(5)
    world.request(parameters={"a": "2"})

    assert results(world.deploy())[ONE] is PartitionResult.STARTED
    assert world.builder.builds[-1].instance.parameters["a"] == "2"


def test_an_old_deployment_is_repeated(world):
    world.request()
    world.deploy()
    world.clock.advance(86401)
    assert results(world.deploy())[ONE] is PartitionResult.STARTED
    world.clock.advance(30)
    assert results(world.deploy())[ONE] is PartitionResult.UNCHANGED
    world.files.periodicities[world.builder.builds[0].instance.release] = 29
    assert results(world.deploy())[ONE] is PartitionResult.STARTED


def test_a_clock_that_jumped_back_far_lets_everything_be_processed(world):
    world.request()
    world.deploy()
    world.clock.set(world.clock.now() - timedelta(days=400))
    assert results(world.deploy())[ONE] is PartitionResult.STARTED


def test_force_deploys_what_is_up_to_date(world):
    world.request()
    world.deploy()
    assert results(world.deploy(forced=True))[ONE] is PartitionResult.STARTED


def test_force_stop_deploys_and_stops(world):
    world.request()
    world.give_program(ONE)
    world.deploy()
    assert results(world.deploy(forced=True, force_stop=True))[ONE] is PartitionResult.STARTED
    assert world.supervisor.programs() == ()


def test_an_odd_name_fails_the_partition_after_all_else_runs(world):
    world.request()
    world.give_program(ONE)
    (good,) = world.files.programs_of[ONE]
    odd = replace(good, name="co,mma", command=good.command.with_name("co,mma"))
    world.files.programs_of[ONE] = (odd, good)

    outcome = world.deploy()

    assert outcome.exit_status == 1
    assert "co,mma" in outcome.having(PartitionResult.FAILED)[0].message
    assert [(program.name, program.state) for program in world.supervisor.programs()] == [
        (good.process_name, "RUNNING")
    ]


def test_force_stop_stops_what_is_up_to_date(world):
    world.request()
    world.give_program(ONE)
    world.deploy()
    assert results(world.deploy(force_stop=True))[ONE] is PartitionResult.STARTED
    assert world.supervisor.programs() == ()


@pytest.mark.parametrize("state", [InstanceState.STOPPED, InstanceState.DESTROYED])
def test_no_failure_keeps_running_what_shall_not_run(world, state):
    world.request()
    world.give_program(ONE)
    world.deploy()
    world.clock.advance(1)
    world.request(state=state)
    world.hooks.failures[f"instance_begins {ONE}"] = HostFailure("a link is in the way")

    assert results(world.deploy())[ONE] is PartitionResult.FAILED
    assert world.supervisor.programs() == ()


def test_a_failure_to_stop_is_a_warning_beside_the_failure_before_it(world):
    world.request(state=InstanceState.STOPPED)
    world.hooks.failures[f"instance_begins {ONE}"] = HostFailure("a link is in the way")

    def stop(partition):
        raise HostFailure("supervisord is away")

    world.supervisor.stop = stop
    assert world.deploy().having(PartitionResult.FAILED)[0].message == "a link is in the way"
    assert ProgressKind.WARNING in world.progress.kinds(ONE)


def test_a_stopped_instance_is_deployed_and_stopped(world):
    world.request()
    world.give_program(ONE)
    world.deploy()
    world.clock.advance(1)
    world.request(state=InstanceState.STOPPED)

    outcome = world.deploy()

    assert results(outcome)[ONE] is PartitionResult.STOPPED
    assert len(world.builder.builds) == 2
    assert world.supervisor.programs() == ()
    assert reported(world, InstanceEvent.STOPPED) == [ONE]
    assert results(world.deploy())[ONE] is PartitionResult.UNCHANGED
    assert len(world.promises.rounds) == 1


def test_a_stopped_instance_that_does_not_deploy_is_stopped_all_the_same(world):
    world.request()
    world.give_program(ONE)
    world.deploy()
    world.clock.advance(1)
    world.request(state=InstanceState.STOPPED)
    world.builder.effects[ONE] = raising(DeploymentFailed("no"))

    assert results(world.deploy())[ONE] is PartitionResult.FAILED
    assert world.supervisor.programs() == ()


def test_a_destroyed_instance_is_stopped_and_its_files_stay(world):
    world.request()
    world.give_program(ONE)
    world.deploy()
    world.clock.advance(1)
    world.request(state=InstanceState.DESTROYED)

    outcome = world.deploy()

    assert results(outcome)[ONE] is PartitionResult.DESTROYED
    assert len(world.builder.builds) == 1
    assert world.supervisor.programs() == ()
    assert world.remains.wiped == []
    assert world.files.stamp(ONE) is not None


def raising(error: Exception):
    def effect() -> None:
        raise error

    return effect


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (DeploymentFailed("a recipe fails", log="the end\n", hint="mend it"), "a recipe fails"),
        (HostFailure("the disk is full"), "the disk is full"),
        (ZeroDivisionError("odd"), "ZeroDivisionError: odd"),
    ],
)
def test_one_failure_stops_no_other(world, error, message):
    world.request("web")
    world.request("other")
    world.builder.effects[ONE] = raising(error)

    outcome = world.deploy()

    assert results(outcome)[ONE] is PartitionResult.FAILED
    assert results(outcome)[TWO] is PartitionResult.STARTED
    assert outcome.exit_status == 1
    assert outcome.having(PartitionResult.FAILED)[0].message == message
    assert reported(world, InstanceEvent.ERROR) == [ONE]
    assert world.files.stamp(ONE) is None
    assert f"instance_ended {ONE}" in world.hooks.calls


def test_a_failure_is_kept_beside_the_files_until_it_is_over(world):
    world.request()
    world.builder.effects[ONE] = raising(DeploymentFailed("a recipe fails", log="the end\n"))
    world.deploy()
    assert world.journal.errors == {ONE: "a recipe fails\nthe end\n"}
    assert [round_.mode for round_ in world.promises.rounds] == [PromiseMode.TEST]
    del world.builder.effects[ONE]
    world.deploy()
    assert world.journal.errors == {}


def test_a_failed_promise_fails_the_deployment_in_its_own_way(world):
    world.request()
    world.promises.set_promise(ONE, "web.py", executions(True))

    outcome = world.deploy()

    assert results(outcome)[ONE] is PartitionResult.PROMISE_FAILED
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
    assert reported(world, InstanceEvent.ERROR) == [ONE]


def test_what_the_master_knows_already_is_not_repeated(world):
    world.request()
    world.deploy()
    world.promises.set_promise(ONE, "web.py", executions(True))
    tell_access_status(world, "#error while: Promise 'web.py' failed with output: failed")
    world.conversation.calls.clear()

    outcome = world.deploy()

    assert outcome.exit_status == 2
    assert reported(world, InstanceEvent.ERROR) == []
    tell_access_status(world, "#access Instance correctly started")
    world.promises.set_promise(ONE, "web.py", executions(False))
    assert world.deploy().exit_status == 0
    assert reported(world, InstanceEvent.STARTED) == []
    tell_access_status(world, "#error old")
    world.deploy()
    assert reported(world, InstanceEvent.STARTED) == [ONE]


def tell_access_status(world, status: str) -> None:
    """Let the master tell what it recorded last, and nothing else that is new."""
    stamp = world.files.stamp(ONE).timestamp
    world.conversation.alter = lambda instance: replace(instance, access_status=status, timestamp=stamp)


@pytest.mark.parametrize("error", [MasterUnreachable("gone"), NotAllowed("403"), InvalidInput("400")])
def test_without_the_master_everything_keeps_running(world, error):
    world.request()
    world.give_program(ONE)
    world.deploy()
    world.files.stopped = (TWO,)
    world.supervisor.exit_program(ONE, "server-on-watch")
    world.conversation.failures["assignment"] = error

    outcome = world.deploy()

    assert outcome.exit_status == 3
    assert outcome.offline == str(error)
    assert [program.state for program in world.supervisor.programs()] == ["RUNNING"]


def test_a_master_that_goes_away_in_the_middle_stops_the_work_not_the_services(world):
    for title in ("web", "other", "third"):
        world.request(title)
    world.conversation.failures[f"report_instance {TWO}"] = MasterUnreachable("gone")

    outcome = world.deploy()

    assert results(outcome) == {
        ONE: PartitionResult.STARTED,
        TWO: PartitionResult.OFFLINE,
        THREE: PartitionResult.OFFLINE,
    }
    assert outcome.exit_status == 3
    assert world.journal.errors == {}


def test_a_failure_that_the_master_cannot_be_told_because_it_is_away_is_offline(world):
    world.request()
    world.builder.effects[ONE] = raising(DeploymentFailed("no"))
    world.conversation.failures[f"report_instance {ONE} error"] = MasterUnreachable("gone")
    assert world.deploy().exit_status == 3


@pytest.mark.parametrize(
    "untold", [NotFound("no such partition"), NotReady("408"), ConfigurationError("no certificate")]
)
def test_a_failure_that_the_master_does_not_hear_is_a_failure_all_the_same(world, untold):
    world.request()
    world.request("other")
    world.builder.effects[ONE] = raising(DeploymentFailed("no"))
    world.conversation.failures[f"report_instance {ONE} error"] = untold
    outcome = world.deploy()
    assert outcome.exit_status == 1
    assert results(outcome)[TWO] is PartitionResult.STARTED
    assert ProgressKind.WARNING in world.progress.kinds(ONE)


def test_an_unknown_partition_on_the_command_line_is_refused(world):
    with pytest.raises(NotFound, match="slappart9"):
        world.deploy(only=(PartitionId("slappart9"),))


def test_only_the_named_partitions_are_worked_on(world):
    world.request("web")
    world.request("other")
    assert results(world.deploy(only=(TWO,))) == {TWO: PartitionResult.STARTED}


def test_a_partition_without_directory_fails_alone(world):
    world.request("web")
    world.request("other")
    del world.files.leftovers[ONE]

    outcome = world.deploy()

    assert results(outcome)[ONE] is PartitionResult.FAILED
    assert results(outcome)[TWO] is PartitionResult.STARTED
    assert reported(world, InstanceEvent.ERROR) == [ONE]


def test_a_free_partition_that_is_not_empty_is_warned_about(world):
    world.files.leftovers[ONE] = ("srv",)
    assert results(world.deploy())[ONE] is PartitionResult.FREE
    assert world.progress.kinds(ONE) == [ProgressKind.WARNING]


def test_a_free_partition_without_directory_fails_alone_too(world):
    del world.files.leftovers[THREE]
    assert results(world.deploy())[THREE] is PartitionResult.FAILED


def test_a_child_is_deployed_in_the_run_that_requested_it(world):
    world.request("root")
    world.builder.effects[ONE] = lambda: world.request_child(ONE, "child")

    outcome = world.deploy()

    assert results(outcome)[TWO] is PartitionResult.STARTED
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


@pytest.mark.parametrize("away", [MasterUnreachable("gone"), NotReady("408")])
def test_a_master_that_goes_away_between_rounds_is_offline(world, away):
    world.request("root")

    def lose_the_master() -> None:
        world.conversation.failures["assignment"] = away

    world.builder.effects[ONE] = lose_the_master
    outcome = world.deploy()
    assert outcome.exit_status == 3
    assert results(outcome)[ONE] is PartitionResult.STARTED


def test_requested_children_are_reported(world):
    world.request("root")
    world.builder.effects[ONE] = lambda: world.journal.requests.update({ONE: ("child",)})
    world.deploy()
    assert world.conversation.said("report_children") == [(ONE, ("child",))]


def test_a_master_that_keeps_no_list_of_children_is_no_failure(world):
    world.request("root")
    world.builder.effects[ONE] = lambda: world.journal.requests.update({ONE: ("child",)})
    world.conversation.failures["report_children"] = NotFound("no such method")
    assert world.deploy().exit_status == 0
    assert ProgressKind.WARNING in world.progress.kinds(ONE)


def test_requests_of_an_earlier_deployment_are_forgotten(world):
    world.request("root")
    world.journal.requests[ONE] = ("old",)
    world.deploy()
    assert world.conversation.said("report_children") == []


def test_the_partition_gets_its_certificate(world):
    world.request()
    world.deploy(certificates=True)
    assert world.journal.certificates[ONE].certificate == f"certificate of {ONE}"
    assert world.promises.rounds[0].certificate == "/srv/pki/slappart0.crt"
    assert world.promises.rounds[0].key == "/srv/pki/slappart0.key"


def test_a_certificate_that_cannot_be_had_fails_the_partition(world):
    world.request()
    world.conversation.failures["partition_certificate"] = NotFound("no such partition")
    assert world.deploy(certificates=True).exit_status == 1


def test_a_master_that_does_not_note_a_stop_is_no_failure(world):
    world.request(state=InstanceState.STOPPED)
    world.conversation.failures[f"report_instance {ONE} stopped"] = NotFound("no")
    outcome = world.deploy()
    assert results(outcome)[ONE] is PartitionResult.STOPPED
    assert ProgressKind.WARNING in world.progress.kinds(ONE)


def test_the_firewall_guards_what_is_there_and_lets_go_of_what_is_destroyed(guarded_world):
    world = guarded_world
    world.request()
    world.deploy()
    assert world.firewall.guarded == {ONE}
    world.clock.advance(1)
    world.request(state=InstanceState.STOPPED)
    world.deploy()
    assert world.firewall.guarded == {ONE}
    world.clock.advance(1)
    world.request(state=InstanceState.DESTROYED)
    world.deploy()
    assert world.firewall.guarded == set()


def test_a_hook_that_fails_fails_the_partition(world):
    world.request()
    world.hooks.failures[f"instance_begins {ONE}"] = HostFailure("the manager is broken")
    assert results(world.deploy())[ONE] is PartitionResult.FAILED
    assert world.hooks.calls[-1] == f"instance_ended {ONE}"


def test_the_failure_of_a_deployment_is_told_not_that_of_the_hook_after_it(world):
    world.request()
    world.builder.effects[ONE] = raising(DeploymentFailed("the recipe failed"))
    world.hooks.failures[f"instance_ended {ONE}"] = HostFailure("the manager is broken")
    assert world.deploy().having(PartitionResult.FAILED)[0].message == "the recipe failed"
    assert ProgressKind.WARNING in world.progress.kinds(ONE)


def test_a_hook_that_fails_after_a_deployment_fails_the_partition(world):
    world.request()
    world.hooks.failures[f"instance_ended {ONE}"] = HostFailure("the manager is broken")
    assert world.deploy().having(PartitionResult.FAILED)[0].message == "the manager is broken"


@pytest.mark.parametrize(("delay", "frozen"), [("inf", "36525.0"), ("1e300", "36525.0"), ("-2", "0.0")])
def test_a_retention_delay_has_bounds(world, delay, frozen):
    world.request()
    world.conversation.alter = lambda instance: replace(instance, filters={"retention_delay": delay})
    world.deploy(rounds=1)
    assert world.remains.delays == {ONE: frozen}


def test_the_retention_delay_is_frozen_at_the_first_deployment(world):
    world.request()
    delays = iter(["2", "soon"])
    world.conversation.alter = lambda instance: replace(instance, filters={"retention_delay": next(delays)})

    world.deploy(rounds=1)
    outcome = world.deploy(rounds=1, forced=True)

    assert world.remains.delays == {ONE: "2.0"}
    assert (
        outcome.having(PartitionResult.FAILED)[0].message == "retention_delay 'soon' is not a number of days"
    )
