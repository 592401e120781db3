import pytest

from slap_domain.model.instance import InstanceRequest
from slap_domain.model.master.occasion import MasterSettings
from slap_domain.model.master.vacancy import SharerWish, SlotWish
from slap_domain.model.place import Place
from slap_domain.model.references import ComputerGuid, InstanceTitle, PartitionId, SoftwareType, SoftwareUrl
from slap_domain.planning.master.allocation import no_room, sharer_wishes, slot_wishes

HOME = ComputerGuid("home")
SETTINGS = MasterSettings(computer=HOME)
RELEASE = SoftwareUrl("https://example.com/software.cfg")


def request(kind="default", shared=False, **filters):
    return InstanceRequest(
        title=InstanceTitle("web"), release=RELEASE, type=SoftwareType(kind), shared=shared, filters=filters
    )


def place(computer, partition):
    return Place(computer=ComputerGuid(computer), partition=PartitionId(partition))


def test_a_named_computer_is_the_only_wish():
    assert slot_wishes(request(computer_guid="there"), SETTINGS, "ada") == (
        SlotWish(computer=ComputerGuid("there"), owner="ada"),
    )


def test_otherwise_the_release_then_home_then_anywhere():
    assert slot_wishes(request(computer_guid=""), SETTINGS, None) == (
        SlotWish(supplied=RELEASE),
        SlotWish(computer=HOME),
        SlotWish(),
    )


def test_sharers_are_looked_for_at_home_first():
    kind = SoftwareType("default")
    assert sharer_wishes(request(), SETTINGS, None) == (
        SharerWish(release=RELEASE, type=kind, computer=HOME),
        SharerWish(release=RELEASE, type=kind),
    )
    assert sharer_wishes(request(kind="", computer_guid="there"), SETTINGS, "ada") == (
        SharerWish(release=RELEASE, computer=ComputerGuid("there"), owner="ada"),
    )


def test_a_named_sharer_is_a_partition_with_or_without_its_computer():
    named = [
        wish.place for wish in sharer_wishes(request(instance_guid="my-computer-part-0"), SETTINGS, None)
    ]
    assert named == [
        place("my", "computer-part-0"),
        place("my-computer", "part-0"),
        place("my-computer-part", "0"),
        place("home", "my-computer-part-0"),
    ]


def test_a_named_sharer_must_be_on_the_named_computer():
    wishes = sharer_wishes(request(instance_guid="a-b-c", computer_guid="a-b"), SETTINGS, None)
    assert [wish.place for wish in wishes] == [place("a-b", "c"), place("a-b", "a-b-c")]


MEMBERSHIPS = {
    ComputerGuid("a"): {"project_guid": "red", "network_guid": "north"},
    ComputerGuid("b"): {"project_guid": "red"},
    HOME: {"project_guid": "red"},
    ComputerGuid("c"): {"project_guid": "blue"},
}
MEMBERS = MasterSettings(computer=HOME, memberships=MEMBERSHIPS)


@pytest.mark.parametrize(
    ("filters", "computers"),
    [
        ({"project_guid": "red"}, ["home", "a", "b"]),
        ({"project_guid": "red", "network_guid": "north"}, ["a"]),
        ({"project_guid": "green"}, []),
        ({"project_guid": "red", "computer_guid": "b"}, ["b"]),
        ({"project_guid": "red", "computer_guid": "c"}, []),
        ({"project_guid": "red", "computer_guid": "unheard"}, []),
    ],
)
def test_a_project_and_a_network_leave_their_computers(filters, computers):
    wishes = slot_wishes(request(**filters), MEMBERS, "ada")
    assert [wish.computer for wish in wishes if wish.supplied is None] == computers
    assert {wish.owner for wish in wishes} <= {"ada"}
    assert [wish.computer for wish in sharer_wishes(request(**filters), MEMBERS, None)] == computers


def test_of_the_computers_of_a_project_those_with_the_release_come_first():
    supplied = [wish.supplied for wish in slot_wishes(request(project_guid="red"), MEMBERS, None)]
    assert supplied == [RELEASE] * 3 + [None] * 3


def test_a_named_sharer_must_be_in_the_project():
    wishes = sharer_wishes(request(project_guid="red", instance_guid="c-part"), MEMBERS, None)
    assert [wish.place for wish in wishes] == [place("home", "c-part")]


def test_where_no_computer_belongs_to_anything_a_project_is_no_choice():
    assert slot_wishes(request(project_guid="red"), SETTINGS, None) == slot_wishes(request(), SETTINGS, None)
    assert slot_wishes(request(project_guid=""), MEMBERS, None) == slot_wishes(request(), MEMBERS, None)


def test_the_refusal_names_the_instance_in_the_wire_s_words():
    assert str(no_room(request())) == "No free computer partition found for: web"
    assert str(no_room(request(shared=True))).startswith("No partition corresponding to slave request: ")
