"""The contracts that gauges, and outputs of figures, keep."""

from abc import ABC, abstractmethod
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import PurePosixPath

from slap_domain.errors import HostFailure
from slap_domain.model.consumption.figures import DayAverages, Owner, PartitionFigures
from slap_domain.model.consumption.tio import Journal
from slap_domain.model.references import ComputerGuid
from slap_domain.planning.node.daily_journal import day_journal
from slap_domain.ports.collection import CollectionOutputs, Gauges


class GaugesContract(ABC):
    """What all gauges do; subclass it as a test class and make the subject, which has at least one owner."""

    @abstractmethod
    def make_gauges(self) -> Gauges:
        """Return the subject."""

    def test_owners_are_told_apart(self) -> None:
        """By name, and by partition."""
        owners = self.make_gauges().owners()
        assert owners
        assert len({owner.name for owner in owners}) == len(owners)
        assert len({owner.partition for owner in owners}) == len(owners)

    def test_the_computer_is_measured_even_when_it_is_empty(self) -> None:
        """Without owners there are no processes, but there is a computer."""
        snapshot = self.make_gauges().measure((), {})
        assert snapshot.processes == ()
        assert snapshot.computer.cores >= 1
        assert snapshot.system.memory_used > 0
        assert snapshot.moment.tzinfo is not None

    def test_processes_belong_to_an_owner(self) -> None:
        """Others are not measured; figures are not negative."""
        gauges = self.make_gauges()
        owners = gauges.owners()
        for process in gauges.measure(owners, {}).processes:
            assert process.owner in {owner.name for owner in owners}
            assert min(process.cpu_percent, process.cpu_time, process.memory_rss, process.io_bytes) >= 0

    def test_disk_usage_is_measured(self) -> None:
        """In KiB."""
        gauges = self.make_gauges()
        assert gauges.disk_usage(gauges.owners()[0]) >= 0

    def test_folders_that_are_not_there_are_a_failure(self) -> None:
        """Of one owner, which is no reason to fail for the others."""
        gauges = self.make_gauges()
        nowhere = PurePosixPath("/nonexistent/slappart9")
        stranger = replace(gauges.owners()[0], name="stranger", path=nowhere, folders=(nowhere,))
        try:
            gauges.disk_usage(stranger)
        except HostFailure:
            return
        raise AssertionError("it was measured")


class CollectionOutputsContract(ABC):
    """What all outputs of figures do; subclass it as a test class and make the subject."""

    @abstractmethod
    def make_outputs(self) -> CollectionOutputs:
        """Return outputs that have told nothing."""

    @abstractmethod
    def owner(self) -> Owner:
        """Return a partition that can be written to."""

    @abstractmethod
    def missing_owner(self) -> Owner:
        """Return a partition that cannot be written to."""

    def test_nothing_is_reported_at_first(self) -> None:
        """So that the last days are."""
        assert self.make_outputs().reported_days() == frozenset()

    def test_a_day_that_was_reported_is_known(self) -> None:
        """Reporting it again is no failure."""
        outputs = self.make_outputs()
        for day in (_DAY, _DAY - timedelta(1), _DAY):
            outputs.report_day(_GUID, day, _journal(day))
        assert outputs.reported_days() == {_DAY, _DAY - timedelta(1)}

    def test_what_is_told_may_be_told_again(self) -> None:
        """Today's figures, a past day's, and what a partition uses now."""
        outputs = self.make_outputs()
        owner = self.owner()
        for _ in range(2):
            outputs.write_today(_DAY)
            outputs.dump_day(_DAY)
            outputs.write_partition(owner, _FIGURES)

    def test_a_partition_that_cannot_be_written_to_is_a_failure(self) -> None:
        """Its own alone."""
        outputs = self.make_outputs()
        try:
            outputs.write_partition(self.missing_owner(), _FIGURES)
        except HostFailure:
            return
        raise AssertionError("it was written to")


_DAY = date(2026, 3, 4)
_GUID = ComputerGuid("COMP-1")
_FIGURES = PartitionFigures(moment=datetime(2026, 3, 4, 12, tzinfo=UTC))


def _journal(day: date) -> Journal:
    return day_journal(_GUID, DayAverages(day=day, cpu_percent=1.0, memory_used=2.0))
