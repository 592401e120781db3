"""A node whose consumption is collected."""

import sqlite3
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath

import pytest

from slap_domain.use_cases.node.collect_consumption import CollectConsumption, CollectPorts, CollectSettings
from slap_node.collect.database import FigureDatabase
from slap_node.collect.gauges import LocalGauges
from slap_node.collect.outputs import CollectedFiles


class MovableClock:
    """A clock that goes as this machine's, from noon on: its minute and its day last as long as a test.

    It is ahead, since nothing that is measured may have begun later; `moved` moves it further.
    """

    def __init__(self):
        begin = datetime.now(UTC)
        noon = begin.replace(hour=12, minute=0, second=0, microsecond=0)
        self._ahead = noon + timedelta(days=1) - begin
        self.moved = timedelta()

    def now(self):
        return datetime.now(UTC) + self._ahead + self.moved

    def monotonic(self):
        return time.monotonic()


class Node:
    """An instance root with partitions of this user."""

    def __init__(self, root):
        self.root = root
        for number in range(2):
            (root / f"slappart{number}").mkdir(parents=True)
        (root / "slappart1" / "data").write_bytes(b"x" * 3_000_000)
        (root / "slappartX").mkdir()
        self.clock = MovableClock()
        self.database = FigureDatabase(root / "var" / "data-log" / "collector.db")
        self.complaints = []
        self.gauges = LocalGauges(PurePosixPath(root), "slappart", self.clock.now)

    def collect(self):
        ports = CollectPorts(
            gauges=self.gauges,
            store=self.database,
            outputs=CollectedFiles(PurePosixPath(self.root), self.database, single_user=True),
            clock=self.clock,
            complain=self.complaints.append,
        )
        return CollectConsumption(CollectSettings(computer="COMP-1"), ports).run()

    def rows(self, statement):
        with sqlite3.connect(self.root / "var" / "data-log" / "collector.db") as connection:
            rows = connection.execute(statement).fetchall()
        connection.close()
        return rows


@pytest.fixture
def node(tmp_path):
    return Node(tmp_path / "inst")


@pytest.fixture
def busy(node):
    """Start a process of slappart0 that uses a processor."""
    process = subprocess.Popen(
        [sys.executable, "-c", "print(flush=True)\nwhile True: pass"],
        cwd=node.root / "slappart0",
        stdout=subprocess.PIPE,
    )
    process.stdout.readline()
    yield process
    process.kill()
    process.wait()
    process.stdout.close()
