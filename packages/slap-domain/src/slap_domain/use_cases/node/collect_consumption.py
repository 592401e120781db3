"""Collect what this computer and its partitions use: measure, keep, tell, forget."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from slap_domain.errors import HostFailure
from slap_domain.model.consumption.figures import (
    DayAverages,
    Owner,
    PartitionFigures,
    ProcessFigures,
    Snapshot,
)
from slap_domain.model.references import ComputerGuid
from slap_domain.planning.node.collection_times import days_to_report, folders_due
from slap_domain.ports.clock import Clock
from slap_domain.ports.collection import CollectionOutputs, FigureStore, Gauges

# Smaller folders are not worth a row (node-conventions section 14).
_SMALLEST_FOLDER = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectSettings:
    """How figures are collected.

    Attributes:
        kept_days: days after which reported figures are deleted.
        disk_usage: partitions' disk usage is measured at all.
        disk_cycle: the time after which a partition's disk usage is measured again.
        disk_budget: seconds that one run spends on disk usage; it goes on in the next one.
    """

    computer: ComputerGuid
    kept_days: int = 15
    disk_usage: bool = True
    disk_cycle: timedelta = timedelta(days=1)
    disk_budget: float = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectPorts:
    """Whom the use case talks to; `complain` is told what could not be done and is not worth failing for."""

    gauges: Gauges
    store: FigureStore
    outputs: CollectionOutputs
    clock: Clock
    complain: Callable[[str], None]


class CollectConsumption:
    """Collects once; it is meant to be run every minute."""

    def __init__(self, settings: CollectSettings, ports: CollectPorts) -> None:
        self._settings = settings
        self._ports = ports

    def run(self) -> Snapshot:
        """Collect the figures of this moment.

        What concerns one partition alone is complained of, and never keeps the others' figures back.

        Raises:
            HostFailure: the figures of the computer cannot be had, or not be kept.
        """
        owners = self._ports.gauges.owners()
        today = self._ports.clock.now().date()
        snapshot = self._ports.gauges.measure(owners, self._ports.store.cpu_times(today))
        folders = self._folders(owners) if self._settings.disk_usage else {}
        kept = {name: kib for name, kib in folders.items() if kib > _SMALLEST_FOLDER}
        self._ports.store.keep(snapshot, kept, tuple(folders))
        self._write_partitions(owners, snapshot, {**self._ports.store.disk_usage(), **folders})
        self._tell()
        return snapshot

    def _folders(self, owners: tuple[Owner, ...]) -> dict[str, int]:
        """Measure folders that are due until the time for it is up; one at least."""
        clock = self._ports.clock
        begin = clock.monotonic()
        due = folders_due(owners, self._ports.store.folder_moments(), clock.now(), self._settings.disk_cycle)
        measured: dict[str, int] = {}
        for owner in due:
            if measured and clock.monotonic() - begin >= self._settings.disk_budget:
                break
            try:
                measured[owner.name] = self._ports.gauges.disk_usage(owner)
            except HostFailure as error:
                self._ports.complain(str(error))
        return measured

    def _tell(self) -> None:
        outputs, store = self._ports.outputs, self._ports.store
        today = self._ports.clock.now().date()
        outputs.write_today(today)
        for day in days_to_report(today, outputs.reported_days()):
            self._report(store.averages(day))
        for day in store.unreported_days(today):
            outputs.dump_day(day)
            store.mark_reported(day)
        store.forget(today - timedelta(days=self._settings.kept_days))

    def _report(self, averages: DayAverages) -> None:
        # Loading what makes journals is a good part of a run's time, and only needed once a day.
        from slap_domain.planning.node.daily_journal import day_journal  # noqa: PLC0415

        journal = day_journal(self._settings.computer, averages)
        self._ports.outputs.report_day(self._settings.computer, averages.day, journal)

    def _write_partitions(
        self, owners: tuple[Owner, ...], snapshot: Snapshot, disks: Mapping[str, int]
    ) -> None:
        processes: dict[str, list[ProcessFigures]] = {owner.name: [] for owner in owners}
        for process in snapshot.processes:
            processes[process.owner].append(process)
        for owner in owners:
            figures = PartitionFigures(
                moment=snapshot.moment,
                processes=tuple(processes[owner.name]),
                disk_kib=disks.get(owner.name, 0),
            )
            try:
                self._ports.outputs.write_partition(owner, figures)
            except HostFailure as error:
                self._ports.complain(str(error))
