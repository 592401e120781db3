"""What a `standalone run` leaves running, wherever it is interrupted."""

from dataclasses import replace

import pytest

from slap_cli.standalone.one_run import run_to_the_end
from slap_domain.errors import BuildFailed


def interrupted():
    raise KeyboardInterrupt


def nothing():
    """Do nothing."""


def starting(world):
    world.process.running = False
    return world.process.start


def test_interrupted_while_it_tells_what_came_up_it_stops_everything(world):
    run_to_the_end(world.system, starting(world), interrupted, detached=False)
    assert not world.process.running
    assert world.node.steps == ["stop"]


@pytest.mark.parametrize("ran_before", [True, False])
def test_in_the_foreground_everything_ends_with_it(world, ran_before):
    bring_up = starting(world)
    world.process.running = ran_before
    system = replace(world.system, pause=lambda _seconds: interrupted())
    run_to_the_end(system, bring_up, nothing, detached=False)
    assert not world.process.running


def test_who_reads_what_it_tells_may_go_away(world):
    def nobody_reads():
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        run_to_the_end(world.system, starting(world), nobody_reads, detached=False)
    assert not world.process.running


def test_detached_it_stays_up_however_the_command_ends(world):
    with pytest.raises(KeyboardInterrupt):
        run_to_the_end(world.system, starting(world), interrupted, detached=True)
    assert world.process.running
    assert world.node.steps == []


@pytest.mark.parametrize("detached", [True, False])
@pytest.mark.parametrize("ran_before", [True, False])
def test_what_does_not_come_up_leaves_alone_what_ran_before(world, detached, ran_before):
    def fails():
        world.process.start()
        raise BuildFailed("no such egg")

    world.process.running = ran_before
    with pytest.raises(BuildFailed):
        run_to_the_end(world.system, fails, nothing, detached=detached)
    assert world.process.running is ran_before
