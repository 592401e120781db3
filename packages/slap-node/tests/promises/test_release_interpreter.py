import sys

import pytest

from slap_domain.errors import DeploymentFailed
from slap_domain.model.promise import PromiseMode
from slap_node.promises.release_interpreter import release_python


@pytest.mark.parametrize(
    ("head", "python"),
    [
        ("#!/opt/python3 -I\nimport x\n", ("/opt/python3", "-I")),
        ("#!/bin/sh\n'''exec' /very/long/python3 \"$0\" \"$@\"\n' '''\n", ("/very/long/python3",)),
        ('#!/bin/sh\nexec \'/with space/python3\' -S "$0" "$@"\n', ("/with space/python3", "-S")),
        ("#!/bin/sh\necho no\n", ()),
        ("#!/bin/sh\nexec 'unbalanced\n", ()),
        ("#!/bin/sh", ()),
        ("import x\n", ()),
        ("", ()),
    ],
)
def test_the_python_of_a_release_is_that_of_its_buildout(tmp_path, head, python):
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "buildout").write_text(head)
    assert release_python(tmp_path) == python


def test_a_release_without_buildout_does_not_tell(tmp_path):
    assert release_python(tmp_path) == ()


def test_plugins_run_in_the_python_of_their_release(partition):
    # Without site-packages, so that the node's own packages are found as a last resort.
    (partition.release / "bin/buildout").write_text(f"#!{sys.executable} -IS\n")
    partition.plugin("p", "def sense(self):\n    self.logger.info(sys.flags.isolated)\n")
    assert partition.verdicts() == [("p.py", False, "1")]


def test_the_first_plugin_tells_where_the_release_has_its_library(partition, tmp_path):
    package = tmp_path / "egg" / "slapos" / "grid" / "promise"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "interface.py").write_text(
        "class IPromise:\n    implementedBy = staticmethod(lambda _: True)\n"
    )
    (package / "generic.py").write_text(
        """\
import logging

class GenericPromise:
    def __init__(self, config):
        config["queue"].put(None)
        self.logger = logging.getLogger("x")

    isTested = isAnomalyDetected = lambda self: True
    getPeriodicity = lambda self: 3
    test = anomaly = lambda self: AnomalyResult()
    _GenericPromise__allow_bang = True


class AnomalyResult:
    message = "of the release"
    hasFailed = lambda self: True
"""
    )
    partition.module(
        "p",
        f"""\
import sys
sys.path[0:0] = ['{tmp_path / "egg"}']
from slapos.grid.promise.generic import GenericPromise

class RunPromise(GenericPromise):
    sense = lambda self: None
""",
    )
    outcome = partition.check(PromiseMode.ANOMALY)
    assert [(v.failed, v.message) for v in outcome.verdicts] == [(True, "of the release")]
    assert outcome.bang == "Promise p is failing"
    assert partition.stored("cache/p")["periodicity"] == 3.0


def test_a_python_that_cannot_run_them_is_told(partition):
    (partition.release / "bin/buildout").write_text("#!/bin/false\n")
    partition.plugin("p", "def sense(self):\n    pass\n")
    with pytest.raises(DeploymentFailed, match="cannot be run with /bin/false"):
        partition.check()


@pytest.mark.parametrize(("prints", "because"), [("noise", "noise"), ("", "nothing was printed")])
def test_a_promise_without_result_fails(partition, prints, because):
    python = partition.release / "bin/python"
    python.write_text(f"#!/bin/sh\necho '[1]'\necho '{{}}'\necho noise\necho '{prints}' >&2\n")
    python.chmod(0o755)
    (partition.release / "bin/buildout").write_text(f"#!{python}\n")
    partition.plugin("p", "def sense(self):\n    pass\n")
    assert partition.verdicts() == [("p.py", True, f"the promise gave no result: {because}")]
