"""What a plugin of a promise may do, and what of it fails."""

import pytest

from slap_domain.model.promise import PromiseMode

TEST, ANOMALY = PromiseMode.TEST, PromiseMode.ANOMALY
PASS = "def sense(self):\n    self.logger.info('fine')\n"
EARLY = "def __init__(self, config):\n    self.allowBang(False)\n    super().__init__(config)\n"
IMPORT = "from slapos.grid.promise.generic import GenericPromise\n"
FAIL = "def sense(self):\n    self.logger.error('bad')\n"


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
        ("import os\nos._exit(0)\n", "ended without a result: it exited with 0"),
        ("import os\nos._exit(3)\n", "ended without a result: it exited with 3"),
        ("import os\nos.kill(os.getpid(), 11)\n", "ended without a result: it was killed by signal 11"),
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
