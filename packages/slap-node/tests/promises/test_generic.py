import datetime as dt

import pytest
from zope.interface import implementer

from slapos.grid.promise import AnomalyResult, TestResult
from slapos.grid.promise.generic import BaseResult, GenericPromise
from slapos.grid.promise.interface import IPromise


@implementer(IPromise)
class Promise(GenericPromise):
    def sense(self):
        self.logger.info("fine")


@pytest.fixture
def config(tmp_path):
    return {
        "partition-folder": str(tmp_path),
        "log-folder": str(tmp_path),
        "name": "my.check.py",
        "path": str(tmp_path / "my.check.py"),
        "queue": None,
        "color": "red",
    }


def _write(tmp_path, *levels, minutes=0):
    date = dt.datetime.now() - dt.timedelta(minutes=minutes)  # noqa: DTZ005
    with (tmp_path / "my.check.log").open("a") as log:
        for number, level in enumerate(levels):
            log.write(f"{date:%Y-%m-%d %H:%M:%S} - {level} - 1{number}{minutes}-100 - run {number}\n")


def test_the_configuration_is_taken_apart(config, tmp_path):
    promise = Promise(config)
    assert promise.getTitle() == "my.check"
    assert promise.getName() == "my.check.py"
    assert promise.getPartitionFolder() == promise.getLogFolder() == str(tmp_path)
    assert promise.getPromiseFile() == str(tmp_path / "my.check.py")
    assert promise.getLogFile() == str(tmp_path / "my.check.log")
    assert promise.getConfig("color") == "red"
    assert promise.getConfig("path") is None
    assert promise.getConfig("shape", "round") == "round"
    promise.setConfig("shape", "square")
    assert promise.getConfig("shape") == "square"
    assert IPromise.providedBy(promise)


@pytest.mark.parametrize("missing", ["name", "path", "partition-folder"])
def test_what_every_promise_needs_must_be_there(config, missing):
    config[missing] = ""
    with pytest.raises(ValueError, match=missing):
        Promise(config)


@pytest.mark.parametrize(
    ("value", "allowed"), [(None, True), ("true", True), ("false", False), (False, False), ("1", True)]
)
def test_a_bang_is_allowed_by_configuration(config, value, allowed):
    assert Promise({**config, "bang-on-failure": value}).isBangAllowed() is allowed


def test_what_a_subclass_says_before_the_base_class_holds(config):
    class Early(Promise):
        def __init__(self, config):
            self.allowBang(False)
            self.setPeriodicity(minute=7)
            self.setTestLess()
            super().__init__(config)
            self.setAnomalyLess()

    promise = Early({**config, "bang-on-failure": "true", "periodicity": 3})
    assert (promise.isBangAllowed(), promise.getPeriodicity()) == (False, 7)
    assert (promise.isTested(), promise.isAnomalyDetected()) == (False, False)


@pytest.mark.parametrize("minute", [0, -1])
def test_a_periodicity_is_positive(config, minute):
    with pytest.raises(ValueError, match="less than 1"):
        Promise(config).setPeriodicity(minute)


def test_without_executions_nothing_fails(config):
    promise = Promise(config)
    assert (promise.test().hasFailed(), promise.test().message) == (False, "No result found!")
    assert promise.getLastPromiseResultList() == []


def test_verdicts_count_the_last_executions(config, tmp_path):
    _write(tmp_path, "INFO", "ERROR", "CRITICAL")
    promise = Promise(config)
    assert promise.test().hasFailed()
    assert promise.anomaly().message == "run 2"
    assert isinstance(promise.anomaly(), AnomalyResult)
    assert promise._anomaly(result_count=3, failure_amount=2).hasFailed()
    assert not promise._anomaly(result_count=3, failure_amount=3).hasFailed()


def test_only_the_latest_minutes_count(config, tmp_path):
    _write(tmp_path, "ERROR", "ERROR", minutes=30)
    promise = Promise(config)
    assert promise._test(latest_minute=60).hasFailed()
    assert not promise._test(latest_minute=10).hasFailed()
    assert len(promise.getLastPromiseResultList(latest_minute=60, result_count=9)) == 2
    assert promise.getLastPromiseResultList(latest_minute=10, result_count=9) == []


def test_failures_alone_may_be_asked_for(config, tmp_path):
    _write(tmp_path, "ERROR", "INFO")
    (only,) = Promise(config).getLastPromiseResultList(result_count=5, only_failure=True)
    assert [(result["status"], result["message"]) for result in only] == [("ERROR", "run 0")]
    assert isinstance(only[0]["date"], dt.datetime)


def test_what_is_sensed_is_found_again(config):
    promise = Promise(config)
    promise.sense()
    assert promise.test().message == "fine"


def test_without_a_folder_messages_go_to_standard_error(config, capsys):
    promise = Promise({**config, "log-folder": None})
    promise.sense()
    assert capsys.readouterr().err.endswith(" - fine\n")
    assert promise.getLogFile() is None
    assert promise.getLastPromiseResultList() == []


def test_results_say_what_they_are():
    result = TestResult(problem=True, message="m")
    assert (result.hasFailed(), result.message, result.type()) == (True, "m", "Test Result")
    assert AnomalyResult().type() == "Anomaly Result"
    assert BaseResult(date=5).date == 5
    assert BaseResult.type() == "Base Result"
    assert result.date.tzinfo is None
