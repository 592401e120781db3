import importlib
import json
import os
import sys
from pathlib import Path

import pytest

import slapos.grid.promise
import slapos.grid.promise.interface  # before the first plugin: zope.interface must not be imported twice
from slap_node.promises import launcher


@pytest.fixture(autouse=True)
def _restored():
    """Undo what the program does to its own process."""
    path, finders, modules, output = list(sys.path), list(sys.meta_path), set(sys.modules), os.dup(1)
    yield
    sys.path[:], sys.meta_path[:] = path, finders
    for name in set(sys.modules) - modules:
        del sys.modules[name]
    os.dup2(output, 1)
    os.close(output)


@pytest.fixture
def job(partition):
    (partition.path / ".slapgrid/promise/log").mkdir(parents=True)
    return {
        "mode": "test",
        "timeout": 10,
        "jobs": 2,
        "sys_path_of": "",
        "fallbacks": {},
        "config": {
            "partition-folder": str(partition.path),
            "log-folder": str(partition.path / ".slapgrid/promise/log"),
            "debug": True,
        },
    }


PASS = "def sense(self):\n    self.logger.info('fine')\n"


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("import sys\nsys.path[0:0] = ['/a', '/b']\nx = 1\n", ["/a", "/b"]),
        ("x = 1\nsys.path[0:0] = ['/a']\n", []),
        ("x[0:0] = ['/a']\n", []),
        ("import sys\n", []),
    ],
)
def test_the_first_assignment_of_a_plugin_is_its_path(text, paths):
    assert launcher.first_paths(text) == paths


def test_packages_are_found_only_where_nothing_else_has_them(tmp_path, monkeypatch):
    (tmp_path / "only" / "here").mkdir(parents=True)
    (tmp_path / "only" / "here" / "it.py").write_text("x = 7\n")
    sys.meta_path.append(launcher.FallbackFinder({"only.here": str(tmp_path), "json": str(tmp_path)}))
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    assert importlib.import_module("only.here.it").x == 7
    assert not list(tmp_path.rglob("*.pyc"))  # the node's environment is not this user's to write to
    assert importlib.util.find_spec("only.other") is None
    assert importlib.util.find_spec("nothing_of_that_name") is None
    assert str(tmp_path) not in str(importlib.import_module("json").__file__)


def test_an_outcome_says_all_that_the_node_needs(partition, job):
    outcome = launcher.run_plugin(str(partition.plugin("p", PASS)), job)
    assert outcome.pop("date") > 0
    assert outcome.pop("execution_time") >= 0
    assert outcome == {
        "path": str(partition.path / "etc/plugin/p.py"),
        "failed": False,
        "message": "fine",
        "type": "Test Result",
        "tested": True,
        "anomaly": True,
        "periodicity": 2.0,
        "bang": True,
    }


def test_an_anomaly_is_told_as_one(partition, job):
    body = (
        "def sense(self):\n    raise ValueError\ndef __init__(self, config):\n    super().__init__(config)\n"
    )
    path = partition.plugin("p", body + "    self.setTestLess()\n")
    assert launcher.run_plugin(str(path), job)["disabled"] is True
    outcome = launcher.run_plugin(str(path), {**job, "mode": "anomaly"})
    assert (outcome["type"], outcome["failed"], outcome["message"]) == ("Anomaly Result", True, "ValueError")


def test_a_result_may_be_bare(partition, job):
    body = "def test(self):\n    class Bare:\n        message = date = None\n"
    body += "        hasFailed = lambda self: False\n    return Bare()\n"
    outcome = launcher.run_plugin(str(partition.plugin("p", PASS + body)), job)
    assert (outcome["failed"], outcome["message"]) == (False, "")


@pytest.mark.parametrize(
    "text",
    [
        "RunPromise = 3\n",
        "class RunPromise: pass\n",
        "from slapos.grid.promise import GenericPromise as RunPromise\n",
        "import nothing_of_that_name\n",
    ],
)
def test_what_is_no_promise_fails(partition, job, text):
    outcome = launcher.run_plugin(str(partition.module("p", text)), job)
    assert (outcome["failed"], outcome["type"]) == (True, "Test Result")
    assert launcher.run_plugin(str(partition.path / "etc/plugin/p"), job)["failed"]


@pytest.mark.parametrize("extra", ["3", "{'partition-folder': 'x'}"])
def test_a_wrong_extra_configuration_fails(partition, job, extra):
    path = partition.plugin("p", PASS, before=f"extra_config_dict = {extra}\n")
    assert "extra_config_dict" in launcher.run_plugin(str(path), job)["message"]


def test_a_plugin_with_neither_mode_fails(partition, job):
    body = "def __init__(self, config):\n    super().__init__(config)\n    self.setTestLess()\n"
    path = partition.plugin("p", body + "    self.setAnomalyLess()\n" + PASS)
    assert "not allowed" in launcher.run_plugin(str(path), job)["message"]


def test_plugins_run_in_processes_of_their_own(partition, job):
    paths = [
        partition.plugin("fine", PASS),
        partition.plugin("slow", "def sense(self):\n    import time\n    time.sleep(100)\n"),
        partition.plugin("gone", "def sense(self):\n    import os\n    os._exit(3)\n"),
        partition.plugin(
            "stubborn",
            "def sense(self):\n    import signal, time\n    signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
            "    time.sleep(100)\n",
        ),
    ]
    outcomes = {}
    launcher.run_all(
        [str(path) for path in paths],
        {**job, "timeout": 2},
        lambda outcome: outcomes.update({Path(outcome["path"]).stem: outcome}),
    )
    assert outcomes["fine"]["message"] == "fine"
    assert "ended without a result" in outcomes["gone"]["message"]
    assert outcomes["slow"]["timed_out"]
    assert outcomes["stubborn"]["timed_out"]
    assert outcomes["slow"]["execution_time"] >= 2


def test_the_program_prints_one_line_for_each_plugin(partition, job, capfd):
    path = partition.plugin("p", "def sense(self):\n    print('noise')\n" + "    self.logger.info('x')\n")
    sys.path.insert(0, str(Path(launcher.__file__).parent))
    job = {**job, "sys_path_of": str(path), "fallbacks": {"nothing": "/nowhere"}}
    assert launcher.main([json.dumps(job), str(path)]) == 0
    # What is printed goes elsewhere only by descriptor, and the test runner's own output is none.
    lines = [line for line in capfd.readouterr().out.splitlines() if line != "noise"]
    assert [json.loads(line)["message"] for line in lines] == ["x"]
    assert str(Path(launcher.__file__).parent) not in sys.path


def test_what_plugins_import_is_there():
    names = {"AnomalyResult", "GenericPromise", "PromiseError", "TestResult"}
    assert names <= set(slapos.grid.promise.__all__)
    assert issubclass(slapos.grid.promise.PromiseError, Exception)
