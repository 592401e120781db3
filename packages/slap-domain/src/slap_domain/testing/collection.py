"""Gauges, a store of figures and outputs in memory, and the contract that every store keeps."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from slap_domain.errors import HostFailure
from slap_domain.model.consumption.figures import (
    ComputerFigures,
    DayAverages,
    DiskFigures,
    Owner,
    OwnerAverages,
    PartitionFigures,
    ProcessFigures,
    Snapshot,
    SystemFigures,
    TemperatureFigures,
)
from slap_domain.model.consumption.tio import Journal
from slap_domain.model.references import ComputerGuid
from slap_domain.ports.clock import Clock
from slap_domain.ports.collection import FigureStore

_MIB = 1024 * 1024
COMPUTER = ComputerFigures(
    cores=2,
    frequency=2000.0,
    cpu_type="a processor",
    memory_size=4096 * _MIB,
    memory_type="",
    disks=(("/dev/vda", 5),),
)


class FakeGauges:
    """Measures what it is told to.

    Attributes:
        people: the owners.
        processes: their processes; `cpu_percent` is taken as it is.
        sizes: KiB of each owner's folders; an owner who is absent cannot be measured.
        cost: seconds that measuring one owner's folders takes.
        broken: the figures of the computer cannot be had.
    """

    def __init__(self, clock: Clock, people: Iterable[Owner] = ()) -> None:
        self._clock = clock
        self.people = tuple(people)
        self.processes: tuple[ProcessFigures, ...] = ()
        self.sizes: dict[str, int] = {}
        self.measured: list[str] = []
        self.broken = False

    def owners(self) -> tuple[Owner, ...]:
        """Return the owners."""
        return self.people

    def measure(self, owners: tuple[Owner, ...], cpu_times: Mapping[str, tuple[datetime, float]]) -> Snapshot:
        """Return the figures of this moment."""
        if self.broken:
            raise HostFailure("the figures of this computer cannot be had")
        names = {owner.name for owner in owners}
        unknown = set(cpu_times) - {item.process for item in self.processes}
        return Snapshot(
            moment=self._clock.now(),
            computer=COMPUTER,
            system=SystemFigures(
                load=1.0 + len(unknown), cpu_percent=50.0, memory_used=100 * _MIB, memory_free=5
            ),
            processes=tuple(item for item in self.processes if item.owner in names),
        )

    def disk_usage(self, owner: Owner) -> int:
        """Return the KiB of an owner's folders."""
        self.measured.append(owner.name)
        if owner.name not in self.sizes:
            raise HostFailure(f"the disk usage of {owner.name} cannot be measured")
        return self.sizes[owner.name]


class FakeFigureStore:
    """Keeps snapshots in memory."""

    def __init__(self) -> None:
        self._kept: list[tuple[Snapshot, dict[str, int], bool]] = []
        self._folders: dict[str, datetime] = {}
        self._sizes: dict[str, int] = {}

    def cpu_times(self, day: date) -> Mapping[str, tuple[datetime, float]]:
        """Return the last moment of a day at which processes were measured, and the seconds each had used."""
        kept = [snapshot for snapshot, _, _ in self._kept if snapshot.moment.date() == day]
        measured = [snapshot for snapshot in kept if snapshot.processes][-1:]
        return {
            item.process: (snapshot.moment.replace(microsecond=0), item.cpu_time)
            for snapshot in measured
            for item in snapshot.processes
        }

    def folder_moments(self) -> Mapping[str, datetime]:
        """Return when the disk usage of each owner was last measured."""
        return dict(self._folders)

    def disk_usage(self) -> Mapping[str, int]:
        """Return the KiB that each owner's folders took when last measured."""
        return dict(self._sizes)

    def keep(self, snapshot: Snapshot, folders: Mapping[str, int], measured: tuple[str, ...]) -> None:
        """Keep what was measured."""
        self._kept.append((snapshot, dict(folders), False))
        self._folders.update(dict.fromkeys(measured, snapshot.moment))
        self._sizes.update(folders)

    def averages(self, day: date) -> DayAverages:
        """Return what was used on a day."""
        kept = [(snapshot, folders) for snapshot, folders, _ in self._kept if snapshot.moment.date() == day]
        if not kept:
            return DayAverages(day=day)
        snapshots = [snapshot for snapshot, _ in kept]
        names = {item.owner for snapshot in snapshots for item in snapshot.processes}
        sizes = {name: [folders[name] for _, folders in kept if name in folders] for name in names}
        return DayAverages(
            day=day,
            cpu_percent=_average([snapshot.system.cpu_percent for snapshot in snapshots]),
            memory_used=_average([snapshot.system.memory_used for snapshot in snapshots]),
            owners={
                name: OwnerAverages(
                    cpu_percent=_average(_sums(snapshots, name, "cpu_percent")),
                    memory_mib=_average(_sums(snapshots, name, "memory_rss")) / _MIB,
                    disk_mib=_average(sizes[name]) / 1024 if sizes[name] else None,
                )
                for name in names
            },
        )

    def unreported_days(self, before: date) -> tuple[date, ...]:
        """Return the days before one that hold figures not marked as reported, oldest first."""
        days = {snapshot.moment.date() for snapshot, _, reported in self._kept if not reported}
        return tuple(sorted(day for day in days if day < before))

    def mark_reported(self, day: date) -> None:
        """Mark all figures of a day as reported."""
        self._kept = [
            (snapshot, folders, reported or snapshot.moment.date() == day)
            for snapshot, folders, reported in self._kept
        ]

    def forget(self, before: date) -> None:
        """Delete reported figures of the days before one."""
        self._kept = [item for item in self._kept if not (item[2] and item[0].moment.date() < before)]


def _sums(snapshots: Iterable[Snapshot], name: str, what: str) -> list[float]:
    values = ([getattr(item, what) for item in s.processes if item.owner == name] for s in snapshots)
    return [sum(each) for each in values if each]


def _average(values: list[float] | list[int]) -> float:
    return sum(values) / len(values)


class FakeCollectionOutputs:
    """Remembers what it was told.

    Attributes:
        today, dumped: the days that were written.
        partitions: by partition, the last figures.
        journals: by day.
        refused: partitions that cannot be written to.
    """

    def __init__(self) -> None:
        self.today: list[date] = []
        self.dumped: list[date] = []
        self.partitions: dict[str, PartitionFigures] = {}
        self.journals: dict[date, Journal] = {}
        self.refused: set[str] = set()

    def write_today(self, day: date) -> None:
        """Remember it."""
        self.today.append(day)

    def dump_day(self, day: date) -> None:
        """Remember it."""
        self.dumped.append(day)

    def write_partition(self, owner: Owner, figures: PartitionFigures) -> None:
        """Remember it."""
        if owner.partition in self.refused:
            raise HostFailure(f"{owner.partition} cannot be written to")
        self.partitions[owner.partition] = figures

    def reported_days(self) -> frozenset[date]:
        """Return the days whose consumption was reported."""
        return frozenset(self.journals)

    def report_day(self, computer: ComputerGuid, day: date, journal: Journal) -> None:  # noqa: ARG002 - kept by day
        """Remember it."""
        self.journals[day] = journal


class FigureStoreContract(ABC):
    """What every store of figures does; subclass it as a test class and make the subject."""

    @abstractmethod
    def make_store(self) -> FigureStore:
        """Return an empty store."""

    def test_an_empty_store_knows_nothing(self) -> None:
        """And says so without failing."""
        store = self.make_store()
        assert store.averages(_DAY) == DayAverages(day=_DAY)
        assert store.unreported_days(_DAY) == ()
        assert dict(store.cpu_times(_DAY)) == {}
        assert dict(store.folder_moments()) == {}
        assert dict(store.disk_usage()) == {}

    def test_the_last_measure_of_processes_counts(self) -> None:
        """For the next one, to tell what was used in between; what had ended by then is forgotten."""
        store = self.make_store()
        ended = _process(pid=8, process="8-2.5")
        moments = ((_process(cpu_time=5.0), ended), (_process(cpu_time=7.5),), ())
        for minutes, processes in enumerate(moments):
            store.keep(_snapshot(minutes, *processes), {}, ())
        assert dict(store.cpu_times(_DAY)) == {"7-1.5": (_NOON + timedelta(minutes=1), 7.5)}
        assert dict(store.cpu_times(_DAY + timedelta(1))) == {}

    def test_averages_are_over_moments_of_sums_over_processes(self) -> None:
        """A partition uses what all of its processes use together."""
        store = self.make_store()
        one, two = _process(cpu_percent=10.0), _process(pid=8, process="8-2.5", cpu_percent=30.0)
        other = _process(pid=9, process="9-1.5", owner="slapuser1", cpu_percent=1.0)
        store.keep(_snapshot(0, one, two, other), {"slapuser0": 2048}, ("slapuser0", "slapuser1"))
        store.keep(_snapshot(1, one, system_cpu=20.0), {}, ())
        averages = store.averages(_DAY)
        assert (averages.cpu_percent, averages.memory_used) == (15.0, 100.0)
        assert dict(averages.owners) == {
            "slapuser0": OwnerAverages(cpu_percent=25.0, memory_mib=3.0, disk_mib=2.0),
            "slapuser1": OwnerAverages(cpu_percent=1.0, memory_mib=2.0),
        }

    def test_folders_are_remembered_even_where_they_are_small(self) -> None:
        """So that they are not measured again at once."""
        store = self.make_store()
        store.keep(_snapshot(0), {"slapuser0": 2048}, ("slapuser0", "slapuser1"))
        store.keep(_snapshot(1), {}, ("slapuser1",))
        assert dict(store.folder_moments()) == {
            "slapuser0": _NOON,
            "slapuser1": _NOON + timedelta(minutes=1),
        }

    def test_the_last_size_of_folders_is_known(self) -> None:
        """However long ago it was measured."""
        store = self.make_store()
        store.keep(_snapshot(0), {"slapuser0": 4096, "slapuser1": 2000}, ("slapuser0", "slapuser1"))
        store.keep(_snapshot(1), {"slapuser0": 2048}, ("slapuser0",))
        store.keep(_snapshot(2), {}, ())
        assert dict(store.disk_usage()) == {"slapuser0": 2048, "slapuser1": 2000}

    def test_days_are_reported_once_and_then_forgotten(self) -> None:
        """What was not reported is never deleted."""
        store = self.make_store()
        minutes_of_a_day = 24 * 60
        for days in (0, 1, 2):
            store.keep(_snapshot(days * minutes_of_a_day, _process()), {"slapuser0": 2048}, ("slapuser0",))
        today = _DAY + timedelta(2)
        assert store.unreported_days(today) == (_DAY, _DAY + timedelta(1))
        store.mark_reported(_DAY)
        assert store.unreported_days(today) == (_DAY + timedelta(1),)
        store.forget(today)
        assert store.averages(_DAY) == DayAverages(day=_DAY)
        assert store.averages(_DAY + timedelta(1)).cpu_percent == 10.0


_NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
_DAY = _NOON.date()


def _process(
    *,
    pid: int = 7,
    process: str = "7-1.5",
    owner: str = "slapuser0",
    cpu_percent: float = 10.0,
    cpu_time: float = 5.0,
) -> ProcessFigures:
    return ProcessFigures(
        owner=owner,
        pid=pid,
        process=process,
        cpu_percent=cpu_percent,
        cpu_time=cpu_time,
        threads=1,
        memory_percent=0.5,
        memory_rss=2 * _MIB,
        io_bytes=3,
        io_calls=4,
    )


def _snapshot(minutes: int, *processes: ProcessFigures, system_cpu: float = 10.0) -> Snapshot:
    system = SystemFigures(load=1.0, cpu_percent=system_cpu, memory_used=100, memory_free=5)
    return replace(
        Snapshot(moment=_NOON, computer=COMPUTER, system=system, processes=processes),
        moment=_NOON + timedelta(minutes=minutes),
        disks=(DiskFigures(device="/dev/vda1", used=1, free=2, mountpoint="/"),),
        temperatures=(TemperatureFigures(sensor="Core 0", temperature=40.0, alarm=False),),
    )
