from dataclasses import replace

import pytest

from slap_cli.standalone.ports import Request
from slap_cli.standalone.record import Record, read_record, write_record
from slap_cli.standalone.recorded_run import bring_up_recorded
from slap_domain.errors import BuildFailed, InvalidInput

REQUEST = Request(name="web", release="/r/software.cfg", type="default", parameters={"k": "v"})


@pytest.fixture
def record(tmp_path):
    write_record(tmp_path / "record", Record(port=4000))
    return tmp_path / "record"


def test_what_came_up_is_recorded(world, record):
    world.process.running = False
    bring_up_recorded(world.system, record, REQUEST, "1", patience=1)
    assert world.process.running
    kept = read_record(record)
    assert kept.sources == {"/r/software.cfg": "1"}
    assert (kept.services["web"].release, kept.services["web"].parameters) == ("/r/software.cfg", {"k": "v"})
    assert kept.port == 4000


def test_a_release_that_changed_is_built_again(world, record):
    for sources in ("1", "1", "2"):
        bring_up_recorded(world.system, record, REQUEST, sources, patience=1)
    assert [step for step in world.node.steps if step.startswith("software")] == [
        "software /r/software.cfg",
        "software /r/software.cfg",
        "software /r/software.cfg, again",
    ]


def test_what_does_not_build_is_not_recorded(world, record):
    world.node.broken_releases["/r/software.cfg"] = "Error: no compiler"
    with pytest.raises(BuildFailed):
        bring_up_recorded(world.system, record, replace(REQUEST, name="other"), "1", patience=1)
    assert read_record(record) == Record(port=4000)


@pytest.mark.parametrize(
    ("wanted", "in_use", "partitions"), [(None, True, 10), (12, True, 12), (1, False, 1)]
)
def test_partitions_are_those_of_the_last_time_or_more(wanted, in_use, partitions):
    assert Record().with_partitions(wanted, in_use=in_use).partitions == partitions


@pytest.mark.parametrize(("wanted", "in_use"), [(9, True), (0, False)])
def test_partitions_are_never_taken_away(wanted, in_use):
    with pytest.raises(InvalidInput, match=f"--partitions {wanted} is less than"):
        Record().with_partitions(wanted, in_use=in_use)
