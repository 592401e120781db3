"""A pass whose master goes away, or does not take part."""

import pytest

from slap_domain.errors import (
    ConfigurationError,
    DeploymentFailed,
    InvalidInput,
    MasterUnreachable,
    NotAllowed,
    NotFound,
    NotReady,
)
from slap_domain.model.instance import InstanceState
from slap_domain.model.references import PartitionId
from slap_domain.ports.progress_listener import ProgressKind
from slap_domain.use_cases.node.deploy_instances import PartitionResult

ONE, TWO, THREE = (PartitionId(f"slappart{index}") for index in range(3))


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

    assert world.results(outcome) == {
        ONE: PartitionResult.STARTED,
        TWO: PartitionResult.OFFLINE,
        THREE: PartitionResult.OFFLINE,
    }
    assert outcome.exit_status == 3
    assert world.journal.errors == {}


def test_a_failure_that_the_master_cannot_be_told_because_it_is_away_is_offline(world):
    world.request()
    world.builder.effects[ONE] = world.raising(DeploymentFailed("no"))
    world.conversation.failures[f"report_instance {ONE} error"] = MasterUnreachable("gone")
    assert world.deploy().exit_status == 3


@pytest.mark.parametrize(
    "untold", [NotFound("no such partition"), NotReady("408"), ConfigurationError("no certificate")]
)
def test_a_failure_that_the_master_does_not_hear_is_a_failure_all_the_same(world, untold):
    world.request()
    world.request("other")
    world.builder.effects[ONE] = world.raising(DeploymentFailed("no"))
    world.conversation.failures[f"report_instance {ONE} error"] = untold
    outcome = world.deploy()
    assert outcome.exit_status == 1
    assert world.results(outcome)[TWO] is PartitionResult.STARTED
    assert ProgressKind.WARNING in world.progress.kinds(ONE)


@pytest.mark.parametrize("away", [MasterUnreachable("gone"), NotReady("408")])
def test_a_master_that_goes_away_between_rounds_is_offline(world, away):
    world.request("root")

    def lose_the_master() -> None:
        world.conversation.failures["assignment"] = away

    world.builder.effects[ONE] = lose_the_master
    outcome = world.deploy()
    assert outcome.exit_status == 3
    assert world.results(outcome)[ONE] is PartitionResult.STARTED


def test_a_master_that_keeps_no_list_of_children_is_no_failure(world):
    world.request("root")
    world.builder.effects[ONE] = lambda: world.journal.requests.update({ONE: ("child",)})
    world.conversation.failures["report_children"] = NotFound("no such method")
    assert world.deploy().exit_status == 0
    assert ProgressKind.WARNING in world.progress.kinds(ONE)


def test_a_master_that_does_not_note_a_stop_is_no_failure(world):
    world.request(state=InstanceState.STOPPED)
    world.conversation.failures[f"report_instance {ONE} stopped"] = NotFound("no")
    outcome = world.deploy()
    assert world.results(outcome)[ONE] is PartitionResult.STOPPED
    assert ProgressKind.WARNING in world.progress.kinds(ONE)


def test_a_certificate_that_cannot_be_had_fails_the_partition(world):
    world.request()
    world.conversation.failures["partition_certificate"] = NotFound("no such partition")
    assert world.deploy(certificates=True).exit_status == 1
