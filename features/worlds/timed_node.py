"""The node of a computer in this process, which goes by a clock that is not this machine's."""

import contextlib
import os
from collections.abc import Iterator
from datetime import UTC, datetime

from features.worlds.computer import Computer

from slap_cli.wiring.node import NodeComposition
from slap_domain.model.configuration import parse_configuration
from slap_domain.testing.manual_clock import ManualClock
from slap_domain.use_cases.node.deploy_instances import PartitionOutcome, PartitionResult
from slap_node.assembly import instances_of, report_of
from slap_node.settings import node_settings


class TimedNode:
    """The node of a computer, and what became of its instance at the last pass."""

    def __init__(self, computer: Computer) -> None:
        self._computer = computer
        self.clock = ManualClock(datetime.now(UTC))
        self.outcome: PartitionOutcome | None = None
        self.program = self.program_of_web()

    def make_pass(self) -> None:
        """Work on the instances once."""
        with self._composed() as node:
            parts = instances_of(node.parts, node.hosts, node.supervisor, node.promises)
            with parts as instances:
                node.supervisor.ensure_running()
                (self.outcome,) = [
                    outcome
                    for outcome in instances.run().partitions
                    if outcome.result is not PartitionResult.FREE
                ]

    def report(self) -> None:
        """Report once."""
        with self._composed() as node:
            node.supervisor.ensure_running()
            report_of(node.parts, node.hosts, node.supervisor).run()

    def program_of_web(self) -> list[int]:
        """Return the pids of the programs of web."""
        with self._composed() as node:
            return [one.pid for one in node.supervisor.programs() if one.group == "slappart0"]

    @contextlib.contextmanager
    def _composed(self) -> Iterator[NodeComposition]:
        text = self._computer.configuration.read_text()
        settings = node_settings(parse_configuration(text, "slapos.cfg"), {})
        node = NodeComposition(settings, dict(os.environ), self.clock)
        with node.connection:
            yield node
