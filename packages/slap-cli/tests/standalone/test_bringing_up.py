from dataclasses import replace

import pytest

from slap_cli.standalone.bringing_up import bring_up
from slap_cli.standalone.ports import Request
from slap_domain.errors import BuildFailed, DeploymentFailed, NoFreePartition, PromiseFailed
from slap_domain.model.instance import InstanceState
from slap_domain.model.references import instance_title
from slap_domain.ports.process_supervisor import RunningProgram
from slap_domain.use_cases.node.deploy_instances import InstancesOutcome, PartitionOutcome, PartitionResult

HELLO = Request(name="hello", release="/hello/software.cfg", type="default", parameters={"greeting": "hi"})
OTHER = Request(name="other", release="/other/software.cfg", type="default")


class Accepted:
    def __init__(self):
        self.times = 0

    def __call__(self):
        self.times += 1


def up(world, request=HELLO, **options):
    accepted = Accepted()
    instance = bring_up(world.system, request, accepted, **options)
    assert accepted.times == 1
    return instance


def test_the_documented_steps_are_taken_in_order(world):
    instance = up(world)
    assert world.node.steps == ["format", "software /hello/software.cfg", "instance, assured"]
    assert (instance.state, instance.partition) == (InstanceState.STARTED, "slappart0")
    assert instance.parameters["greeting"] == "hi"


def test_it_is_tried_again_until_the_promises_hold(world):
    world.node.passes = [PartitionResult.PROMISE_FAILED] * 3
    up(world)
    assert world.node.steps.count("instance, assured") == 4
    assert world.master.clock.monotonic() > 1


def test_a_release_that_does_not_build_ends_it_before_anything_is_requested(world):
    world.node.broken_releases = {HELLO.release: "Got a.\nError: no such egg\n"}
    with pytest.raises(BuildFailed) as caught:
        bring_up(world.system, HELLO, pytest.fail)
    assert "buildout failed" in str(caught.value)
    assert "Error: no such egg" in caught.value.log
    assert caught.value.hint
    assert world.master.tenants.list_services() == ()


def test_a_promise_that_never_holds_is_told_with_its_message(world):
    world.node.passes = [PartitionResult.PROMISE_FAILED] * 100
    with pytest.raises(PromiseFailed, match="hello in slappart0: it promise failed"):
        up(world, patience=10)
    assert 10 <= world.master.clock.monotonic() < 12


def test_a_deployment_that_fails_is_told_with_its_log(world):
    world.node.passes = [PartitionResult.FAILED] * 3
    with pytest.raises(DeploymentFailed) as caught:
        up(world)
    assert caught.value.log == "Error: the story"
    assert str(caught.value) == "hello in slappart0: it failed"


def test_a_promise_is_told_by_its_last_line_above_the_rest(world):
    up(world)
    (partition, *_) = world.node.assignment().partitions
    trouble = PartitionOutcome(
        partition=partition.id,
        result=PartitionResult.PROMISE_FAILED,
        title="hello",
        message="Promise 'p' failed with output: "
        'Traceback (most recent call last):\n  File "p"\nOSError: no',
    )
    world.node.passes = [InstancesOutcome(partitions=(trouble,))] * 100
    with pytest.raises(PromiseFailed) as caught:
        up(world, patience=2)
    assert str(caught.value) == "hello in slappart0: Promise 'p' failed with output: OSError: no"
    assert caught.value.log.splitlines()[-1] == '  File "p"'


def test_what_is_told_of_a_build_is_not_told_again_by_its_log(world):
    world.node.broken_releases = {HELLO.release: "While:\n  Installing.\nbuildout failed\n"}
    with pytest.raises(BuildFailed) as caught:
        bring_up(world.system, HELLO, pytest.fail)
    assert str(caught.value) == "/hello/software.cfg does not build: buildout failed"
    assert caught.value.log == "While:\n  Installing."


def test_a_full_computer_is_told_with_a_hint(world):
    world.node.partitions = 1
    up(world)
    with pytest.raises(NoFreePartition) as caught:
        bring_up(world.system, OTHER, pytest.fail)
    assert "--partitions" in caught.value.hint
    assert [service.title for service in world.master.tenants.list_services()] == ["hello"]


def test_the_trouble_of_another_service_is_its_own(world):
    up(world, OTHER)
    original = world.node.deploy

    def deploy(**options):
        outcome = original(**options)
        spoiled = [
            one if one.title == "hello" else type(one)(partition=one.partition, result=PartitionResult.FAILED)
            for one in outcome.partitions
        ]
        return InstancesOutcome(partitions=tuple(spoiled))

    world.node.deploy = deploy
    assert up(world).partition == "slappart1"


def test_a_master_that_goes_away_ends_it(world):
    world.node.passes = [InstancesOutcome(offline="connection refused")]
    with pytest.raises(DeploymentFailed, match="connection refused"):
        up(world)


def test_changed_parameters_reach_the_master(world):
    up(world)
    up(world, Request(name="hello", release=HELLO.release, type="default", parameters={"greeting": "bye"}))
    described = world.master.tenants.describe_service(instance_title("hello"))
    assert described.parameters["greeting"] == "bye"


def web(state, **more):
    return RunningProgram(group="slappart0", name="web-on-watch", state=state, **{"pid": 0, **more})


def test_a_service_that_ends_at_once_is_told_long_before_patience_is_lost(world):
    world.node.passes = [PartitionResult.PROMISE_FAILED] * 100
    world.node.supervised = (web("EXITED", ended="ended with status 3"),)
    with pytest.raises(DeploymentFailed) as caught:
        up(world, patience=60)
    assert str(caught.value) == "hello in slappart0: web ended with status 3"
    assert caught.value.log == "web-on-watch says why"
    assert world.master.clock.monotonic() < 5


def test_a_service_without_promise_is_watched_for_a_while(world):
    world.node.promised = False
    began = world.master.clock.monotonic()

    def programs():
        alive = world.master.clock.monotonic() - began
        return (
            web("RUNNING", pid=7, uptime=alive) if alive < 3 else web("FATAL", ended="cannot be run: no"),
        )

    world.node.programs = programs
    with pytest.raises(DeploymentFailed, match="web cannot be run: no"):
        up(world)


def test_a_service_without_promise_that_goes_on_is_there(world):
    world.node.promised = False
    began = world.master.clock.monotonic()
    world.node.programs = lambda: (web("RUNNING", pid=7, uptime=world.master.clock.monotonic() - began),)
    up(world)
    assert 5 <= world.master.clock.monotonic() - began < 6


def test_a_release_whose_files_changed_is_built_again_and_that_is_said(world):
    up(world)
    up(world, replace(HELLO, has_changed=True))
    assert "software /hello/software.cfg, again" in world.node.steps
    assert "/hello/software.cfg was changed since it was built" in world.said


def test_only_a_release_that_was_built_is_noted_as_such(world):
    world.node.broken_releases = {HELLO.release: "Error: no"}
    with pytest.raises(BuildFailed):
        bring_up(world.system, HELLO, pytest.fail, built=pytest.fail)
    world.node.broken_releases = {}
    noted = Accepted()
    up(world, built=noted)
    assert noted.times == 1
