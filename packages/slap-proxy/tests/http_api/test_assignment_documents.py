"""What a whole computer is told: made of what is remembered, it says the same as made from nothing."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slap_domain.model.master.caller import ANYBODY
from slap_domain.model.master.instance_tree import Instance, InstanceKey
from slap_domain.model.master.occasion import MasterSettings, Occasion
from slap_domain.model.master.placement import Slot, SlotAddress
from slap_domain.model.master.records import ComputerRecord, ReleaseRecord
from slap_domain.model.place import Place
from slap_domain.testing.in_memory_registry import InMemoryRegistry
from slap_domain.use_cases.master.assign_computer import assign_computer
from slap_http_adapter.wire.assignment import computer_assignment, computer_object
from slap_http_adapter.wire.marshal import dumps, loads
from slap_proxy.http_api.assignment_documents import AssignmentDocuments

COMPUTER = "COMP-1"
OCCASION = Occasion(caller=ANYBODY, now=5, settings=MasterSettings())
# More than a piece holds, and more than are looked up one by one.
PARTITIONS = 150


class Computer:
    """A computer, and what its master remembers of what it was told."""

    def __init__(self):
        self.registry = InMemoryRegistry()
        self.documents = AssignmentDocuments()
        self.registry.write(lambda records: records.computers.save(ComputerRecord(guid=COMPUTER)))
        self.describe(range(PARTITIONS))

    def describe(self, numbers):
        slots = tuple(
            Slot(
                place=Place(computer=COMPUTER, partition=f"slappart{number}"),
                position=number,
                addresses=(SlotAddress(interface=f"tap{number}", address="10.0.0.1"),),
            )
            for number in numbers
        )
        self.registry.write(lambda records: records.computers.save_slots(slots))

    def occupy(self, number, *, shared=False):
        def work(records):
            slot = records.vacancies.slot(Place(computer=COMPUTER, partition=f"slappart{number}"))
            if slot.busy == shared:
                key = InstanceKey(title=f"instance {number}" + " shared" * shared, shared=shared)
                if records.instances.find(key) is None:
                    stamped = replace(slot, timestamp=slot.timestamp + 1)
                    records.instances.add(Instance(key=key, release="r", type="default", slot=stamped))

        self.registry.write(work)

    def publish(self, number):
        def work(records):
            instance = records.instances.at(Place(computer=COMPUTER, partition=f"slappart{number}"))
            if instance is not None:
                count = len(instance.connection)
                records.instances.save(
                    replace(instance, connection={**instance.connection, f"k{count}": "v"})
                )

        self.registry.write(work)

    def forget(self, number):
        def work(records):
            place = Place(computer=COMPUTER, partition=f"slappart{number}")
            slot = records.vacancies.slot(place)
            if slot is not None and not slot.busy:
                records.computers.remove_slots(COMPUTER, (place.partition,))

        self.registry.write(work)

    def supply(self, url):
        self.registry.write(lambda records: records.releases.save(ReleaseRecord(computer=COMPUTER, url=url)))

    def told(self, documents=None):
        """Return what the computer is told: by who remembers, or by these documents."""
        made = documents or self.documents
        document = self.registry.read(lambda records: made.document(records, OCCASION, COMPUTER))
        return b"".join(document.pieces)

    def assignment(self):
        return self.registry.read(lambda records: assign_computer(records, OCCASION, COMPUTER))


@pytest.fixture
def computer():
    return Computer()


numbers = st.integers(0, PARTITIONS - 1)


@settings(max_examples=10, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(("occupy", "publish", "share", "forget", "look")), numbers)))
def test_what_is_remembered_is_what_would_be_made(story):
    computer = Computer()
    for number in range(0, PARTITIONS, 2):
        computer.occupy(number)
    computer.told()
    gone = set()
    for act, number in story:
        if act == "look":
            assert computer.told() == computer.told(AssignmentDocuments())
        elif act == "forget":
            computer.forget(number)
            gone.add(number)
        elif number not in gone:
            computer.occupy(number, shared=True) if act == "share" else getattr(computer, act)(number)
    assert computer.told() == computer.told(AssignmentDocuments())


@pytest.mark.parametrize("count", [0, 1, 70, 101, PARTITIONS])
def test_the_document_says_what_the_rules_say(computer, count):
    computer.told()
    for number in range(count):
        computer.occupy(number)
    computer.supply("https://example.com/é.cfg")
    by_rules = dumps(computer_object(computer.assignment()))
    assert computer_assignment(loads(computer.told())) == computer_assignment(loads(by_rules))


def test_what_has_not_changed_is_not_made_again(computer):
    def pieces():
        made = computer.registry.read(
            lambda records: computer.documents.document(records, OCCASION, COMPUTER)
        )
        return made.partitions

    before = pieces()
    computer.occupy(70)
    after = pieces()
    assert [one is other for one, other in zip(before, after, strict=True)] == [True, False, True]
