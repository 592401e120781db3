"""Consumption reports in memory, and the contract that every store of them keeps."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

from slap_domain.errors import DeploymentFailed
from slap_domain.model.consumption.tio import Arrow, Consumption, Journal, Movement, period_transaction
from slap_domain.model.partition import PartitionPlace
from slap_domain.model.references import ComputerGuid, PartitionId
from slap_domain.ports.output_lines import OnLine
from slap_domain.ports.usage_reports import StoredConsumption, StoredJournal, UsageReports

_COMPUTER = ComputerGuid("COMP-1")
_DAY = datetime(2030, 1, 1, tzinfo=UTC)


class FakeUsageReports:
    """Measures what a test says, and keeps it until it is discarded.

    Attributes:
        measured: what measuring a partition will store, taken from there once.
        failing: the partitions whose scripts fail.
        invalid: complaints about invalid reports, by partition; of the computer under the empty id.
        stored, journals_stored: what waits to be sent.
    """

    def __init__(self) -> None:
        self.measured: dict[PartitionId, Consumption] = {}
        self.failing: set[PartitionId] = set()
        self.invalid: dict[str, str] = {}
        self.stored: dict[PartitionId, list[StoredConsumption]] = {}
        self.journals_stored: list[StoredJournal] = []

    def measure(self, place: PartitionPlace, on_line: OnLine) -> None:
        """Store what a test said."""
        on_line(f"measuring {place.id}")
        if place.id in self.measured:
            number = len(self.stored.setdefault(place.id, []))
            self.stored[place.id].append(
                StoredConsumption(
                    key=f"{place.id}/{number}", consumption=self.measured.pop(place.id), date=_DAY
                )
            )
        if place.id in self.failing:
            raise DeploymentFailed(f"the usage report script of {place.id} exited with 1", log="no\n")

    def consumptions(
        self, place: PartitionPlace, on_invalid: Callable[[str], None]
    ) -> tuple[StoredConsumption, ...]:
        """Return what waits of a partition."""
        if place.id in self.invalid:
            on_invalid(self.invalid[place.id])
        return tuple(self.stored.get(place.id, ()))

    def journals(
        self, computer: ComputerGuid, on_invalid: Callable[[str], None]
    ) -> tuple[StoredJournal, ...]:
        """Return what waits of the computer."""
        if "" in self.invalid:
            on_invalid(f"{computer}: {self.invalid['']}")
        return tuple(self.journals_stored)

    def text(self, journal: Journal) -> str:
        """Return a text that shows what was used where."""
        return "\n".join(
            f"{movement.reference} {movement.resource} {movement.quantity}"
            for transaction in journal.transactions
            for movement in transaction.movements
        )

    def discard(self, keys: tuple[str, ...]) -> None:
        """Forget reports."""
        for reports in self.stored.values():
            reports[:] = [report for report in reports if report.key not in keys]
        self.journals_stored[:] = [report for report in self.journals_stored if report.key not in keys]


class UsageReportsContract(ABC):
    """What every store of reports does; subclass it as a test class and make the subject."""

    @abstractmethod
    def make_reports(self) -> UsageReports:
        """Return a store."""

    @abstractmethod
    def make_place(self, reports: UsageReports, *, fails: bool = False) -> PartitionPlace:
        """Return a partition whose script reports one movement of 2 hours, and then fails if it shall."""

    def test_measures_sends_and_forgets(self) -> None:
        """A report waits until it is discarded."""
        reports = self.make_reports()
        place = self.make_place(reports)
        assert reports.consumptions(place, _refuse) == ()
        reports.measure(place, _ignore)
        (stored,) = reports.consumptions(place, _refuse)
        assert reports.consumptions(place, _refuse) == (stored,)
        assert [movement.quantity for movement in stored.consumption.movements] == [Decimal(2)]
        reports.discard((stored.key,))
        reports.discard((stored.key,))
        assert reports.consumptions(place, _refuse) == ()

    def test_a_script_that_fails_is_told_and_its_report_kept(self) -> None:
        """What it wrote before still counts."""
        reports = self.make_reports()
        place = self.make_place(reports, fails=True)
        try:
            reports.measure(place, _ignore)
        except DeploymentFailed:
            assert len(reports.consumptions(place, _refuse)) == 1
        else:
            raise AssertionError("nobody was told")

    def test_the_computer_has_nothing_to_report(self) -> None:
        """No journal waits where none was stored."""
        assert self.make_reports().journals(_COMPUTER, _refuse) == ()

    def test_writes_a_journal(self) -> None:
        """The text holds what was used."""
        movement = Movement(resource="hours", quantity=Decimal(2), reference="slappart0")
        arrow = Arrow(type="Administration")
        transaction = period_transaction(
            reference=_COMPUTER, start=_DAY, stop=_DAY, movements=(movement,), arrow=arrow
        )
        text = self.make_reports().text(Journal(transactions=(transaction,)))
        assert "slappart0" in text
        assert "hours" in text


def _ignore(line: str) -> None:
    """Do nothing with a line of output."""


def _refuse(why: str) -> None:
    raise AssertionError(why)
