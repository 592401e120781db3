"""The contract of a master's conversation with tenants."""

from dataclasses import replace

from slap_domain.errors import NoFreePartition, NotFound
from slap_domain.model.instance import InstanceState
from slap_domain.model.references import computer_guid, instance_title
from slap_domain.model.software_release import SoftwareState
from slap_domain.testing.master_contract import (
    COMPUTER,
    OTHER_RELEASE,
    RELEASE,
    MasterContract,
    assigned,
    description,
    place_of,
    refuses,
    timestamp,
    wanted,
)


class MasterForTenantsContract(MasterContract):
    """What every master does for tenants; subclass it as a test class and make a master."""

    def test_supplied_releases_are_assigned_in_order(self) -> None:
        """A computer is told its releases in the order in which they were supplied."""
        master = self.master_with("slappart0")
        for release in (OTHER_RELEASE, RELEASE, OTHER_RELEASE):
            master.tenants.supply(release, COMPUTER, SoftwareState.AVAILABLE)
        releases = master.nodes.assignment(COMPUTER).releases
        assert [release.url for release in releases] == [OTHER_RELEASE, RELEASE]
        assert {release.state for release in releases} == {SoftwareState.AVAILABLE}

    def test_a_supply_can_be_taken_back(self) -> None:
        """A release that shall be destroyed is assigned so."""
        master = self.master_with("slappart0")
        master.tenants.supply(RELEASE, COMPUTER, SoftwareState.AVAILABLE)
        master.tenants.supply(RELEASE, COMPUTER, SoftwareState.DESTROYED)
        (release,) = master.nodes.assignment(COMPUTER).releases
        assert release.state is SoftwareState.DESTROYED

    def test_supply_may_come_before_the_computer(self) -> None:
        """A release can be supplied to a computer that is formatted later."""
        master = self.make_master()
        master.tenants.supply(RELEASE, COMPUTER, SoftwareState.AVAILABLE)
        master.hosts.describe(description("slappart0"))
        assert [release.url for release in master.nodes.assignment(COMPUTER).releases] == [RELEASE]

    def test_a_request_is_allocated_and_started(self) -> None:
        """The first request takes the first partition."""
        master = self.master_with("slappart0", "slappart1")
        told = master.tenants.request(wanted("web", {"name": "value"}))
        assert (told.computer, told.partition, told.state) == (COMPUTER, "slappart0", InstanceState.STARTED)
        assert told.guid == f"{COMPUTER}-slappart0"
        assert told.parameters["name"] == "value"
        assert [each.address for each in told.addresses] == ["10.0.0.2"]
        instance = assigned(master, "slappart0")
        assert (instance.title, instance.root_title) == ("web", "web")
        assert (instance.release, instance.state) == (RELEASE, InstanceState.STARTED)

    def test_parameters_come_back_as_text(self) -> None:
        """Numbers become text, the empty text becomes None; `_` is a name like others."""
        master = self.master_with("slappart0")
        told = master.tenants.request(wanted("web", {"n": 3, "empty": "", "_": '{"a": 1}', "b": True}))
        expected = {"n": "3", "empty": None, "_": '{"a": 1}', "b": "True"}
        assert {name: told.parameters[name] for name in expected} == expected
        assert assigned(master, "slappart0").parameters == expected

    def test_the_same_request_changes_nothing(self) -> None:
        """A repeated request gives the same place and the same timestamp."""
        master = self.master_with("slappart0", "slappart1")
        first = master.tenants.request(wanted("web", {"name": "value"}))
        again = master.tenants.request(wanted("web", {"name": "value"}))
        assert again == first

    def test_a_change_gives_a_new_timestamp(self) -> None:
        """Whatever a request changes, the node hears of it, each time."""
        master = self.master_with("slappart0")
        seen = []
        for request in (
            wanted("web"),
            wanted("web", {"name": "value"}),
            wanted("web", {"name": "value"}, kind="other"),
            wanted("web", {"name": "value"}, kind="other", state=InstanceState.STOPPED),
            replace(wanted("web", {"name": "value"}, kind="other"), release=OTHER_RELEASE),
        ):
            master.tenants.request(request)
            seen.append(timestamp(master, "slappart0"))
        assert seen == sorted(set(seen))

    def test_both_names_of_the_default_type_are_one(self) -> None:
        """`default` and `RootSoftwareInstance` are no change of each other; the last one is answered."""
        master = self.master_with("slappart0")
        master.tenants.request(wanted("web"))
        before = timestamp(master, "slappart0")
        told = master.tenants.request(wanted("web", kind="RootSoftwareInstance"))
        assert told.type == "RootSoftwareInstance"
        assert timestamp(master, "slappart0") == before

    def test_no_state_leaves_the_state(self) -> None:
        """A request without a state tells the state that is kept."""
        master = self.master_with("slappart0")
        master.tenants.request(wanted("web", state=InstanceState.STOPPED))
        assert master.tenants.request(wanted("web")).state is InstanceState.STOPPED
        assert assigned(master, "slappart0").state is InstanceState.STOPPED

    def test_without_room_nothing_is_allocated(self) -> None:
        """A request that finds no free partition is refused, naming the instance."""
        master = self.master_with("slappart0")
        master.tenants.request(wanted("web"))
        refusal = refuses(NoFreePartition, master.tenants.request, wanted("one too many"))
        assert "one too many" in refusal.message

    def test_an_unknown_computer_has_no_room(self) -> None:
        """A request that names a computer is allocated there or nowhere."""
        master = self.master_with("slappart0")
        refuses(
            NoFreePartition,
            master.tenants.request,
            replace(wanted("web"), filters={"computer_guid": "COMP-9"}),
        )

    def test_a_computer_that_has_the_release_is_preferred(self) -> None:
        """When no computer is named, one that was supplied with the release and has room wins."""
        master = self.master_with("slappart0")
        other = computer_guid("COMP-2")
        master.hosts.describe(description("slappart0", computer=other))
        master.tenants.supply(RELEASE, other, SoftwareState.AVAILABLE)
        assert master.tenants.request(wanted("first")).computer == other
        assert master.tenants.request(wanted("second")).computer == COMPUTER

    def test_what_does_not_exist_is_destroyed_without_an_error(self) -> None:
        """Destroying an unknown instance answers that it is destroyed and takes no partition."""
        master = self.master_with("slappart0")
        told = master.tenants.request(wanted("web", state=InstanceState.DESTROYED))
        assert (told.state, told.partition) == (InstanceState.DESTROYED, None)
        assert all(partition.is_free for partition in master.nodes.assignment(COMPUTER).partitions)

    def test_children_belong_to_the_tree_of_their_root(self) -> None:
        """A child, and a child of a child, have the root's title as root title."""
        master = self.master_with("slappart0", "slappart1", "slappart2")
        master.tenants.request(wanted("web"))
        master.tenants.request(wanted("db", parent="slappart0"))
        master.tenants.request(wanted("disk", parent="slappart1"))
        roots = {assigned(master, name).root_title for name in ("slappart0", "slappart1", "slappart2")}
        assert roots == {"web"}

    def test_a_title_is_one_instance_in_a_tree(self) -> None:
        """The same title asked by different parents of one tree is the same instance; in two trees, two."""
        master = self.master_with(*(f"slappart{index}" for index in range(5)))
        for title in ("one", "two"):
            master.tenants.request(wanted(title))
        first = master.tenants.request(wanted("db", parent="slappart0"))
        again = master.tenants.request(wanted("db", parent=str(first.partition)))
        other = master.tenants.request(wanted("db", parent="slappart1"))
        assert first.partition == again.partition
        assert first.partition != other.partition

    def test_a_child_is_no_more_than_its_root(self) -> None:
        """The child of a stopped root is stopped, from its first allocation."""
        master = self.master_with("slappart0", "slappart1")
        master.tenants.request(wanted("web", state=InstanceState.STOPPED))
        told = master.tenants.request(wanted("db", parent="slappart0", state=InstanceState.STARTED))
        assert told.state is InstanceState.STOPPED
        assert assigned(master, told.partition).state is InstanceState.STOPPED

    def test_a_child_starts_again_with_its_root(self) -> None:
        """Asked again after its root was started, a child is what was asked of it."""
        master = self.master_with("slappart0", "slappart1")
        master.tenants.request(wanted("web"))
        for state in (InstanceState.STOPPED, InstanceState.STARTED):
            master.tenants.request(wanted("web", state=state))
            assert master.tenants.request(wanted("db", parent="slappart0")).state is state

    def test_services_are_the_roots_that_are_not_destroyed(self) -> None:
        """The list has roots, shared ones included, by title."""
        master = self.master_with("slappart0", "slappart1", "slappart2")
        for title in ("web", "app"):
            master.tenants.request(wanted(title))
        master.tenants.request(wanted("db", parent="slappart0"))
        master.tenants.request(wanted("site", shared=True))
        master.tenants.request(wanted("web", state=InstanceState.DESTROYED))
        assert [service.title for service in master.tenants.list_services()] == ["app", "site"]

    def test_a_shared_service_may_have_the_title_of_another(self) -> None:
        """Both are listed and told apart; described is the one that is not shared."""
        master = self.master_with("slappart0", "slappart1")
        master.tenants.request(wanted("host"))
        for shared in (True, False):
            master.tenants.request(wanted("web", shared=shared))
        listed = [(service.title, service.shared) for service in master.tenants.list_services()]
        assert listed == [("host", False), ("web", False), ("web", True)]
        assert not master.tenants.describe_service(instance_title("web")).shared

    def test_a_service_is_described(self) -> None:
        """The description has what was asked."""
        master = self.master_with("slappart0")
        master.tenants.request(wanted("web", {"name": "value"}, state=InstanceState.STOPPED))
        service = master.tenants.describe_service(instance_title("web"))
        assert (service.title, service.release, service.state) == ("web", RELEASE, InstanceState.STOPPED)
        assert service.parameters["name"] == "value"
        refuses(NotFound, master.tenants.describe_service, instance_title("nothing"))

    def test_computers_are_listed(self) -> None:
        """The list has every computer that was described, by id."""
        master = self.master_with("slappart0")
        master.hosts.describe(description("slappart0", computer=computer_guid("COMP-0")))
        assert [computer.guid for computer in master.tenants.list_computers()] == ["COMP-0", COMPUTER]
        assert master.tenants.describe_computer(COMPUTER).guid == COMPUTER
        refuses(NotFound, master.tenants.describe_computer, computer_guid("COMP-9"))

    def test_an_unknown_product_has_no_release(self) -> None:
        """A product that nobody configured is no error."""
        assert self.make_master().tenants.releases_of_product("nothing") == ()

    def test_shared_instances_live_on_a_sharer(self) -> None:
        """A shared instance is where its sharer is, and the sharer sees it."""
        master = self.master_with("slappart0")
        refuses(NoFreePartition, master.tenants.request, wanted("site", shared=True))
        master.tenants.request(wanted("web"))
        before = timestamp(master, "slappart0")
        told = master.tenants.request(wanted("site", {"domain": "example.org"}, shared=True))
        assert place_of(told) == (COMPUTER, "slappart0")
        (seen,) = assigned(master, "slappart0").shared_instances
        assert (seen["slave_reference"], seen["domain"]) == ("_site", "example.org")
        assert timestamp(master, "slappart0") > before

    def test_shared_instances_of_two_trees_never_mix(self) -> None:
        """Two roots and titles whose concatenations are the same are two shared instances."""
        master = self.master_with("slappart0", "slappart1")
        for title, parent, site in (("A_B", "slappart0", "C"), ("A", "slappart1", "B_C")):
            master.tenants.request(wanted(title))
            master.tenants.request(wanted(site, {"from": title}, parent=parent, shared=True))
        listed = assigned(master, "slappart0").shared_instances
        assert sorted(str(each["from"]) for each in listed) == ["A", "A_B"]
        assert len({str(each["slave_reference"]) for each in listed}) == 2

    def test_a_tenant_cannot_choose_how_a_host_knows_it(self) -> None:
        """Parameters called as the names that the master gives do not replace them."""
        master = self.master_with("slappart0")
        master.tenants.request(wanted("web"))
        master.tenants.request(wanted("mine", shared=True))
        forged = {"slave_reference": "_mine", "slave_title": "_mine", "slap_software_type": "other"}
        told = master.tenants.request(wanted("theirs", forged, shared=True))
        assert dict(told.parameters) == forged
        listed = assigned(master, "slappart0").shared_instances
        assert [each["slave_reference"] for each in listed] == ["_mine", "_theirs"]
        assert [each["slave_title"] for each in listed] == ["_mine", "_theirs"]
        assert "other" not in [each["slap_software_type"] for each in listed]

    def test_a_destroyed_shared_instance_leaves_its_sharer(self) -> None:
        """Destroying it takes it from its sharer, who hears of it; doing so again is no error."""
        master = self.master_with("slappart0")
        master.tenants.request(wanted("web"))
        master.tenants.request(wanted("site", shared=True))
        before = timestamp(master, "slappart0")
        for _ in range(2):
            told = master.tenants.request(wanted("site", shared=True, state=InstanceState.DESTROYED))
            assert told.state is InstanceState.DESTROYED
        assert assigned(master, "slappart0").shared_instances == ()
        assert timestamp(master, "slappart0") > before
