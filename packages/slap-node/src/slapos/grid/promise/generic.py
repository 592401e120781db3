"""The base class of promise plugins, and the results they return.

Deployed plugins call these names, with these arguments; the rules behind them are in slap_domain.
"""

import datetime as dt
import logging
import os
import time
from abc import ABCMeta, abstractmethod
from pathlib import Path

from slap_domain.model.promise import Execution, failing
from slap_domain.model.promise_log import FAILURE_LEVELS, execution_of, group_executions, parse_log

PROMISE_STATE_FOLDER_NAME = ".slapgrid/promise"
PROMISE_RESULT_FOLDER_NAME = ".slapgrid/promise/result"
PROMISE_LOG_FOLDER_NAME = ".slapgrid/promise/log"
PROMISE_PARAMETER_NAME = "extra_config_dict"
ERROR_LEVEL = tuple(sorted(FAILURE_LEVELS))

_HISTORY_SIZE = 1024 * 1024  # bytes at the end of the log that are looked at first
_HISTORY_GROWTH = 8


class PromiseError(Exception):
    """A promise cannot be run, or does not hold."""


class BaseResult:
    """What a promise concluded.

    Args:
        problem: it does not hold.
        message: for people.
        date: when it was found, in UTC; now when None.
    """

    @staticmethod
    def type():
        return "Base Result"

    def __init__(self, problem=False, message=None, date=None):
        self.__problem = problem
        self.__message = message
        self.__date = date or dt.datetime.now(dt.UTC).replace(tzinfo=None)

    def hasFailed(self):
        return self.__problem

    @property
    def message(self):
        return self.__message

    @property
    def date(self):
        return self.__date


class TestResult(BaseResult):
    """Whether a deployment is complete."""

    __test__ = False  # not a test case of pytest

    @staticmethod
    def type():
        return "Test Result"


class AnomalyResult(BaseResult):
    """Whether a running service has a problem that a new processing may mend."""

    @staticmethod
    def type():
        return "Anomaly Result"


class _LogFile(logging.FileHandler):
    """A log that is open only while a message is written: promises come and go in one process."""

    def emit(self, record):
        super().emit(record)
        self.close()


class GenericPromise(metaclass=ABCMeta):
    """Base class of `RunPromise` in every plugin: override `sense`, and `test` or `anomaly` where needed.

    Args:
        config: partition-folder, log-folder, debug, name, path, queue, periodicity and bang-on-failure are
            taken by this class; all else is for `getConfig`.
    """

    # Class attributes, so that a subclass may call allowBang and the like before this constructor.
    _allow_bang = None
    _periodicity = None
    _is_tested = True
    _is_anomaly_detected = True

    def __init__(self, config):
        self.__config = dict(config)
        take = self.__config.pop
        self.__log_folder = take("log-folder", None)
        self.__partition_folder = take("partition-folder", None)
        self.__debug = take("debug", False)
        self.__name = take("name", None)
        self.__path = take("path", None)
        take("queue", None)
        self._setDefaults(take("periodicity", None) or 2, take("bang-on-failure", None))
        self.__title = Path(self.__name).stem
        # Tells executions apart in the log, those of one second too.
        now = time.time_ns() // 1_000_000
        self.__transaction = f"{now // 1000}-{now % 1000:03}"
        self._configureLogger()
        for name in ("partition-folder", "name", "path"):
            if not config.get(name):
                raise ValueError(f"a promise needs {name} in its configuration")

    def _setDefaults(self, periodicity, bang):
        if self._periodicity is None:
            self.setPeriodicity(float(periodicity))
        if self._allow_bang is None:
            self.allowBang(bang is None or str(bang).lower() in {"true", "1", "yes"})

    def _configureLogger(self):
        self.logger = logging.getLogger(self.__name)
        self.logger.setLevel(logging.DEBUG if self.__debug else logging.INFO)
        self.logger.propagate = False
        for handler in list(self.logger.handlers):
            self.logger.removeHandler(handler)
        if self.__log_folder is None:
            self.__log_file = None
            handler = logging.StreamHandler()
        else:
            self.__log_file = str(Path(self.__log_folder) / f"{self.__title}.log")
            handler = _LogFile(self.__log_file, delay=True)
        layout = f"%(asctime)s - %(levelname)s - {self.__transaction} - %(message)s"
        handler.setFormatter(logging.Formatter(layout, datefmt="%Y-%m-%d %H:%M:%S"))
        self.logger.addHandler(handler)

    def getConfig(self, key, default=None):
        """Return a value of the configuration.

        The node gives promise-timeout, master-url, partition-cert, partition-key, partition-id, computer-id and
        slapgrid-version; the rest is the plugin's own `extra_config_dict`.
        """
        return self.__config.get(key, default)

    def setConfig(self, key, value):
        self.__config[key] = value

    def getName(self):
        return self.__name

    def getTitle(self):
        return self.__title

    def getPartitionFolder(self):
        return self.__partition_folder

    def getPromiseFile(self):
        return self.__path

    def getLogFile(self):
        return self.__log_file

    def getLogFolder(self):
        return self.__log_folder

    def getPeriodicity(self):
        return self._periodicity

    def setPeriodicity(self, minute):
        """Say how many minutes shall pass between two executions.

        Raises:
            ValueError: it is not positive.
        """
        if minute <= 0:
            raise ValueError("Cannot set promise periodicity to a value less than 1")
        self._periodicity = minute

    def setTestLess(self):
        """Do not run when a deployment is tested."""
        self._is_tested = False

    def setAnomalyLess(self):
        """Do not run to look for anomalies."""
        self._is_anomaly_detected = False

    def isTested(self):
        return self._is_tested

    def isAnomalyDetected(self):
        return self._is_anomaly_detected

    def allowBang(self, allow=True):
        """Say whether a failed `AnomalyResult` asks the master to process the instance again."""
        self._allow_bang = bool(allow)

    def isBangAllowed(self):
        return bool(self._allow_bang)

    @abstractmethod
    def sense(self):
        """Look at the service and log what was found; log an error for a failure."""

    def test(self):
        """Tell whether the last execution was successful."""
        return self._test()

    def anomaly(self):
        """Tell whether the last execution failed."""
        return self._anomaly()

    def _test(self, result_count=1, failure_amount=1, latest_minute=0):
        """Return a failed TestResult when the last execution, and enough of the last ones, failed.

        Args:
            result_count: how many of the last executions count.
            failure_amount: how many of them must have failed.
            latest_minute: only executions of this many last minutes count; 0: all.
        """
        return self.__conclude(TestResult, result_count, failure_amount, latest_minute)

    def _anomaly(self, result_count=1, failure_amount=1, latest_minute=0):
        """Return a failed AnomalyResult when the last execution, and enough of the last ones, failed."""
        return self.__conclude(AnomalyResult, result_count, failure_amount, latest_minute)

    def __conclude(self, result_class, result_count, failure_amount, latest_minute):
        history = self.__executions(latest_minute)
        if not history:
            return result_class(problem=False, message="No result found!")
        failed = failing(history, result_count=result_count, failure_amount=failure_amount)
        return result_class(problem=failed, message=history[-1].message)

    def getLastPromiseResultList(self, latest_minute=0, result_count=1, only_failure=False):
        """Return what the last executions logged, newest execution first.

        Args:
            latest_minute: only executions of this many last minutes; 0: all.
            result_count: at most this many executions.
            only_failure: only messages that are failures, of executions that have any.

        Returns:
            for each execution a list of dictionaries with date (local time), status (the level) and message.
        """
        results: list[list[dict[str, object]]] = []
        for entries in reversed(self.__groups(latest_minute)):
            wanted = [entry for entry in entries if entry.is_failure or not only_failure]
            if wanted and len(results) < result_count:
                results.append([{"date": e.date, "status": e.level, "message": e.message} for e in wanted])
        return results

    def __groups(self, latest_minute):
        groups = self.__newestGroups()
        if not latest_minute:
            return groups
        oldest = dt.datetime.now() - dt.timedelta(minutes=latest_minute)  # noqa: DTZ005 - as the log
        return tuple(entries for entries in groups if entries[0].date >= oldest)

    def __newestGroups(self):
        # The last execution may have logged more than is looked at first: its beginning counts too.
        size = _HISTORY_SIZE
        while True:
            text, is_whole = self.__logText(size)
            groups = group_executions(parse_log(text))
            if is_whole or len(groups) > 1:
                return groups
            size *= _HISTORY_GROWTH

    def __executions(self, latest_minute) -> tuple[Execution, ...]:
        return tuple(execution_of(entries) for entries in self.__groups(latest_minute))

    def __logText(self, limit):
        """Return the end of the log, at most `limit` bytes, and whether that is all of it."""
        if self.__log_file is None:
            return "", True
        try:
            with Path(self.__log_file).open("rb") as opened:
                size = opened.seek(0, os.SEEK_END)
                opened.seek(max(0, size - limit))
                return opened.read().decode(errors="replace"), size <= limit
        except FileNotFoundError:
            return "", True
