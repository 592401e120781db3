from slap_domain.model.instance import InstanceRequest
from slap_domain.model.master.placement import Place
from slap_domain.model.master.vacancy import HostWish, SlotWish
from slap_domain.model.references import ComputerGuid, InstanceTitle, PartitionId, SoftwareType, SoftwareUrl
from slap_domain.planning.master.allocation import host_wishes, no_room, slot_wishes

HOME = ComputerGuid("home")
RELEASE = SoftwareUrl("https://example.com/software.cfg")


def request(kind="default", shared=False, **filters):
    return InstanceRequest(
        title=InstanceTitle("web"), release=RELEASE, type=SoftwareType(kind), shared=shared, filters=filters
    )


def place(computer, partition):
    return Place(computer=ComputerGuid(computer), partition=PartitionId(partition))


def test_a_named_computer_is_the_only_wish():
    assert slot_wishes(request(computer_guid="there"), HOME, "ada") == (
        SlotWish(computer=ComputerGuid("there"), owner="ada"),
    )


def test_otherwise_the_release_then_home_then_anywhere():
    assert slot_wishes(request(computer_guid=""), HOME, None) == (
        SlotWish(supplied=RELEASE),
        SlotWish(computer=HOME),
        SlotWish(),
    )


def test_hosts_are_looked_for_at_home_first():
    kind = SoftwareType("default")
    assert host_wishes(request(), HOME, None) == (
        HostWish(release=RELEASE, type=kind, computer=HOME),
        HostWish(release=RELEASE, type=kind),
    )
    assert host_wishes(request(kind="", computer_guid="there"), HOME, "ada") == (
        HostWish(release=RELEASE, computer=ComputerGuid("there"), owner="ada"),
    )


def test_a_named_host_is_a_partition_with_or_without_its_computer():
    named = [wish.place for wish in host_wishes(request(instance_guid="my-computer-part-0"), HOME, None)]
    assert named == [
        place("my", "computer-part-0"),
        place("my-computer", "part-0"),
        place("my-computer-part", "0"),
        place("home", "my-computer-part-0"),
    ]


def test_a_named_host_must_be_on_the_named_computer():
    wishes = host_wishes(request(instance_guid="a-b-c", computer_guid="a-b"), HOME, None)
    assert [wish.place for wish in wishes] == [place("a-b", "c"), place("a-b", "a-b-c")]


def test_the_refusal_names_the_instance_in_the_wire_s_words():
    assert str(no_room(request())) == "No free computer partition found for: web"
    assert str(no_room(request(shared=True))).startswith("No partition corresponding to slave request: ")
