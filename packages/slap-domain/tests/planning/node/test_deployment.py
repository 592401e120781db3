from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slap_domain.errors import NotFound
from slap_domain.model.computer import AssignedInstance, AssignedPartition
from slap_domain.model.instance import InstanceEvent, InstanceState
from slap_domain.model.references import (
    InstanceGuid,
    InstanceTitle,
    PartitionId,
    SoftwareType,
    SoftwareUrl,
    Timestamp,
)
from slap_domain.planning.node.deployment import (
    PartitionAction,
    changed_since,
    is_news,
    partition_action,
    selected_partitions,
    up_to_date,
)

WEB = AssignedInstance(
    guid=InstanceGuid("1"),
    title=InstanceTitle("web"),
    root_title=InstanceTitle("web"),
    release=SoftwareUrl("https://example.com/software.cfg"),
    type=SoftwareType("default"),
    state=InstanceState.STARTED,
    timestamp=Timestamp("1"),
)
FREE = AssignedPartition(id=PartitionId("slappart1"))


def partition(instance: AssignedInstance = WEB) -> AssignedPartition:
    return AssignedPartition(id=PartitionId("slappart0"), instance=instance)


@pytest.mark.parametrize(
    ("wanted", "done", "age", "periodicity", "expected"),
    [
        ("1", "1", 10, 60, True),
        ("1", "1", 60, 60, True),
        ("1", "1", 61, 60, False),
        ("1", "1", 10, 0, False),  # always
        ("1", "1", 1e6, -1, True),  # never
        ("2", "1", 10, 60, False),
        ("1", None, 10, 60, False),
        (None, "1", 10, 60, False),
        (None, None, 10, -1, False),
        ("1", "1", -59, 60, True),  # the clock went back a little
        ("1", "1", -61, 60, False),  # the clock went back so far that the age means nothing
        ("1", "1.0", 10, 60, False),  # byte for byte
    ],
)
def test_when_a_partition_needs_no_processing(wanted, done, age, periodicity, expected):
    assert up_to_date(wanted, done, age=timedelta(seconds=age), periodicity=periodicity) is expected


@given(done=st.none() | st.text(), age=st.integers(-(10**9), 10**9), periodicity=st.integers(-(10**6), 10**6))
def test_without_a_timestamp_a_partition_is_always_processed(done, age, periodicity):
    assert not up_to_date(None, done, age=timedelta(seconds=age), periodicity=periodicity)


@pytest.mark.parametrize(
    ("state", "current", "action"),
    [
        (InstanceState.STARTED, False, PartitionAction.START),
        (InstanceState.STOPPED, False, PartitionAction.STOP),
        (InstanceState.DESTROYED, False, PartitionAction.DESTROY),
        (InstanceState.STARTED, True, PartitionAction.VERIFY),
        (InstanceState.STOPPED, True, PartitionAction.LEAVE),
        (InstanceState.DESTROYED, True, PartitionAction.LEAVE),
    ],
)
def test_what_is_done_about_a_busy_partition(state, current, action):
    assert partition_action(partition(replace(WEB, state=state)), current=current) is action


def test_a_free_partition_is_released():
    assert partition_action(FREE, current=False) is PartitionAction.RELEASE


def test_partitions_are_selected_by_name():
    both = (partition(), FREE)
    assert selected_partitions(both, ()) == both
    assert selected_partitions(both, (FREE.id,)) == (FREE,)
    with pytest.raises(NotFound, match="no partition a, b"):
        selected_partitions(both, (FREE.id, PartitionId("b"), PartitionId("a")))


@pytest.mark.parametrize(
    ("now", "before", "changed"),
    [
        (WEB, WEB, False),
        (replace(WEB, timestamp=Timestamp("2")), WEB, True),
        (replace(WEB, guid=InstanceGuid("2")), WEB, True),
        (WEB, None, True),
        (replace(WEB, timestamp=None), WEB, False),
        (None, WEB, False),
    ],
)
def test_what_changed_while_a_run_worked(now, before, changed):
    found = changed_since((partition(now),), {PartitionId("slappart0"): before})
    assert found == ((partition(now),) if changed else ())


def test_what_was_not_selected_did_not_change():
    assert changed_since((partition(),), {}) == ()


@pytest.mark.parametrize(
    ("status", "event", "message", "news"),
    [
        (None, InstanceEvent.STARTED, "", True),
        (None, InstanceEvent.ERROR, "no", True),
        ("#access Instance correctly started", InstanceEvent.STARTED, "", False),
        ("#error no", InstanceEvent.STARTED, "", True),
        ("#error while: no", InstanceEvent.ERROR, "no", False),
        ("#error other", InstanceEvent.ERROR, "no", True),
        ("#access fine", InstanceEvent.ERROR, "fine", True),
    ],
)
def test_what_the_master_has_to_be_told(status, event, message, news):
    assert is_news(status, event, message) is news
