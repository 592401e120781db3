import os
import time
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest

from slap_domain.errors import DeploymentFailed
from slap_domain.model.promise import PromiseMode
from slap_domain.testing.promise_checker import PromiseCheckerContract

TEST, ANOMALY = PromiseMode.TEST, PromiseMode.ANOMALY
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
