"""Collecting consumption in imagination."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import PurePosixPath

import pytest

from slap_domain.errors import HostFailure
from slap_domain.model.consumption.figures import (
    DayAverages,
    Owner,
    OwnerAverages,
    PartitionFigures,
    ProcessFigures,
)
from slap_domain.planning.node.collection_times import days_to_report, folders_due
from slap_domain.planning.node.daily_journal import day_journal
from slap_domain.testing.collection import (
    FakeCollectionOutputs,
    FakeFigureStore,
    FakeGauges,
    FigureStoreContract,
)
from slap_domain.testing.collection_contract import CollectionOutputsContract, GaugesContract
from slap_domain.testing.manual_clock import ManualClock
from slap_domain.use_cases.node.collect_consumption import CollectConsumption, CollectPorts, CollectSettings

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
DAY = NOON.date()
SETTINGS = CollectSettings(computer="COMP-1")


def owner(number):
    path = PurePosixPath("/srv") / f"slappart{number}"
    return Owner(name=f"slapuser{number}", partition=path.name, uid=1000 + number, path=path, folders=(path,))


PROCESS = ProcessFigures(
    owner="slapuser0",
    pid=7,
    process="7-1.5",
    cpu_percent=10.0,
    cpu_time=5.0,
    threads=1,
    memory_percent=1.0,
    memory_rss=2 * 1024 * 1024,
    io_bytes=1,
    io_calls=1,
)


class TestFakeStore(FigureStoreContract):
    def make_store(self):
        return FakeFigureStore()


class TestFakeGauges(GaugesContract):
    def make_gauges(self):
        return World().gauges


class TestFakeOutputs(CollectionOutputsContract):
    def make_outputs(self):
        outputs = FakeCollectionOutputs()
        outputs.refused = {"slappart1"}
        return outputs

    def owner(self):
        return owner(0)

    def missing_owner(self):
        return owner(1)


def test_the_contracts_notice_who_never_fails():
    gauges, outputs = TestFakeGauges(), TestFakeOutputs()
    generous = World().gauges
    generous.sizes["stranger"] = 1
    gauges.make_gauges = lambda: generous
    outputs.make_outputs = FakeCollectionOutputs
    for test in (
        gauges.test_folders_that_are_not_there_are_a_failure,
        outputs.test_a_partition_that_cannot_be_written_to_is_a_failure,
    ):
        with pytest.raises(AssertionError):
            test()


class World:
    def __init__(self, settings=SETTINGS):
        self.clock = ManualClock(NOON)
        self.gauges = FakeGauges(self.clock, [owner(0), owner(1), owner(2)])
        self.gauges.processes = (PROCESS, replace(PROCESS, owner="nobody"))
        self.gauges.sizes = {"slapuser0": 4096, "slapuser1": 1024, "slapuser2": 2048}
        self.store, self.outputs, self.complaints = FakeFigureStore(), FakeCollectionOutputs(), []
        self.case = CollectConsumption(
            settings,
            CollectPorts(
                gauges=self.gauges,
                store=self.store,
                outputs=self.outputs,
                clock=self.clock,
                complain=self.complaints.append,
            ),
        )


@pytest.fixture
def world():
    return World()


def test_what_is_measured_is_kept_and_told(world):
    snapshot = world.case.run()

    assert [item.owner for item in snapshot.processes] == ["slapuser0"]
    assert world.store.averages(DAY).owners["slapuser0"] == OwnerAverages(
        cpu_percent=10.0, memory_mib=2.0, disk_mib=4.0
    )
    assert world.outputs.partitions == {
        f"slappart{number}": PartitionFigures(
            moment=snapshot.moment,
            processes=snapshot.processes if number == 0 else (),
            disk_kib=world.gauges.sizes[f"slapuser{number}"],
        )
        for number in range(3)
    }
    assert world.outputs.today == [DAY]
    assert list(world.outputs.journals) == [DAY - timedelta(2), DAY - timedelta(1)]
    assert world.complaints == []


def test_folders_are_measured_once_in_a_cycle(world):
    world.case.run()
    world.clock.advance(60)
    world.case.run()
    assert world.gauges.measured == ["slapuser0", "slapuser1", "slapuser2"]
    world.clock.advance(86400)
    world.case.run()
    assert len(world.gauges.measured) == 6


def test_a_run_measures_folders_only_for_a_while(world):
    def slow(each):
        world.clock.advance(6)
        return FakeGauges.disk_usage(world.gauges, each)

    world.gauges.disk_usage = slow
    world.case.run()
    assert world.gauges.measured == ["slapuser0", "slapuser1"]
    world.case.run()
    assert world.gauges.measured == ["slapuser0", "slapuser1", "slapuser2"]


def test_folders_may_be_left_out():
    world = World(replace(SETTINGS, disk_usage=False))
    world.case.run()
    assert world.gauges.measured == []


def test_one_partition_does_not_keep_the_others_back(world):
    world.gauges.sizes.pop("slapuser1")
    world.outputs.refused = {"slappart0"}
    world.case.run()
    assert len(world.complaints) == 2
    assert set(world.outputs.partitions) == {"slappart1", "slappart2"}
    assert "slapuser2" in world.store.folder_moments()


def test_without_the_computers_figures_it_fails(world):
    world.gauges.broken = True
    with pytest.raises(HostFailure, match="figures of this computer"):
        world.case.run()
    assert world.outputs.today == []


def test_past_days_are_reported_once_dumped_and_forgotten(world):
    world.case.run()
    world.clock.advance(86400)
    world.case.run()
    assert [day for day in world.outputs.journals if day >= DAY] == [DAY]
    assert world.outputs.dumped == [DAY]
    world.case.run()
    assert world.outputs.dumped == [DAY]
    world.clock.advance(20 * 86400)
    world.case.run()
    assert world.store.averages(DAY) == DayAverages(day=DAY)
    assert [day for day in world.outputs.journals if day > DAY] == [DAY + timedelta(19), DAY + timedelta(20)]
    assert world.outputs.dumped == [DAY, DAY + timedelta(1)]


def test_the_journal_of_a_day():
    averages = DayAverages(
        day=DAY,
        cpu_percent=12.345678,
        memory_used=1024.0,
        owners={
            "slapuser1": OwnerAverages(cpu_percent=1.0, memory_mib=2.0),
            "slapuser0": OwnerAverages(cpu_percent=3.0, memory_mib=4.0, disk_mib=5.0),
        },
    )
    [transaction] = day_journal("COMP-1", averages).transactions
    assert transaction.title == "Eco Information for COMP-1 "
    assert transaction.reference == "2026-03-04-global"
    assert transaction.start_date == "2026-03-04 00:00:00"
    assert transaction.stop_date == "2026-03-04 23:59:59"
    assert [arrow.type for arrow in transaction.arrows] == ["Destination"]
    assert [(m.resource.partition("/")[2], m.reference, m.quantity) for m in transaction.movements] == [
        ("cpu_load_percent", "COMP-1", Decimal("12.3457")),
        ("memory_used", "COMP-1", Decimal(1024)),
        ("zero_emission_ratio", "COMP-1", Decimal(-1)),
        ("cpu_load_percent", "slapuser0", Decimal(3)),
        ("memory_used", "slapuser0", Decimal(4)),
        ("disk_used", "slapuser0", Decimal(5)),
        ("cpu_load_percent", "slapuser1", Decimal(1)),
        ("memory_used", "slapuser1", Decimal(2)),
    ]


def test_the_journal_of_a_day_without_figures_says_that_the_ratio_is_not_known():
    [transaction] = day_journal("COMP-1", DayAverages(day=DAY)).transactions
    assert [(m.resource, m.reference, m.quantity) for m in transaction.movements] == [
        ("service_module/zero_emission_ratio", "COMP-1", Decimal(-1))
    ]


def test_the_last_two_days_are_reported():
    today = date(2026, 3, 1)
    assert days_to_report(today, frozenset()) == (date(2026, 2, 27), date(2026, 2, 28))
    assert days_to_report(today, frozenset({date(2026, 2, 27)})) == (date(2026, 2, 28),)


def test_what_was_measured_longest_ago_is_due_first():
    measured = {
        "slapuser0": NOON - timedelta(days=2),
        "slapuser1": NOON,
        "slapuser2": NOON - timedelta(days=3),
    }
    people = [owner(number) for number in range(4)]
    due = folders_due(people, measured, NOON, timedelta(days=1))
    assert [each.name for each in due] == ["slapuser3", "slapuser2", "slapuser0"]
