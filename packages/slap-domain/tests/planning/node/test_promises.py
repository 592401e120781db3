from dataclasses import replace
from datetime import UTC, datetime
from pathlib import PurePosixPath

import pytest

from slap_domain.model.promise import Execution, PromiseMode, PromiseVerdict
from slap_domain.planning.node.promises import (
    KnownPromise,
    PromiseFile,
    PromiseKind,
    PromiseMemory,
    RoundPlan,
    is_plugin_name,
    legacy_verdict,
    plan_round,
    promise_bang_message,
    shorten_message,
    timed_out_verdict,
)

NOW = 1000.0
DATE = datetime(2026, 11, 21, tzinfo=UTC)
TEST, ANOMALY = PromiseMode.TEST, PromiseMode.ANOMALY
FILE = PromiseFile(
    name="web.py", path=PurePosixPath("/p/etc/plugin/web.py"), kind=PromiseKind.PLUGIN, modified=5.0
)
MEMORY = PromiseMemory(
    is_tested=True,
    is_anomaly_detected=True,
    periodicity=2.0,
    next_run_after=1060.0,
    timestamp=940.0,
    module_file="/p/etc/plugin/web.py",
    module_file_mtime=5.0,
)
VERDICT = PromiseVerdict(name="web.py", mode=TEST, failed=True, message="down", date=DATE)
RUN = RoundPlan(run=(FILE,))
STORED = RoundPlan(stored=(VERDICT,))
NOTHING = RoundPlan()


@pytest.mark.parametrize(
    ("memory", "verdict", "mode", "forced", "plan"),
    [
        (None, None, TEST, False, RUN),
        (None, VERDICT, TEST, False, RUN),
        (MEMORY, VERDICT, TEST, False, STORED),
        (MEMORY, VERDICT, ANOMALY, False, STORED),
        (MEMORY, VERDICT, TEST, True, RUN),
        (MEMORY, None, TEST, False, RUN),
        (replace(MEMORY, next_run_after=1000.0), VERDICT, TEST, False, RUN),
        (replace(MEMORY, timestamp=1001.0, next_run_after=9999.0), VERDICT, TEST, False, RUN),
        (replace(MEMORY, module_file_mtime=4.0), VERDICT, TEST, False, RUN),
        (replace(MEMORY, module_file="/p/etc/promise/web"), VERDICT, TEST, False, RUN),
        (replace(MEMORY, is_tested=False), VERDICT, TEST, True, NOTHING),
        (replace(MEMORY, is_tested=False), VERDICT, ANOMALY, True, RUN),
        (replace(MEMORY, is_anomaly_detected=False), VERDICT, ANOMALY, True, NOTHING),
        (replace(MEMORY, is_tested=False, module_file_mtime=4.0), VERDICT, TEST, False, RUN),
    ],
)
def test_what_runs(memory, verdict, mode, forced, plan):
    known = KnownPromise(file=FILE, memory=memory, verdict=verdict)
    assert plan_round([known], mode, forced=forced, now=NOW) == plan


def test_the_title_is_the_name_without_extension():
    assert FILE.title == "web"
    assert replace(FILE, name="a.b.sh").title == "a.b"
    assert replace(FILE, name="plain").title == "plain"


@pytest.mark.parametrize(
    ("name", "is_plugin"),
    [("web.py", True), ("_x.py", True), ("__init__.py", False), ("1.py", False), ("a.pyc", False)],
)
def test_plugins_have_names_of_modules(name, is_plugin):
    assert is_plugin_name(name) is is_plugin


def _history(*failures):
    return [
        Execution(date=DATE, failed=failed, message=f"run {number}") for number, failed in enumerate(failures)
    ]


@pytest.mark.parametrize(
    ("failures", "mode", "failed"),
    [
        ([True], TEST, True),
        ([True, False], TEST, False),
        ([True, True], ANOMALY, False),
        ([True, True, True], ANOMALY, True),
        ([True, True, True, False], ANOMALY, False),
        ([False, True, True], ANOMALY, False),
    ],
)
def test_a_legacy_promise_fails_at_once_but_is_an_anomaly_only_after_three(failures, mode, failed):
    verdict = legacy_verdict("check", mode, _history(*failures))
    assert verdict.failed is failed
    assert verdict.message == f"run {len(failures) - 1}"


def test_a_promise_that_takes_too_long_fails_a_test():
    verdict = timed_out_verdict("web.py", TEST, timeout=20.0, previous=None, date=DATE)
    assert (verdict.failed, verdict.message) == (True, "Error: Promise timed out after 20 seconds")


def test_once_too_long_is_no_anomaly_but_twice_is():
    first = timed_out_verdict("web.py", ANOMALY, timeout=0.5, previous=None, date=DATE)
    second = timed_out_verdict("web.py", ANOMALY, timeout=0.5, previous=first, date=DATE)
    assert (first.failed, second.failed) == (False, True)
    assert first.message == "Error: Promise timed out after 0.5 seconds"
    assert timed_out_verdict("web.py", ANOMALY, timeout=1, previous=VERDICT, date=DATE).failed


def test_the_end_of_a_long_message_is_kept():
    assert shorten_message("x" * 5000) == "x" * 5000
    assert shorten_message("a" + "x" * 5000) == "..." + "x" * 5000


def test_the_bang_names_the_promise():
    assert promise_bang_message("web") == "Promise web is failing"
