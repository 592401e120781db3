from pathlib import PurePosixPath

import pytest

from slap_domain.errors import DeploymentFailed
from slap_domain.model.partition import Program
from slap_domain.model.references import PartitionId
from slap_domain.planning.node.supervision import (
    GroupDifferences,
    StoredFile,
    effective_programs,
    owner_of_group,
    plan_group_files,
    plan_group_steps,
    refuse_odd_names,
)

WEB, WEB2 = PartitionId("web"), PartitionId("web-2")


def _program(name: str, *, watched: bool = False) -> Program:
    folder = "service" if watched else "run"
    return Program(name=name, command=PurePosixPath("/p/etc") / folder / name, watched=watched)


@pytest.mark.parametrize(
    ("group", "owner"),
    [
        ("web", WEB),
        ("web-2", WEB2),
        ("web-socat", WEB),
        ("web-2-socat", WEB2),
        ("web2", None),
        ("watchdog", None),
    ],
)
def test_a_group_belongs_to_the_longest_partition_id(group, owner):
    assert owner_of_group(group, [WEB, WEB2]) == owner


def test_only_files_that_differ_are_written():
    existing = {
        "web": StoredFile(text="same", mode=0o600),
        "web-socat": StoredFile(text="old", mode=0o600),
        "web-prerm": StoredFile(text="same", mode=0o644),
        "web-2": StoredFile(text="other's", mode=0o600),
    }
    desired = {"web": "same", "web-socat": "new", "web-prerm": "same"}
    changes = plan_group_files(WEB, desired, existing, [WEB2], 0o600)
    assert changes.write == {"web-socat": "new", "web-prerm": "same"}
    assert changes.delete == ()
    assert not changes.is_empty


def test_files_that_are_not_desired_are_deleted_but_not_another_partitions():
    stored = StoredFile(text="x", mode=0o600)
    existing = {"web": stored, "web-socat": stored, "web-2": stored, "web-2-socat": stored}
    changes = plan_group_files(WEB, {}, existing, [WEB2], 0o600)
    assert changes.delete == ("web", "web-socat")
    assert plan_group_files(PartitionId("free"), {}, existing, [WEB, WEB2], 0o600).is_empty


def test_the_steps_touch_only_groups_that_differ():
    differences = GroupDifferences(added=("new",), changed=("changed",), removed=("gone",))
    steps = [f"{step.action} {step.group}" for step in plan_group_steps(differences)]
    assert steps == ["stop gone", "remove gone", "stop changed", "remove changed", "add changed", "add new"]


def test_the_differences_of_one_partition_are_its_own():
    differences = GroupDifferences(
        added=("web", "web-2"), changed=("web-socat", "watchdog"), removed=("web-2-socat",)
    )
    assert differences.of(WEB, [WEB2]) == GroupDifferences(added=("web",), changed=("web-socat",))


def test_the_differences_of_one_group_are_its_own():
    differences = GroupDifferences(added=("a", "b"), changed=("a",), removed=("b",))
    assert differences.only("a") == GroupDifferences(added=("a",), changed=("a",))


def test_a_service_replaces_the_run_entry_of_its_name():
    programs = (_program("b", watched=True), _program("c"), _program("b"), _program("a", watched=True))
    assert [(p.name, p.watched) for p in effective_programs(programs)] == [
        ("b", True),
        ("c", False),
        ("a", True),
    ]


@pytest.mark.parametrize("name", ["two words", "a,b", "a]b", "a:b", "a;b", 'a"b', "x" * 201, "a\nb"])
def test_a_name_that_supervisor_would_misread_is_refused(name):
    programs = (_program("good"), _program(name))
    assert [program.name for program in effective_programs(programs)] == ["good"]
    refuse_odd_names(programs[:1])
    with pytest.raises(DeploymentFailed, match="not valid for a program") as raised:
        refuse_odd_names(programs)
    assert "bracket" in raised.value.hint
