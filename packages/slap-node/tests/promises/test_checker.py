import json
import os
import stat
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import psutil
import pytest

from slap_domain.errors import DeploymentFailed, HostFailure
from slap_domain.model.promise import PromiseMode
from slap_domain.testing.promise_checker import PromiseCheckerContract

TEST, ANOMALY = PromiseMode.TEST, PromiseMode.ANOMALY
PASS = "def sense(self):\n    self.logger.info('fine')\n"
EARLY = "def __init__(self, config):\n    self.allowBang(False)\n    super().__init__(config)\n"
IMPORT = "from slapos.grid.promise.generic import GenericPromise\n"
FAIL = "def sense(self):\n    self.logger.error('bad')\n"
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


class CheckerOfPartition(PromiseCheckerContract):
    """The contract on a partition; the kinds of promises differ."""

    @pytest.fixture(autouse=True)
    def _partition(self, partition):
        self.partition = partition

    def make_checker(self):
        return self.partition.checker

    def make_round(self, mode):
        return self.partition.round(mode)


class TestContract(CheckerOfPartition):
    def add_promise(self, place, name, *, fails):
        text = "self.logger.error('failed')" if fails else "self.logger.info('passed')"
        path = self.partition.plugin(name, f"def sense(self):\n    {text}\n")
        # The contract's promises have no extension.
        assert path.stem == name

    def test_tells_each_verdict_in_the_order_of_names(self):
        round_ = self.make_round(TEST)
        for name, fails in (("b", True), ("a", False), ("c", True)):
            self.add_promise(round_.place, name, fails=fails)
        outcome = self.make_checker().check(round_)
        assert [verdict.name for verdict in outcome.failures] == ["b.py", "c.py"]


class TestLegacyContract(CheckerOfPartition):
    def add_promise(self, place, name, *, fails):
        self.partition.legacy(name, "echo failed; exit 1" if fails else "echo passed")

    def test_bangs_about_an_anomaly(self):
        self.add_promise(None, "b", fails=True)
        bangs = [self.make_checker().check(self.make_round(ANOMALY)).bang for _ in range(3)]
        assert bangs == ["", "", "Promise b is failing"]


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


def test_files_that_are_no_promises_are_left_alone(partition):
    partition.legacy("readme", "exit 1", mode=0o644)
    partition.module("1x", "raise SystemExit")
    (partition.path / "etc/plugin/note.txt").write_text("x")
    (partition.path / "etc/promise/nowhere").symlink_to("/nonexistent")
    assert partition.verdicts() == []
    assert not (partition.path / ".slapgrid").exists()


def test_what_cannot_be_executed_is_warned_about(partition, caplog):
    partition.legacy("readme", "exit 1", mode=0o644)
    partition.legacy("ok", "")
    assert partition.verdicts() == [("ok", False, "")]
    assert "slappart0: etc/promise/readme is not executable" in caplog.text


def test_a_partition_without_the_folders_has_no_promises(partition):
    for folder in ("plugin", "promise"):
        (partition.path / "etc" / folder).rmdir()
    assert partition.verdicts() == []


def test_promises_that_are_links_run(partition):
    target = partition.release / "bin/check"
    target.write_text("#!/bin/sh\npwd\n")
    target.chmod(0o755)
    (partition.path / "etc/promise/check").symlink_to(target)
    assert partition.verdicts() == [("check", False, str(partition.path))]


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
    begin = time.perf_counter()
    for _ in range(20):
        partition.check(forced=False)
    assert (time.perf_counter() - begin) / 20 < 0.02


def test_a_plugin_without_test_or_anomaly_is_left_out_there(partition):
    partition.plugin(
        "quiet", "def __init__(self, config):\n    super().__init__(config)\n    self.setTestLess()\n" + FAIL
    )
    assert partition.verdicts(TEST) == []
    assert partition.verdicts(ANOMALY) == [("quiet.py", True, "bad")]
    assert partition.verdicts(TEST, forced=False) == []
    assert partition.stored("cache/quiet")["is_tested"] is False


def test_a_plugin_with_neither_fails(partition):
    body = "def __init__(self, config):\n    super().__init__(config)\n    self.setTestLess()\n"
    partition.plugin("both", body + "    self.setAnomalyLess()\n" + PASS)
    assert partition.verdicts() == [
        ("both.py", True, "It's not allowed to disable both Test and Anomaly in promise!")
    ]


@pytest.mark.parametrize(
    ("body", "bang"),
    [
        ("def anomaly(self):\n    return AnomalyResult(True, 'broken')\n", "Promise p is failing"),
        ("def anomaly(self):\n    return TestResult(True, 'broken')\n", ""),
        (
            "def anomaly(self):\n    self.allowBang(False)\n    return AnomalyResult(True, 'broken')\n",
            "",
        ),
        (
            EARLY + "def anomaly(self):\n    return AnomalyResult(True, 'broken')\n",
            "",
        ),
    ],
)
def test_a_failed_anomaly_bangs_if_it_may(partition, body, bang):
    partition.plugin("p", PASS + body)
    outcome = partition.check(ANOMALY)
    assert [(v.failed, v.message) for v in outcome.verdicts] == [(True, "broken")]
    assert outcome.bang == bang


def test_the_configuration_reaches_the_plugin(partition):
    body = """\
    def sense(self):
        keys = ['promise-timeout', 'master-url', 'partition-cert', 'partition-key', 'partition-id']
        self.logger.info([self.getConfig(key) for key in [*keys, 'computer-id', 'color', 'none']])
        self.logger.info([self.getName(), self.getTitle(), self.getPartitionFolder(), self.getPromiseFile()])
    """
    before = "extra_config_dict = {'color': 'red', 'bang-on-failure': 'false', 'periodicity': 7}\n"
    path = partition.plugin("p", body, before=before)
    ((_, failed, message),) = partition.verdicts()
    values = ["20", "http://127.0.0.1:9", "/c.crt", "/c.key", "slappart0", "COMP-1", "red", None]
    assert message == f"{values}\n{['p.py', 'p', str(partition.path), str(path)]}"
    assert not failed
    assert partition.stored("cache/p")["periodicity"] == 7.0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = 1\n", "defines no class RunPromise"),
        ("class RunPromise: pass\n", "is no subclass of slapos.grid.promise.generic.GenericPromise"),
        (
            IMPORT + "class RunPromise(GenericPromise):\n    def sense(self): pass\n",
            "does not implement slapos.grid.promise.interface.IPromise",
        ),
        ("import sys\nsys.path[0:0] = []\nthis is no python\n", "invalid syntax"),
        ("import nothing_of_that_name\n", "No module named 'nothing_of_that_name'"),
        ("import os\nos._exit(0)\n", "ended without a result"),
        ("import os\nos._exit(3)\n", "ended without a result"),
        ("extra_config_dict = 3\n", "defines no class"),
    ],
)
def test_a_plugin_that_is_no_promise_fails_and_the_others_go_on(partition, text, message):
    partition.module("z_wrong", text)
    partition.plugin("fine", PASS)
    fine, wrong = partition.verdicts()
    assert fine == ("fine.py", False, "fine")
    assert wrong[1] is True
    assert message in wrong[2]


@pytest.mark.parametrize("extra", ["{'partition-id': 'x'}", "3"])
def test_a_wrong_extra_configuration_is_an_error(partition, extra):
    partition.plugin("p", PASS, before=f"extra_config_dict = {extra}\n")
    ((_, failed, message),) = partition.verdicts()
    assert failed
    assert "extra_config_dict" in message


def test_an_exception_is_an_error_of_the_log(partition):
    partition.plugin("p", "def sense(self):\n    raise ValueError('boom')\n")
    assert partition.verdicts() == [("p.py", True, "boom")]
    assert " - ERROR - " in (partition.path / ".slapgrid/promise/log/p.log").read_text()


def test_history_is_told_newest_first(partition):
    body = """\
    def sense(self):
        count = len(self.getLastPromiseResultList(result_count=10))
        (self.logger.error if count % 2 else self.logger.info)('run %d', count)
    def test(self):
        runs = self.getLastPromiseResultList(result_count=2)
        failures = self.getLastPromiseResultList(result_count=5, only_failure=True, latest_minute=60)
        text = [[(r['status'], r['message']) for r in run] for run in (*runs, *failures)]
        return TestResult(problem=False, message=repr((text, self._test(3, 2).hasFailed())))
    """
    partition.plugin("p", body)
    messages = [partition.verdicts()[0][2] for _ in range(4)]
    assert messages[-1] == repr(
        (
            [[("ERROR", "run 3")], [("INFO", "run 2")], [("ERROR", "run 3")], [("ERROR", "run 1")]],
            True,
        )
    )


def test_what_plugins_print_does_not_matter(partition):
    body = "def sense(self):\n    print('{\"path\": \"x\"}')\n    import os; os.system('echo noise')\n"
    partition.plugin("p", body + "    self.logger.info('fine')\n")
    assert partition.verdicts() == [("p.py", False, "fine")]


def test_ten_megabytes_of_output_are_survived(partition):
    partition.legacy("big", "yes x | head -c 10000000; echo; echo last; exit 1")
    partition.plugin(
        "loud", "def sense(self):\n    print('x' * 10000000)\n    self.logger.error('y' * 10000)\n"
    )
    loud, big = partition.check().verdicts
    assert big.message.endswith("\nlast")
    assert len(big.message) == len("...") + 5000
    assert loud.failed
    assert len(partition.stored("result/loud.status.json")["result"]["message"]) == len("...") + 5000


@pytest.mark.parametrize("kind", ["legacy", "plugin"])
def test_a_hung_promise_is_killed_with_all_it_started(partition, kind):
    pid_file = partition.path / "pids"
    if kind == "legacy":
        partition.legacy(
            "hung", f"sleep 1000 & echo $! > {pid_file}; setsid sleep 1000 & echo $! >> {pid_file}; wait"
        )
    else:
        code = (
            f"os.system('sleep 1000 & echo $! > {pid_file}; setsid sleep 1000 & echo $! >> {pid_file}; wait')"
        )
        partition.plugin("hung", f"def sense(self):\n    import os, signal\n    {code}\n")
    ((_, failed, message),) = partition.verdicts(ANOMALY, timeout=1)
    assert (failed, message) == (False, "Error: Promise timed out after 1 seconds")
    pids = [int(line) for line in pid_file.read_text().split()]
    assert len(pids) == 2
    deadline = time.monotonic() + 5
    while any(_alive(pid) for pid in pids):
        assert time.monotonic() < deadline, "it survived"
        time.sleep(0.02)
    assert partition.verdicts(ANOMALY, timeout=1)[0][1] is True
    assert partition.verdicts(TEST, timeout=1)[0][1] is True


def _alive(pid):
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_promises_run_at_once(partition):
    for name in ("a", "b", "c"):
        partition.legacy(name, "sleep 1")
        partition.plugin(f"p{name}", "def sense(self):\n    import time\n    time.sleep(1)\n")
    begin = time.monotonic()
    assert len(partition.verdicts()) == 6
    assert time.monotonic() - begin < 6  # one after the other they sleep as long


def test_an_executable_that_cannot_run_fails(partition):
    path = partition.legacy("p", "")
    path.write_text("#!/nonexistent/interpreter\n")
    ((_, failed, message),) = partition.verdicts()
    assert failed
    assert "cannot run" in message


def test_secrets_of_the_caller_do_not_reach_promises(partition, monkeypatch):
    partition.checker._caller["TOKEN"] = "secret"
    partition.legacy("p", "echo $TOKEN; echo $HOME")
    partition.checker._caller["HOME"] = "/home/me"
    assert partition.verdicts() == [("p", False, "\n/home/me")]


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
def test_promises_of_an_account_run_as_it_and_leave_its_files(nobodys):
    nobodys.legacy("old", "id -u; id -G; echo $HOME")
    nobodys.plugin(
        "new", "def sense(self):\n    import os\n    self.logger.info((os.getuid(), os.getgid()))\n"
    )
    assert nobodys.verdicts() == [
        ("new.py", False, "(65534, 65534)"),
        ("old", False, "65534\n65534\n/nonexistent"),
    ]
    owners = {path.stat().st_uid for path in (nobodys.path / ".slapgrid").rglob("*")}
    assert owners == {65534}


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


def test_several_partitions_are_checked_at_once(partitions):
    for partition in partitions:
        partition.legacy("p", "sleep 1; pwd")
        partition.plugin("q", "def sense(self):\n    self.logger.info(self.getPartitionFolder())\n")
    begin = time.monotonic()
    with ThreadPoolExecutor(len(partitions)) as pool:
        found = list(pool.map(lambda partition: partition.verdicts(), partitions))
    assert time.monotonic() - begin < 3
    assert found == [
        [("q.py", False, str(partition.path)), ("p", False, str(partition.path))] for partition in partitions
    ]


def test_folders_that_cannot_be_listed_are_told(partition):
    (partition.path / "etc/promise").rmdir()
    (partition.path / "etc/promise").write_text("x")
    with pytest.raises(DeploymentFailed, match="cannot list"):
        partition.check()
