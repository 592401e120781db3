import json
import os
import shutil
import tempfile
import textwrap
from pathlib import Path, PurePosixPath

import pytest

from slap_domain.model.partition import Account, PartitionPlace
from slap_domain.model.promise import PromiseMode
from slap_domain.model.references import ComputerGuid, PartitionId
from slap_domain.ports.promise_checker import PromiseRound
from slap_domain.testing.manual_clock import ManualClock
from slap_node.promises.checker import LocalPromiseChecker

HEAD = """\
import sys
sys.path[0:0] = []
from zope.interface import implementer
from slapos.grid.promise import interface
from slapos.grid.promise.generic import GenericPromise, TestResult, AnomalyResult
"""
CLASS = """\
@implementer(interface.IPromise)
class RunPromise(GenericPromise):
"""


class Partition:
    """A partition with promises, and a checker to run them."""

    def __init__(self, root: Path, account: Account | None = None) -> None:
        self.path = root / "slappart0"
        self.release = root / "release"
        self.account = account
        self.clock = ManualClock()
        self.checker = LocalPromiseChecker(self.clock, os.environ)
        for folder in (self.path / "etc/plugin", self.path / "etc/promise", self.release / "bin"):
            folder.mkdir(parents=True)
        if account is not None:
            for folder in (self.path, *self.path.rglob("*")):
                os.chown(folder, account.uid, account.gid)

    @property
    def place(self):
        return PartitionPlace(
            id=PartitionId("slappart0"), path=PurePosixPath(self.path), account=self.account
        )

    def legacy(self, name, text, mode=0o755):
        path = self.path / "etc/promise" / name
        path.write_text("#!/bin/sh\n" + textwrap.dedent(text))
        path.chmod(mode)
        return path

    def plugin(self, name, body, before="", after=""):
        """Write a plugin whose class has this body."""
        text = HEAD + before + CLASS + textwrap.indent(textwrap.dedent(body), "    ") + after
        return self.module(name, text)

    def module(self, name, text):
        path = self.path / "etc/plugin" / f"{name}.py"
        path.write_text(text)
        return path

    def round(self, mode=PromiseMode.TEST, *, forced=True, timeout=20.0):
        return PromiseRound(
            place=self.place,
            release=PurePosixPath(self.release),
            computer=ComputerGuid("COMP-1"),
            master_url="http://127.0.0.1:9",
            mode=mode,
            certificate="/c.crt",
            key="/c.key",
            timeout=timeout,
            forced=forced,
        )

    def check(self, mode=PromiseMode.TEST, **options):
        return self.checker.check(self.round(mode, **options))

    def verdicts(self, mode=PromiseMode.TEST, **options):
        """Run a round and return name, failed and message of each verdict."""
        return [(v.name, v.failed, v.message) for v in self.check(mode, **options).verdicts]

    def stored(self, relative):
        return json.loads((self.path / ".slapgrid/promise" / relative).read_text())


@pytest.fixture
def root():
    made = Path(tempfile.mkdtemp(prefix="promise"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


@pytest.fixture
def partition(root):
    return Partition(root)


@pytest.fixture
def nobodys(root):
    """Return a partition of the user nobody; needs root."""
    return Partition(root, Account(name="nobody", uid=65534, gid=65534, home=PurePosixPath("/nonexistent")))


@pytest.fixture
def partitions(root):
    return [Partition(root / name) for name in ("one", "two", "three")]
