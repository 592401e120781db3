from slap_domain.model.master.instance_tree import Instance, InstanceKey
from slap_domain.model.master.placement import Slot
from slap_domain.model.place import Place
from slap_domain.model.references import ComputerGuid, InstanceTitle, PartitionId, SoftwareType, SoftwareUrl
from slap_domain.planning.master.assignment import assign
from slap_domain.planning.master.instance_change import answer

PLACE = Place(computer=ComputerGuid("COMP-1"), partition=PartitionId("slappart0"))
NOWHERE = Instance(
    key=InstanceKey(title=InstanceTitle("web")),
    release=SoftwareUrl("r"),
    type=SoftwareType("default"),
    parameters={"a": "1"},
)


def test_what_is_placed_nowhere_is_assigned_nowhere():
    (partition,) = assign(PLACE.computer, (Slot(place=PLACE, position=0),), (NOWHERE,), ()).partitions
    assert partition.is_free


def test_an_instance_without_a_timestamp_is_told_without_one():
    assert answer(NOWHERE).parameters == {"a": "1"}
