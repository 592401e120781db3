"""Partitions that are filled into templates look as those that are marshalled one by one."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slap_domain.errors import InvalidInput
from slap_domain.model.instance import InstanceState, ReportedState
from slap_domain.model.master.instance_tree import Instance, InstanceKey, Report
from slap_domain.model.master.listed_partition import listed_partition
from slap_domain.model.master.placement import Slot, SlotAddress
from slap_domain.model.place import Place
from slap_domain.planning.master.assignment import Occupancy
from slap_proxy.http_api.marshalled_partitions import (
    PartitionTemplates,
    partition_document,
    partition_fragment,
)

COMPUTERS = ("COMP-1", "COMP-1", "c")
XML_CANNOT = "\x00\x0b\ud800\uffff"
TEXTS = ("", " ", "a", "b c", "a & b", "<c>", "accents é", "\U0001f600", "&amp;", "\r\n\t", "\ue000")
TITLES = TEXTS[1:]
OTHERS = (1, None, True, 1.5, ["a"], {"b": "c"})
NAMES = ("a", "é&", "timestamp", "ip_list", "instance_title")
ADDRESSES = ("10.0.0.1", "2001:db8::1", "::ffff:1.2.3.4")
REPORTS = (ReportedState.STARTED, ReportedState.STARTED, ReportedState.ERROR)
STATES = (InstanceState.STARTED, InstanceState.STARTED, InstanceState.DESTROYED)


WAYS = (partition_document, partition_fragment)


def filled_in(partitions, marshal=partition_fragment, **more):
    """Marshal partitions as they are listed; each has a place of its own."""
    recorded = {each.slot.place: each for each in partitions}
    templates = PartitionTemplates(marshal, **more)
    for place, each in recorded.items():
        listed = listed_partition(each.slot, each.instance, shares=bool(each.shared))
        yield templates.marshalled(place.computer, listed, recorded.__getitem__)


class Computers:
    """Invents partitions of few shapes: their parameters have the same names."""

    def __init__(self, random):
        self.choice, self.random = random.choice, random.random
        self.names = random.sample(NAMES, random.randrange(3))
        self.count = 0

    def values(self):
        return {name: self.choice(TEXTS if self.random() < 0.9 else OTHERS) for name in self.names}

    def slot(self):
        self.count += 1
        addresses = [
            SlotAddress(interface=self.choice(TEXTS), address=self.choice(ADDRESSES))
            for _ in range(self.choice((1, 1, 1, 2)))
        ]
        return Slot(
            place=Place(
                computer=self.choice(COMPUTERS),
                partition=f"{self.choice(('slappart', 'p_1.x-'))}{self.count}",
            ),
            position=0,
            addresses=tuple(addresses),
            timestamp=self.choice((0, 1, 17, 1_700_000_000)),
        )

    def instance(self, *, shared=False):
        choice = self.choice
        return Instance(
            key=InstanceKey(title=choice(TITLES), root=choice(("", *TITLES)), shared=shared),
            release=choice(TITLES),
            type=choice(TITLES),
            state=choice(STATES),
            parameters=self.values(),
            filters=self.values(),
            connection=self.values(),
            report=Report(state=choice(REPORTS), message=choice(TEXTS)),
            reference=choice(TEXTS),
        )

    def occupancy(self):
        if self.random() < 0.1:
            return Occupancy(slot=self.slot())
        shared = [self.instance(shared=True) for _ in range(self.choice((0, 0, 0, 2)))]
        return Occupancy(slot=self.slot(), instance=self.instance(), shared=shared)


@settings(max_examples=50, deadline=None)
@given(st.randoms(use_true_random=True), st.sampled_from(WAYS), st.integers(1, 9))
def test_filled_in_partitions_are_those_marshalled_one_by_one(random, marshal, shapes):
    computers = Computers(random)
    partitions = [computers.occupancy() for _ in range(40)]
    assert list(filled_in(partitions, marshal, shapes=shapes)) == list(map(marshal, partitions))


def busy(title, **more):
    slot = Slot(place=Place(computer="COMP-1", partition=title), position=0, timestamp=5)
    key = InstanceKey(title=title)
    return Occupancy(slot=slot, instance=Instance(key=key, release=f"r/{title}", type="t", **more))


def test_each_partition_of_a_shape_gets_its_own_texts():
    partitions = [busy(f"part{number}", parameters={"é": "< &>" * (number - 1)}) for number in range(5)]
    assert list(filled_in(partitions)) == list(map(partition_fragment, partitions))


@pytest.mark.parametrize("odd", XML_CANNOT)
def test_what_xml_cannot_hold_is_refused_in_a_template_too(odd):
    partitions = [busy("a"), busy("b"), busy("c"), busy(f"d{odd}")]
    filled = filled_in(partitions)
    assert [next(filled) for _ in range(3)]
    with pytest.raises(InvalidInput):
        next(filled)


def test_the_message_of_an_error_is_filled_in_as_it_is_shown():
    errors = [Report(state=ReportedState.ERROR, message=each) for each in ("a", "b\n c", "d ", "", "<e>")]
    partitions = [busy(f"part{number}", report=each) for number, each in enumerate(errors)]
    assert list(filled_in(partitions)) == list(map(partition_fragment, partitions))


def looked_up(partitions, **more):
    """Return the names of those that are not filled in."""
    templates, names = PartitionTemplates(partition_document, **more), []
    recorded = {each.slot.place: each for each in partitions}

    def look_up(place):
        names.append(place.partition)
        return recorded[place]

    for place, each in recorded.items():
        listed = listed_partition(each.slot, each.instance, shares=False)
        templates.marshalled(place.computer, listed, look_up)
    return names


def test_partitions_that_are_filled_in_are_not_looked_up():
    assert looked_up([busy(f"part{number}") for number in range(20)]) == ["part0", "part1"]


def test_so_many_shapes_are_remembered():
    partitions = [busy(f"part{number}", parameters={"ab"[number % 2]: ""}) for number in range(20)]
    assert looked_up(partitions, shapes=2) == ["part0", "part1", "part2", "part3"]
    assert len(looked_up(partitions, shapes=1)) == len(partitions)


def test_what_is_very_long_is_not_learnt():
    partitions = [busy(f"part{number}", parameters={"n" * 100_000: ""}) for number in range(5)]
    assert len(looked_up(partitions)) == len(partitions)
