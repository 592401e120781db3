"""The contract of a registry: instances, trees, room for them, and work that is done whole or not at all."""

from collections.abc import Callable
from dataclasses import replace

from slap_domain.model.instance import InstanceState, ReportedState
from slap_domain.model.master.instance_tree import Instance, InstanceKey, Report
from slap_domain.model.master.listed_partition import ListedPartition, listed_partition
from slap_domain.model.master.placement import Slot
from slap_domain.model.master.records import ComputerRecord, ReleaseRecord
from slap_domain.model.master.vacancy import SharerWish, SlotWish
from slap_domain.model.references import ComputerGuid, InstanceTitle, PartitionId, SoftwareType, SoftwareUrl
from slap_domain.model.software_release import SoftwareState
from slap_domain.ports.registry import Records
from slap_domain.testing.registry_world import (
    COMPUTER,
    LONG,
    RELEASE,
    RegistryWorld,
    added,
    allocate,
    free,
    instance,
    place,
    revision,
    slot,
)


class InterruptionError(Exception):
    """What a piece of work raises on purpose."""


class RegistryInstanceContract(RegistryWorld):
    """What every registry does for instances; subclass it as a test class and make one."""

    def test_what_raises_changes_nothing(self) -> None:
        """Work that fails in the middle leaves no trace."""
        registry = self.prepared()

        def fail(records: Records) -> None:
            records.instances.add(instance("web", free(records, SlotWish())))
            records.computers.save(ComputerRecord(guid=ComputerGuid("COMP-2")))
            raise InterruptionError

        try:
            registry.write(fail)
        except InterruptionError:
            pass
        else:
            raise AssertionError("the failure was swallowed")
        assert registry.read(lambda records: records.trees.roots(None)) == ()
        assert [each.guid for each in registry.read(lambda records: records.computers.every())] == [COMPUTER]
        assert not any(slot.busy for slot in registry.read(lambda records: records.computers.slots(COMPUTER)))

    def test_work_sees_what_it_changed(self) -> None:
        """Within one piece of work every change is visible at once."""
        registry = self.prepared()

        def work(records: Records) -> Instance | None:
            web = added(records, instance("web", free(records, SlotWish())))
            records.instances.save(replace(web, connection={"url": "x"}))
            return records.instances.find(web.key)

        found = registry.write(work)
        assert found is not None
        assert found.connection == {"url": "x"}

    def test_revisions_grow_with_every_change(self) -> None:
        """Whatever a node would see differently gives its partition and its computer a higher revision."""
        registry = self.prepared()
        web = registry.write(allocate("web"))
        site = registry.write(lambda records: added(records, instance("site", web.slot, shared=True)))
        changes = (
            lambda records: records.instances.save(replace(web, parameters={"a": "1"})),
            lambda records: records.trees.stamp(place(0), 5),
            lambda records: records.instances.save(replace(site, parameters={"a": 1})),
            lambda records: records.computers.save_slots((replace(slot(0), addresses=()),)),
            lambda records: records.instances.remove(site),
            lambda records: records.instances.remove(web),
        )
        before = registry.read(lambda records: (revision(records), records.vacancies.slot(place(0))))
        for change in changes:
            registry.write(change)
            after = registry.read(lambda records: (revision(records), records.vacancies.slot(place(0))))
            assert after[0] > before[0]
            assert after[1] is not None
            assert before[1] is not None
            assert after[1].revision > before[1].revision
            before = after

    def test_timestamps_surpass_what_others_gave_meanwhile(self) -> None:
        """Who saw a busy partition before another change to it still makes it be processed again."""
        registry = self.prepared()
        registry.write(allocate("web"))
        told: list[int] = []

        def look() -> None:
            found = registry.read(lambda records: records.vacancies.slot(place(0)))
            told.append(found.timestamp if found is not None else 0)

        for _ in range(2):
            registry.write(_stamp(900))
            look()
        registry.write(lambda records: records.computers.save_slots((replace(slot(0), timestamp=900),)))
        look()
        assert told == [900, 901, 902]

    def test_a_partition_that_comes_back_has_a_new_revision(self) -> None:
        """A revision never stands for two contents, even when a partition was gone meanwhile."""
        registry = self.prepared()
        for stamp in range(5):
            registry.write(_stamp(stamp))
        before = registry.read(lambda records: records.vacancies.slot(place(0)))
        registry.write(lambda records: records.computers.remove_slots(COMPUTER, (PartitionId("slappart0"),)))
        registry.write(lambda records: records.computers.save_slots((slot(0),)))
        after = registry.read(lambda records: records.vacancies.slot(place(0)))
        assert before is not None
        assert after is not None
        assert after.revision > before.revision

    def test_instances_come_back_whole(self) -> None:
        """Every field is kept, whatever text it holds."""
        registry = self.prepared()
        full = replace(
            instance(LONG, None),
            owner="ada",
            asked=InstanceState.STARTED,
            state=InstanceState.STOPPED,
            parameters={"é": 'a"\n', "none": None},
            filters={"computer_guid": "x", "retention_delay": 1.5},
            connection={"_": "{}"},
            requester=12,
            report=Report(state=ReportedState.ERROR, message="no", at=5),
            related=(InstanceTitle("a"), InstanceTitle("b")),
        )

        def add(records: Records) -> int:
            slot = replace(free(records, SlotWish()), timestamp=77)
            return records.instances.add(replace(full, slot=slot))

        number = registry.write(add)
        assert number > 0
        readings = (
            lambda records: records.instances.find(full.key),
            lambda records: records.instances.at(place(0)),
            lambda records: records.instances.numbered(number),
            lambda records: records.trees.roots(None)[0],
            lambda records: records.trees.on_computer(COMPUTER)[0],
            lambda records: records.trees.every()[0],
        )
        for reading in readings:
            found = registry.read(reading)
            assert found is not None
            assert found.slot is not None
            assert (found.slot.timestamp, found.slot.busy) == (77, True)
            assert replace(found, slot=None, number=0) == full

    def test_what_is_not_there_is_none(self) -> None:
        """Looking up what does not exist finds nothing."""
        registry = self.prepared()
        key = InstanceKey(title=InstanceTitle("web"))
        assert registry.read(lambda records: records.instances.find(key)) is None
        assert registry.read(lambda records: records.instances.at(place(0))) is None
        assert registry.read(lambda records: records.instances.numbered(1)) is None
        assert registry.read(lambda records: records.instances.referred_to("_x")) is None
        assert registry.write(lambda records: records.instances.find(key)) is None

    def test_numbers_are_never_given_twice(self) -> None:
        """The number of an instance that is gone is not another's."""
        registry = self.prepared()
        first = registry.write(allocate("web"))
        registry.write(lambda records: records.instances.remove(first))
        second = registry.write(allocate("web"))
        assert second.number > first.number
        assert second.slot is not None
        assert second.slot.place == place(0)

    def test_free_slots_come_in_order_until_there_is_none(self) -> None:
        """Each addition takes the next partition."""
        registry = self.prepared()
        taken = []
        for title in ("a", "b", "c"):
            added = registry.write(allocate(title))
            assert added.slot is not None
            taken.append(added.slot.place)
        assert taken == [place(0), place(1), place(2)]
        assert registry.write(lambda records: records.vacancies.free_slot(SlotWish())) is None

    def test_wishes_are_obeyed(self) -> None:
        """Computer, release and owner restrict what is found."""
        registry = self.prepared()
        other = ComputerGuid("COMP-2")

        def more(records: Records) -> None:
            records.computers.save(ComputerRecord(guid=other))
            records.computers.save_slots((slot(0, other),))
            records.releases.save(ReleaseRecord(computer=other, url=RELEASE))
            gone = ReleaseRecord(computer=COMPUTER, url=RELEASE, state=SoftwareState.DESTROYED)
            records.releases.save(gone)

        registry.write(more)
        wishes = {
            SlotWish(): COMPUTER,
            SlotWish(computer=other): other,
            SlotWish(supplied=RELEASE): other,
            SlotWish(owner="ada"): COMPUTER,
            SlotWish(owner="bob"): other,
            SlotWish(supplied=RELEASE, owner="bob"): other,
            SlotWish(computer=COMPUTER, owner="bob"): None,
            SlotWish(supplied=SoftwareUrl("nothing")): None,
        }
        for wish, expected in wishes.items():
            found = registry.write(_granted(wish))
            assert (found.place.computer if found is not None else None) == expected, wish

    def test_sharers_are_found(self) -> None:
        """Release, type, computer, place and owner restrict who serves; destroyed ones never do."""
        registry = self.prepared()

        def add(records: Records) -> None:
            kinds = (("web", "RootSoftwareInstance"), ("db", "backend"))
            for title, kind in kinds:
                fresh = instance(title, free(records, SlotWish()))
                records.instances.add(replace(fresh, type=SoftwareType(kind)))
            gone = replace(instance("gone", free(records, SlotWish())), state=InstanceState.DESTROYED)
            records.instances.add(replace(gone, type=SoftwareType("old")))

        registry.write(add)
        wishes = {
            SharerWish(release=RELEASE): "web",
            SharerWish(release=RELEASE, type=SoftwareType("default")): "web",
            SharerWish(release=RELEASE, type=SoftwareType("backend"), computer=COMPUTER): "db",
            SharerWish(release=RELEASE, place=place(1)): "db",
            SharerWish(release=RELEASE, type=SoftwareType("default"), place=place(1)): None,
            SharerWish(release=RELEASE, type=SoftwareType("old")): None,
            SharerWish(release=RELEASE, owner="ada"): "web",
            SharerWish(release=RELEASE, owner="bob"): None,
            SharerWish(release=RELEASE, computer=ComputerGuid("COMP-9")): None,
            SharerWish(release=SoftwareUrl("nothing")): None,
        }
        for wish, expected in wishes.items():
            sharer = registry.write(_sharing(wish))
            assert (sharer.key.title if sharer is not None else None) == expected, wish

    def test_trees_are_found(self) -> None:
        """Members belong to a root's title; roots may be restricted to an owner."""
        registry = self.prepared()

        def add(records: Records) -> None:
            root = replace(instance("web", free(records, SlotWish())), owner="ada")
            placed = added(records, root)
            records.instances.add(instance("db", free(records, SlotWish()), root="web"))
            records.instances.add(instance("cdn", placed.slot, root="web", shared=True))
            records.instances.add(instance("alone", placed.slot, shared=True))

        registry.write(add)
        for run in (registry.read, registry.write):
            members = run(lambda records: records.trees.members(InstanceTitle("web")))
            assert [each.key.title for each in members] == ["cdn", "db"]
            running = run(lambda records: records.trees.on_computer(COMPUTER))
            assert [each.key.title for each in running] == ["web", "cdn", "alone", "db"]
        roots = registry.read(lambda records: records.trees.roots(None))
        assert [each.key.title for each in roots] == ["alone", "web"]
        assert [each.key.title for each in registry.read(lambda records: records.trees.roots("ada"))] == [
            "web"
        ]
        served = registry.read(lambda records: records.trees.shared_at(place(0)))
        assert [each.key.title for each in served] == ["cdn", "alone"]

    def test_what_others_need_is_known(self) -> None:
        """An instance of another owner counts, also a shared one; another release or computer does not."""
        registry = self.prepared()
        own = registry.write(
            lambda records: added(records, replace(instance("web", free(records, SlotWish())), owner="ada"))
        )
        other = SoftwareUrl("https://example.com/other.cfg")
        asked = ((COMPUTER, RELEASE, "ada"), (COMPUTER, RELEASE, "bob"), (COMPUTER, other, "bob"))

        def answers(records: Records) -> list[bool]:
            return [records.trees.serves_others(*question) for question in asked]

        assert registry.write(answers) == [False, True, False]
        assert not registry.read(lambda records: records.trees.serves_others(ComputerGuid("x"), RELEASE, ""))
        shared = instance("cdn", own.slot, shared=True)
        registry.write(lambda records: records.instances.add(replace(shared, owner="bob")))
        assert registry.read(answers) == [True, True, False]

    def test_a_computer_is_listed(self) -> None:
        """Listings show each partition as it is found one by one, in order of position."""
        registry = self.prepared()
        everything = {"é": 'a"\n', "none": None, "list": [1]}

        def add(records: Records) -> None:
            records.computers.save_slots((replace(slot(0), addresses=()),))
            full = replace(
                instance(LONG, replace(free(records, SlotWish()), timestamp=7), root="web"),
                state=InstanceState.STOPPED,
                parameters=everything,
                connection={"_": "{}"},
                filters={"computer_guid": "x"},
                report=Report(state=ReportedState.ERROR, message="no", at=5),
            )
            records.instances.add(full)
            sharer = added(records, instance("web", free(records, SlotWish())))
            records.instances.add(instance("site", sharer.slot, shared=True))
            records.instances.add(instance("cdn", sharer.slot, shared=True))

        def one_by_one(records: Records) -> list[ListedPartition]:
            return [
                listed_partition(
                    each,
                    records.instances.at(each.place),
                    shares=bool(records.trees.shared_at(each.place)),
                )
                for each in records.computers.slots(COMPUTER)
            ]

        def each_alone(records: Records) -> list[ListedPartition | None]:
            return [records.listings.partition(each.place) for each in records.computers.slots(COMPUTER)]

        registry.write(add)
        for run in (registry.read, registry.write):
            listed = run(lambda records: list(records.listings.partitions(COMPUTER)))
            assert listed == run(one_by_one)
            assert [each.shares for each in listed] == [False, True, False]
            assert run(each_alone) == listed
            revisions = run(lambda records: list(records.listings.revisions(COMPUTER)))
            assert revisions == [(each.partition, each.revision) for each in listed]
        unknown = ComputerGuid("COMP-9")
        assert registry.read(lambda records: list(records.listings.partitions(unknown))) == []
        nowhere = replace(place(0), computer=unknown)
        assert registry.read(lambda records: records.listings.partition(nowhere)) is None

    def test_a_removed_sharer_leaves_what_it_shared(self) -> None:
        """Shared instances stay without a place and without what was published for them."""
        registry = self.prepared()

        def add(records: Records) -> Instance:
            sharer = added(records, instance("web", free(records, SlotWish())))
            shared = instance("site", sharer.slot, shared=True)
            records.instances.add(replace(shared, connection={"url": "x"}))
            return sharer

        sharer = registry.write(add)
        registry.write(lambda records: records.instances.remove(sharer))
        for run in (registry.read, registry.write):
            left = run(lambda records: records.instances.referred_to("_site"))
            assert left is not None
            assert (left.slot, left.connection) == (None, {})
            registry.write(_save(replace(left, parameters={"a": 1})))
        assert not any(slot.busy for slot in registry.read(lambda records: records.computers.slots(COMPUTER)))
        left = registry.read(lambda records: records.instances.referred_to("_site"))
        assert left is not None
        registry.write(_remove(left))
        assert registry.read(lambda records: records.trees.every()) == ()

    def test_keys_may_change(self) -> None:
        """An instance is found by its new title, and no more by its old one."""
        registry = self.prepared()
        added = registry.write(allocate("old"))
        renamed = replace(added, key=replace(added.key, title=InstanceTitle("new")))
        registry.write(lambda records: records.instances.save(renamed))
        assert registry.read(lambda records: records.instances.find(added.key)) is None
        assert registry.read(lambda records: records.instances.find(renamed.key)) is not None


def _save(changed: Instance) -> Callable[[Records], None]:
    return lambda records: records.instances.save(changed)


def _remove(gone: Instance) -> Callable[[Records], None]:
    return lambda records: records.instances.remove(gone)


def _stamp(timestamp: int) -> Callable[[Records], None]:
    return lambda records: records.trees.stamp(place(0), timestamp)


def _granted(wish: SlotWish) -> Callable[[Records], Slot | None]:
    return lambda records: records.vacancies.free_slot(wish)


def _sharing(wish: SharerWish) -> Callable[[Records], Instance | None]:
    return lambda records: records.vacancies.sharer(wish)
