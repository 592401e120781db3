"""What a pass does about each partition, and what a failure of one leaves of the others."""

from dataclasses import replace
from datetime import timedelta

import pytest

from slap_domain.errors import (
    DeploymentFailed,
    HostFailure,
    NotFound,
)
from slap_domain.model.instance import InstanceEvent, InstanceState
from slap_domain.model.promise import PromiseMode
from slap_domain.model.references import PartitionId
from slap_domain.ports.progress_listener import ProgressKind
from slap_domain.testing.process_supervisor import FakeProcessSupervisor
from slap_domain.use_cases.node.deploy_instances import PartitionResult

ONE, TWO, THREE = (PartitionId(f"slappart{index}") for index in range(3))


def test_an_instance_is_deployed_started_and_reported(world):
    world.request()
    world.give_program(ONE)

    outcome = world.deploy()

    assert world.results(outcome) == {
        ONE: PartitionResult.STARTED,
        TWO: PartitionResult.FREE,
        THREE: PartitionResult.FREE,
    }
    assert outcome.exit_status == 0
    assert [program.state for program in world.supervisor.programs()] == ["RUNNING"]
    assert world.reported(InstanceEvent.STARTED) == [ONE]
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


def test_a_changed_parameter_is_deployed(world):
    world.request(parameters={"a": "1"})
    world.deploy()
    world.clock.advance(5)
    world.request(parameters={"a": "2"})

    assert world.results(world.deploy())[ONE] is PartitionResult.STARTED
    assert world.builder.builds[-1].instance.parameters["a"] == "2"


def test_the_builder_begins_early_only_where_an_instance_has_to_be_deployed(world):
    world.request()
    world.deploy()
    expected = [build.instance.release for build in world.builder.builds]
    assert world.builder.expected == expected

    world.deploy()
    assert world.builder.expected == expected


def test_what_is_unchanged_runs_again_after_the_supervisor_was_shut_down(world):
    world.request()
    world.give_program(ONE)
    world.deploy()
    builds = len(world.builder.builds)
    world.supervisor.shut_down()

    assert world.results(world.deploy())[ONE] is PartitionResult.UNCHANGED
    assert [program.state for program in world.supervisor.programs()] == ["RUNNING"]
    assert ProgressKind.RESUMED in world.progress.kinds(ONE)
    assert len(world.builder.builds) == builds
    assert len(world.promises.rounds) == 1  # the services come up yet
    world.deploy()
    assert world.promises.rounds[1].mode is PromiseMode.ANOMALY


def test_what_was_stopped_by_hand_stays_stopped(world):
    world.request()
    world.give_program(ONE)
    world.deploy()
    (program,) = world.supervisor.programs()
    world.supervisor.stop_program(ONE, program.name)
    world.deploy()
    assert [program.state for program in world.supervisor.programs()] == ["STOPPED"]


def test_what_cannot_be_resumed_is_deployed_anew_by_the_next_pass(world):
    class Unwilling(FakeProcessSupervisor):
        def resume(self, partition):
            raise DeploymentFailed(f"cannot start {partition}:web")

    world.request()
    world.deploy()
    world.supervisor, willing = Unwilling(), world.supervisor
    assert world.results(world.deploy())[ONE] is PartitionResult.FAILED
    world.supervisor = willing
    assert world.results(world.deploy())[ONE] is PartitionResult.STARTED


def test_an_old_deployment_is_repeated(world):
    world.request()
    world.deploy()
    world.clock.advance(86401)
    assert world.results(world.deploy())[ONE] is PartitionResult.STARTED
    world.clock.advance(30)
    assert world.results(world.deploy())[ONE] is PartitionResult.UNCHANGED
    world.files.periodicities[world.builder.builds[0].instance.release] = 29
    assert world.results(world.deploy())[ONE] is PartitionResult.STARTED


def test_a_clock_that_jumped_back_far_lets_everything_be_processed(world):
    world.request()
    world.deploy()
    world.clock.set(world.clock.now() - timedelta(days=400))
    assert world.results(world.deploy())[ONE] is PartitionResult.STARTED


def test_force_deploys_what_is_up_to_date(world):
    world.request()
    world.deploy()
    assert world.results(world.deploy(forced=True))[ONE] is PartitionResult.STARTED


def test_force_stop_deploys_and_stops(world):
    world.request()
    world.give_program(ONE)
    world.deploy()
    assert world.results(world.deploy(forced=True, force_stop=True))[ONE] is PartitionResult.STARTED
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
    assert world.results(world.deploy(force_stop=True))[ONE] is PartitionResult.STARTED
    assert world.supervisor.programs() == ()


@pytest.mark.parametrize("state", [InstanceState.STOPPED, InstanceState.DESTROYED])
def test_no_failure_keeps_running_what_shall_not_run(world, state):
    world.request()
    world.give_program(ONE)
    world.deploy()
    world.clock.advance(1)
    world.request(state=state)
    world.hooks.failures[f"instance_begins {ONE}"] = HostFailure("a link is in the way")

    assert world.results(world.deploy())[ONE] is PartitionResult.FAILED
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

    assert world.results(outcome)[ONE] is PartitionResult.STOPPED
    assert len(world.builder.builds) == 2
    assert world.supervisor.programs() == ()
    assert world.reported(InstanceEvent.STOPPED) == [ONE]
    assert world.results(world.deploy())[ONE] is PartitionResult.UNCHANGED
    assert len(world.promises.rounds) == 1


def test_a_stopped_instance_that_does_not_deploy_is_stopped_all_the_same(world):
    world.request()
    world.give_program(ONE)
    world.deploy()
    world.clock.advance(1)
    world.request(state=InstanceState.STOPPED)
    world.builder.effects[ONE] = world.raising(DeploymentFailed("no"))

    assert world.results(world.deploy())[ONE] is PartitionResult.FAILED
    assert world.supervisor.programs() == ()


def test_a_destroyed_instance_is_stopped_and_its_files_stay(world):
    world.request()
    world.give_program(ONE)
    world.deploy()
    world.clock.advance(1)
    world.request(state=InstanceState.DESTROYED)

    outcome = world.deploy()

    assert world.results(outcome)[ONE] is PartitionResult.DESTROYED
    assert len(world.builder.builds) == 1
    assert world.supervisor.programs() == ()
    assert world.remains.wiped == []
    assert world.files.stamp(ONE) is not None


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
    world.builder.effects[ONE] = world.raising(error)

    outcome = world.deploy()

    assert world.results(outcome)[ONE] is PartitionResult.FAILED
    assert world.results(outcome)[TWO] is PartitionResult.STARTED
    assert outcome.exit_status == 1
    assert outcome.having(PartitionResult.FAILED)[0].message == message
    assert world.reported(InstanceEvent.ERROR) == [ONE]
    assert world.files.stamp(ONE) is None
    assert f"instance_ended {ONE}" in world.hooks.calls


def test_a_failure_is_kept_beside_the_files_until_it_is_over(world):
    world.request()
    world.builder.effects[ONE] = world.raising(DeploymentFailed("a recipe fails", log="the end\n"))
    world.deploy()
    assert world.journal.errors == {ONE: "a recipe fails\nthe end\n"}
    assert [round_.mode for round_ in world.promises.rounds] == [PromiseMode.TEST]
    del world.builder.effects[ONE]
    world.deploy()
    assert world.journal.errors == {}


def test_an_unknown_partition_on_the_command_line_is_refused(world):
    with pytest.raises(NotFound, match="slappart9"):
        world.deploy(only=(PartitionId("slappart9"),))


def test_only_the_named_partitions_are_worked_on(world):
    world.request("web")
    world.request("other")
    assert world.results(world.deploy(only=(TWO,))) == {TWO: PartitionResult.STARTED}


def test_a_partition_without_directory_fails_alone(world):
    world.request("web")
    world.request("other")
    del world.files.leftovers[ONE]

    outcome = world.deploy()

    assert world.results(outcome)[ONE] is PartitionResult.FAILED
    assert world.results(outcome)[TWO] is PartitionResult.STARTED
    assert world.reported(InstanceEvent.ERROR) == [ONE]


def test_a_free_partition_that_is_not_empty_is_warned_about(world):
    world.files.leftovers[ONE] = ("srv",)
    assert world.results(world.deploy())[ONE] is PartitionResult.FREE
    assert world.progress.kinds(ONE) == [ProgressKind.WARNING]


def test_a_free_partition_without_directory_fails_alone_too(world):
    del world.files.leftovers[THREE]
    assert world.results(world.deploy())[THREE] is PartitionResult.FAILED


def test_the_partition_gets_its_certificate(world):
    world.request()
    world.deploy(certificates=True)
    assert world.journal.certificates[ONE].certificate == f"certificate of {ONE}"
    assert world.promises.rounds[0].certificate == "/srv/pki/slappart0.crt"
    assert world.promises.rounds[0].key == "/srv/pki/slappart0.key"


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
    assert world.results(world.deploy())[ONE] is PartitionResult.FAILED
    assert world.hooks.calls[-1] == f"instance_ended {ONE}"


def test_the_failure_of_a_deployment_is_told_not_that_of_the_hook_after_it(world):
    world.request()
    world.builder.effects[ONE] = world.raising(DeploymentFailed("the recipe failed"))
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
