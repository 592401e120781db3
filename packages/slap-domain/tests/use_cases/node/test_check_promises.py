from slap_domain.errors import DeploymentFailed
from slap_domain.model.instance import InstanceState
from slap_domain.model.promise import PromiseMode
from slap_domain.model.references import PartitionId
from slap_domain.testing.promise_checker import executions

ONE, TWO = PartitionId("slappart0"), PartitionId("slappart1")


def test_every_started_instance_is_asked_and_the_master_is_not_told(world):
    world.request("web")
    world.request("stopped", InstanceState.STOPPED)
    world.promises.set_promise(ONE, "web.py", executions(False))

    outcome = world.check_promises()

    assert [item.partition for item in outcome.partitions] == [ONE]
    assert outcome.exit_status == 0
    (round_,) = world.promises.rounds
    assert (round_.mode, round_.forced) == (PromiseMode.TEST, True)
    assert [name for name, _ in world.conversation.calls] == ["assignment"]


def test_a_failure_is_told_by_the_exit_status(world):
    world.request("web")
    world.request("other")
    world.promises.set_promise(TWO, "web.py", executions(True))

    outcome = world.check_promises()

    assert [len(item.failures) for item in outcome.partitions] == [0, 1]
    assert outcome.exit_status == 2
    assert world.check_promises(only=(ONE,)).exit_status == 0


def test_promises_that_cannot_be_run_are_a_failure_of_their_partition_alone(world):
    world.request("web")
    world.request("other")
    world.request("third")

    def check(round_):
        if round_.place.id == ONE:
            raise DeploymentFailed("no Python")
        if round_.place.id == TWO:
            raise ZeroDivisionError("odd")
        return plain(round_)

    plain, world.promises.check = world.promises.check, check

    outcome = world.check_promises()

    assert outcome.partitions[0].trouble == "no Python"
    assert "ZeroDivisionError: odd" in outcome.partitions[1].trouble
    assert outcome.partitions[2].trouble == ""
    assert outcome.exit_status == 2
