"""A terminal of its own, in which a program is typed into and read."""

import os
import pty
import select
import subprocess
import termios
import time
from pathlib import Path

import pytest
from features.worlds.command_line import SLAPOS, CommandLine

_PATIENCE = 60.0


class Typed:
    """A program in a terminal, and somebody who types into it and reads.

    Args:
        words: of its command line.
        environment: of it.
    """

    def __init__(self, *words: str | Path, environment: dict[str, str]) -> None:
        self.terminal, inside = pty.openpty()
        self.seen = ""
        termios.tcsetwinsize(inside, (40, 120))
        self.program = subprocess.Popen(
            words, stdin=inside, stdout=inside, stderr=inside, env=environment, start_new_session=True
        )
        os.close(inside)

    def reads(self, text: str) -> None:
        """Wait until a text is shown."""
        deadline = time.monotonic() + _PATIENCE
        while text not in self.seen:
            ready, _, _ = select.select([self.terminal], [], [], max(0.0, deadline - time.monotonic()))
            assert ready, f"{text!r} is not shown in {self.seen[-2000:]!r}"
            if not self._read():
                pytest.fail(f"it ended, having shown {self.seen[-2000:]!r}")

    def reads_all(self) -> str:
        """Return what is shown until the program ends."""
        while self._read():
            pass
        return self.seen.replace("\r\n", "\n")

    def types(self, text: str) -> None:
        """Type a line."""
        self.seen = ""
        os.write(self.terminal, f"{text}\r".encode())

    def close(self) -> None:
        """End it."""
        self.program.kill()
        self.program.wait()
        os.close(self.terminal)

    def _read(self) -> bool:
        try:
            shown = os.read(self.terminal, 65536).decode("utf-8", "replace")
        except OSError:  # the program has ended, and the terminal with it
            return False
        self.seen += shown
        if "\x1b[6n" in shown:  # it asks where the cursor is
            os.write(self.terminal, b"\x1b[1;1R")
        return bool(shown)


def shown_on_terminal(shell: CommandLine, *words: str) -> str:
    """Return what `slapos` prints, on both streams, when a terminal is what it prints to."""
    environment = {name: value for name, value in shell.surroundings().items() if name != "NO_COLOR"}
    typed = Typed(SLAPOS, *words, environment={**environment, "TERM": "xterm"})
    try:
        return typed.reads_all()
    finally:
        typed.close()
