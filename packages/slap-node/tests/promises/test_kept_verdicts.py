"""What promises leave in their partition, and when it spares a run."""

import json
import os
import stat
import time
from datetime import UTC, datetime, timedelta

import pytest

from slap_domain.errors import HostFailure
from slap_domain.model.promise import PromiseMode

TEST, ANOMALY = PromiseMode.TEST, PromiseMode.ANOMALY
PASS = "def sense(self):\n    self.logger.info('fine')\n"
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


def test_results_cache_and_log_are_as_existing_nodes_write_them(partition):
    partition.clock.set(datetime(2026, 11, 21, 20, 41, 51, 226297, tzinfo=UTC))
    path = partition.plugin(
        "my_promise",
        PASS,
        before="",
        after="\n    def __init__(self, config):\n        super().__init__(config)",
    )
    partition.legacy("old", "echo one; echo two; exit 3")
    assert partition.verdicts() == [("my_promise.py", False, "fine"), ("old", True, "one\ntwo")]
    result = partition.stored("result/my_promise.status.json")
    assert list(result) == ["title", "name", "path", "execution-time", "result"]
    assert result["result"].keys() == {"type", "failed", "date", "message"}
    assert (result["title"], result["name"]) == ("my_promise", "my_promise.py")
    assert result["path"] == str(path)
    assert result["result"]["type"] == "Test Result"
    datetime.strptime(result["result"]["date"], "%Y-%m-%dT%H:%M:%S+0000").replace(tzinfo=UTC)
    old = partition.stored("result/old.status.json")
    assert old["result"] == {
        "type": "Test Result",
        "failed": True,
        "date": "2026-11-21T20:41:51+0000",
        "message": "one\ntwo",
    }
    timestamp = partition.clock.now().timestamp()
    assert partition.stored("cache/my_promise") == {
        "is_tested": True,
        "is_anomaly_detected": True,
        "periodicity": 2.0,
        "next_run_after": timestamp + 120,
        "timestamp": timestamp,
        "module_file": str(path),
        "module_file_mtime": path.stat().st_mtime,
    }
    log = (partition.path / ".slapgrid/promise/log/old.log").read_text()
    assert " - ERROR - " in log
    assert log.endswith(" - one\ntwo\n")
    assert " - INFO - " in (partition.path / ".slapgrid/promise/log/my_promise.log").read_text()
    assert (partition.path / "etc/plugin/__init__.py").read_text() == ""


def test_what_older_nodes_left_is_removed(partition):
    state = partition.path / ".slapgrid/promise"
    state.mkdir(parents=True)
    (state / "promise_status.json").write_text("{}")
    partition.legacy("ok", "")
    partition.check()
    assert not (state / "promise_status.json").exists()


def test_what_is_not_due_is_not_run_and_its_verdict_counts(partition):
    partition.plugin("often", "def sense(self):\n    self.setPeriodicity(5)\n    self.logger.error('bad')\n")
    counter = partition.path / "count"
    partition.legacy("rare", f"echo x >> {counter}; exit 1")

    def runs():
        return len(counter.read_text().splitlines())

    first = partition.check(ANOMALY, forced=False)
    assert (first.bang, runs()) == ("Promise often is failing", 1)
    partition.clock.advance(60)
    second = partition.check(ANOMALY, forced=False)
    assert [(v.name, v.failed) for v in second.verdicts] == [("often.py", True), ("rare", False)]
    assert (second.bang, runs()) == ("", 1)
    partition.clock.advance(61)
    partition.check(ANOMALY, forced=False)
    assert runs() == 2
    partition.check(ANOMALY, forced=True)
    assert runs() == 3
    partition.clock.set(partition.clock.now() - timedelta(days=1))
    partition.check(ANOMALY, forced=False)
    assert runs() == 4


def test_nothing_due_costs_next_to_nothing(partition):
    for number in range(5):
        partition.legacy(f"p{number}", "")
    partition.check(forced=False)
    begin = time.process_time()  # whatever else the machine does
    for _ in range(20):
        partition.check(forced=False)
    assert (time.process_time() - begin) / 20 < 0.02


def test_a_large_log_is_put_aside(partition):
    partition.legacy("p", "echo hello")
    partition.check()
    log = partition.path / ".slapgrid/promise/log/p.log"
    log.write_text("x\n" * 3 * 1024 * 1024)
    partition.check()
    assert log.read_text().endswith(" - hello\n")
    assert log.stat().st_size < 1000
    assert log.with_name("p.log.1").stat().st_size > 1000000


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"is_tested": "x"}', '{"result": 3, "name": "p"}', "[" * 100000]
)
def test_a_damaged_memory_only_makes_the_promise_run(partition, content):
    partition.legacy("p", "echo again")
    partition.check()
    for relative in ("cache/p", "result/p.status.json"):
        (partition.path / ".slapgrid/promise" / relative).write_text(content)
    assert partition.verdicts(forced=False) == [("p", False, "again")]


def test_state_that_is_no_directory_is_refused(partition):
    (partition.path / ".slapgrid").write_text("x")
    partition.legacy("p", "")
    with pytest.raises(HostFailure, match="cannot make"):
        partition.check()


@pytest.mark.root
@needs_root
def test_links_planted_by_the_partition_are_not_followed(nobodys, root):
    secret = root / "secret"
    secret.write_text(json.dumps({"secret": 1}))
    secret.chmod(0o600)
    nobodys.legacy("p", "echo hello")
    state = nobodys.path / ".slapgrid/promise"
    for folder in ("result", "cache", "log"):
        (state / folder).mkdir(parents=True)
    for name in ("result/p.status.json", "result/p.status.json.tmp", "cache/p", "cache/p.tmp"):
        (state / name).symlink_to(secret)
    assert nobodys.verdicts() == [("p", False, "hello")]
    assert secret.read_text() == '{"secret": 1}'
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    (state / "log/p.log").unlink()
    (state / "log/p.log").symlink_to(secret)
    with pytest.raises(HostFailure, match="cannot write"):
        nobodys.check()
    assert secret.read_text() == '{"secret": 1}'
