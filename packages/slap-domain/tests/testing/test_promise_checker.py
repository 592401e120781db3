from datetime import timedelta
from pathlib import PurePosixPath

from slap_domain.model.partition import PartitionPlace
from slap_domain.model.promise import failing
from slap_domain.model.references import ComputerGuid, PartitionId
from slap_domain.ports.promise_checker import PromiseRound
from slap_domain.testing.promise_checker import (
    START,
    FakePromiseChecker,
    PromiseCheckerContract,
    executions,
)


class TestFake(PromiseCheckerContract):
    def setup_method(self):
        self.checker = FakePromiseChecker()

    def make_checker(self) -> FakePromiseChecker:
        return self.checker

    def make_round(self, mode):
        place = PartitionPlace(id=PartitionId("slappart0"), path=PurePosixPath("/srv/slappart0"))
        return PromiseRound(
            place=place,
            release=PurePosixPath("/opt/release"),
            computer=ComputerGuid("COMP-1"),
            master_url="http://master",
            mode=mode,
        )

    def add_promise(self, place, name, *, fails):
        self.checker.set_promise(place.id, name, executions(fails))

    def test_rounds_are_remembered(self):
        round_ = self.make_round("test")
        self.checker.check(round_)
        assert self.checker.rounds == [round_]


def test_a_verdict_is_tested_with_a_history():
    assert failing(executions(True, True, True), result_count=3, failure_amount=3)
    assert not failing(executions(True, True, False), result_count=3, failure_amount=3)
    assert not failing(executions(True, False, True), result_count=3, failure_amount=3)
    assert not failing([])


def test_only_the_latest_executions_count():
    history = executions(True, True, every=timedelta(hours=1))
    options = {"result_count": 2, "failure_amount": 2, "now": START + timedelta(hours=1)}
    assert failing(history, latest=timedelta(hours=2), **options)
    assert not failing(history, latest=timedelta(minutes=5), **options)
