"""A promise checker that answers as it is told, and the contract that every promise checker keeps."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from slap_domain.model.partition import PartitionPlace
from slap_domain.model.promise import Execution, PromiseMode, PromiseVerdict, failing
from slap_domain.model.references import PartitionId
from slap_domain.planning.node.promises import promise_bang_message
from slap_domain.ports.promise_checker import PromiseChecker, PromiseOutcome, PromiseRound

START = datetime(2020, 1, 1, tzinfo=UTC)


def executions(*failures: bool, every: timedelta = timedelta(minutes=2)) -> list[Execution]:
    """Return a history of executions, oldest first, for the unit tests of verdicts.

    Args:
        failures: whether each execution failed.
        every: how long after one execution the next one began.
    """
    return [
        Execution(date=START + number * every, failed=failed, message="failed" if failed else "passed")
        for number, failed in enumerate(failures)
    ]


class FakePromiseChecker:
    """Gives the promises of each partition the verdicts that a test sets with `set_promise`.

    The rounds it was asked for are in `rounds`.
    """

    def __init__(self) -> None:
        self.rounds: list[PromiseRound] = []
        self._promises: dict[PartitionId, dict[str, list[Execution]]] = {}

    def set_promise(self, partition: PartitionId, name: str, history: Sequence[Execution]) -> None:
        """Let a promise have these executions, newest last, at least one."""
        self._promises.setdefault(partition, {})[name] = list(history)

    def check(self, round_: PromiseRound) -> PromiseOutcome:
        """Return the verdict that follows from each promise's executions."""
        self.rounds.append(round_)
        promises: Mapping[str, list[Execution]] = self._promises.get(round_.place.id, {})
        verdicts = tuple(
            PromiseVerdict(
                name=name,
                mode=round_.mode,
                failed=failing(history),
                message=history[-1].message,
                date=history[-1].date,
            )
            for name, history in sorted(promises.items())
        )
        failed = [verdict.name for verdict in verdicts if verdict.failed]
        bang = promise_bang_message(failed[0]) if failed and round_.mode is PromiseMode.ANOMALY else ""
        return PromiseOutcome(verdicts=verdicts, bang=bang)


class PromiseCheckerContract(ABC):
    """What every promise checker does; subclass it as a test class and make the subject and its promises."""

    @abstractmethod
    def make_checker(self) -> PromiseChecker:
        """Return a checker."""

    @abstractmethod
    def make_round(self, mode: PromiseMode) -> PromiseRound:
        """Return a forced round over a partition that has no promise yet."""

    @abstractmethod
    def add_promise(self, place: PartitionPlace, name: str, *, fails: bool) -> None:
        """Give a partition a promise that says `passed`, or says `failed` and fails.

        When it fails, a single execution makes an anomaly.
        """

    def test_finds_nothing_where_there_is_nothing(self) -> None:
        """A partition without promises has no verdict."""
        assert self.make_checker().check(self.make_round(PromiseMode.TEST)) == PromiseOutcome()

    def test_tells_each_verdict_in_the_order_of_names(self) -> None:
        """Every promise has its verdict."""
        round_ = self.make_round(PromiseMode.TEST)
        for name, fails in (("b", True), ("a", False), ("c", True)):
            self.add_promise(round_.place, name, fails=fails)
        outcome = self.make_checker().check(round_)
        found = [(verdict.name, verdict.failed, verdict.message) for verdict in outcome.verdicts]
        assert found == [("a", False, "passed"), ("b", True, "failed"), ("c", True, "failed")]
        assert [verdict.name for verdict in outcome.failures] == ["b", "c"]

    def test_does_not_bang_when_it_tests(self) -> None:
        """Whoever deploys knows already."""
        round_ = self.make_round(PromiseMode.TEST)
        self.add_promise(round_.place, "a", fails=True)
        assert self.make_checker().check(round_).bang == ""

    def test_repeats_a_round(self) -> None:
        """A second round finds the same."""
        round_ = self.make_round(PromiseMode.TEST)
        self.add_promise(round_.place, "a", fails=True)
        checker = self.make_checker()
        first, second = checker.check(round_), checker.check(round_)
        assert [verdict.failed for verdict in first.verdicts] == [
            verdict.failed for verdict in second.verdicts
        ]

    def test_bangs_about_an_anomaly(self) -> None:
        """One message for the whole round."""
        round_ = self.make_round(PromiseMode.ANOMALY)
        for name, fails in (("a", False), ("b", True), ("c", True)):
            self.add_promise(round_.place, name, fails=fails)
        assert self.make_checker().check(round_).bang == promise_bang_message("b")
