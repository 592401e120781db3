import pytest
from hypothesis import given
from hypothesis import strategies as st

from slap_domain.errors import InvalidInput
from slap_domain.model.instance import InstanceState, ReportedState
from slap_domain.model.master.instance_tree import Instance, InstanceKey, Report
from slap_domain.model.master.placement import Slot, next_timestamp
from slap_domain.model.master.shared_instance import unique_reference
from slap_domain.model.place import Place
from slap_domain.model.references import ComputerGuid, InstanceTitle, PartitionId, SoftwareType, SoftwareUrl

PLACE = Place(computer=ComputerGuid("COMP-1"), partition=PartitionId("slappart0"))
NOWHERE = Instance(
    key=InstanceKey(title=InstanceTitle("web")), release=SoftwareUrl("r"), type=SoftwareType("default")
)


@pytest.mark.parametrize("wrong", [{"position": -1}, {"position": 0, "timestamp": -1}])
def test_nothing_is_before_the_first(wrong):
    with pytest.raises(InvalidInput, match="negative"):
        Slot(place=PLACE, **wrong)


@given(st.integers(0, 2**40), st.integers(0, 2**40))
def test_timestamps_strictly_grow_and_are_the_time_when_they_can(previous, now):
    stamp = next_timestamp(previous, now)
    assert stamp > previous
    assert stamp == now or stamp == previous + 1


def test_an_instance_that_is_nowhere_has_no_timestamp():
    assert NOWHERE.stamped(5) is NOWHERE


def test_the_access_status_says_what_the_node_said():
    reports = (
        Report(),
        Report(state=ReportedState.STARTED),
        Report(state=ReportedState.ERROR, message="it broke"),
        Report(state=ReportedState.ERROR),
    )
    assert [report.access_status for report in reports] == [
        "",
        "#access Instance correctly started",
        "#error it broke",
        "#error",
    ]


def test_references_are_made_unique():
    key = InstanceKey(title=InstanceTitle("C"), root=InstanceTitle("A_B"), shared=True)
    assert unique_reference(key, frozenset()) == "A_B_C"
    assert unique_reference(key, frozenset({"A_B_C", "A_B_C-2"})) == "A_B_C-3"


def test_states_have_an_order_only_by_table():
    assert {state.value for state in InstanceState} == {"started", "stopped", "destroyed"}
