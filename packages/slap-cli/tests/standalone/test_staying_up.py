from slap_cli.standalone.bringing_up import bring_up
from slap_cli.standalone.place import COMPUTER
from slap_cli.standalone.ports import Request
from slap_cli.standalone.staying_up import stay_up
from slap_domain.errors import AlreadyRunning, HostFailure
from slap_domain.model.references import ComputerGuid
from slap_domain.ports.process_supervisor import RunningProgram
from slap_domain.use_cases.node.deploy_instances import PartitionResult

HELLO = Request(name="hello", release="/hello/software.cfg", type="default")


def test_it_stays_up_whatever_fails(world, caplog):
    bring_up(world.system, HELLO, lambda: None)
    world.node.passes = [HostFailure("no space left")]
    world.process.running = False
    rounds = iter((False, False, True))
    stay_up(world.system, lambda: next(rounds))
    assert world.process.running
    assert world.node.steps[-2:] == ["instance", "instance"]
    assert "no space left" in caplog.text


def looking(world, times, **changes):
    """Look some times, changing something before the look of a number; return how many passes were made."""
    world.node.steps.clear()
    rounds = iter(range(times + 1))

    def ended():
        number = next(rounds)
        changes.get(f"before_{number}", lambda: None)()
        return number == times

    stay_up(world.system, ended)
    return world.node.steps.count("instance")


def test_what_is_as_it_shall_be_is_passed_over_each_minute_only(world):
    bring_up(world.system, HELLO, lambda: None)
    assert looking(world, 12) == 1
    assert looking(world, 14) == 2


def test_what_changes_is_made_true_at_the_next_look(world):
    bring_up(world.system, HELLO, lambda: None)

    def bang():
        world.master.hosts.bang_computer(ComputerGuid(COMPUTER), "it crashed")

    assert looking(world, 4, before_2=bang) == 2


def test_a_supervisor_that_was_killed_is_started_at_the_next_look(world):
    bring_up(world.system, HELLO, lambda: None)

    def kill():
        world.node.supervised = (
            RunningProgram(group="slappart0", name="web-on-watch", state="UNSUPERVISED", pid=7),
        )

    assert looking(world, 4, before_3=kill) == 2


def test_a_pass_that_does_not_succeed_is_repeated_at_the_next_look(world):
    bring_up(world.system, HELLO, lambda: None)
    world.node.passes = [PartitionResult.PROMISE_FAILED] * 2
    assert looking(world, 5) == 3


def test_a_pass_of_somebody_else_is_no_news_and_a_failure_is_told_once(world, caplog):
    bring_up(world.system, HELLO, lambda: None)
    world.node.passes = [AlreadyRunning("another run")]
    assert looking(world, 2) == 2
    assert caplog.text == ""
    world.node.passes = [HostFailure("no space left")] * 3
    looking(world, 3)
    assert caplog.text.count("no space left") == 1
