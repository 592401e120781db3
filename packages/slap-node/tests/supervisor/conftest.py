import contextlib
import shutil
import tempfile
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

import pytest

from slap_domain.errors import HostFailure
from slap_domain.model.partition import Account, PartitionPlace
from slap_domain.model.references import PartitionId
from slap_node.supervisor.adapter import SupervisordSupervisor
from slap_node.supervisor.supervisor_settings import SupervisorSettings

RUN_FOREVER = "#!/bin/sh\nexec sleep 1000\n"


class Node:
    """An instance root with a real supervisord, and what tests need to fill it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.supervisor = SupervisordSupervisor(SupervisorSettings(instance_root=root))

    def with_watchdog(self, command: tuple[str, ...]) -> "Node":
        self.supervisor = SupervisordSupervisor(SupervisorSettings(instance_root=self.root, watchdog=command))
        return self

    def script(self, partition: str, relative: str, text: str = RUN_FOREVER) -> Path:
        path = self.root / partition / relative
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))
        path.chmod(0o755)
        return path

    def place(self, name: str, account: Account | None = None) -> PartitionPlace:
        path = self.root / name
        path.mkdir(exist_ok=True)
        return PartitionPlace(id=PartitionId(name), path=PurePosixPath(path), account=account)

    @staticmethod
    def wait(condition: Callable[[], object], timeout: float = 15.0) -> None:
        deadline = time.monotonic() + timeout
        while not condition():
            assert time.monotonic() < deadline, "it did not happen in time"
            time.sleep(0.02)

    def settle(self) -> None:
        """Wait until no program is on its way, nor between fork and exec, when it would miss a signal."""
        self.wait(lambda: not any(self._on_its_way(program) for program in self.supervisor.programs()))

    @staticmethod
    def _on_its_way(program) -> bool:
        if program.state in {"STARTING", "STOPPING"}:
            return True
        try:
            return b"supervisor.supervisord" in Path(f"/proc/{program.pid}/cmdline").read_bytes()
        except OSError:
            return False

    def states(self, group: str) -> dict[str, str]:
        return {
            program.name: program.state for program in self.supervisor.programs() if program.group == group
        }

    def pids(self, group: str) -> dict[str, int]:
        return {program.name: program.pid for program in self.supervisor.programs() if program.group == group}


@pytest.fixture
def node() -> Iterator[Node]:
    # A Unix socket's path is short; pytest's own temporary paths are not always.
    root = Path(tempfile.mkdtemp(prefix="sv"))
    root.chmod(0o755)
    made = Node(root / "i")
    made.root.mkdir()
    try:
        yield made
    finally:
        with contextlib.suppress(HostFailure):
            made.settle()
        made.supervisor.shut_down()
        shutil.rmtree(root)
