"""The master of the existing implementation, started once for many scenarios that each find it empty."""

import shutil
import urllib.request
from pathlib import Path

from features.worlds.command_line import CommandLine, eventually
from features.worlds.computer import COMPUTER, MASTER_CONFIGURATION
from features.worlds.loopback import free_port, listens


class ExistingMaster:
    """A running master of the existing implementation.

    Args:
        program: its `slapos`.
    """

    def __init__(self, program: Path) -> None:
        self._shell = CommandLine()
        self.port = free_port()
        directory = self._shell.directory
        self._database, self._empty = directory / "proxy.sqlite", directory / "empty.sqlite"
        configuration = directory / "slapos-proxy.cfg"
        values = {"computer": COMPUTER, "url": self.url, "port": self.port, "directory": directory}
        configuration.write_text(MASTER_CONFIGURATION.format_map(values))
        self._master = self._shell.start("proxy", "start", "--cfg", configuration, program=program)
        eventually(lambda: listens(self.port) or self._master.poll() is not None)
        assert self._master.poll() is None, self._shell.log_of("proxy")
        # It makes its tables when it is asked for the first time, and opens its database for each question.
        self._ask()
        shutil.copyfile(self._database, self._empty)

    @property
    def url(self) -> str:
        """Return where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def forget(self) -> None:
        """Give it the records of a master that was never told anything."""
        shutil.copyfile(self._empty, self._database)

    def close(self) -> None:
        """End it."""
        self._shell.close()

    def _ask(self) -> None:
        with urllib.request.urlopen(
            f"{self.url}/getFullComputerInformation?computer_id={COMPUTER}"
        ) as answer:
            assert answer.status == 200
