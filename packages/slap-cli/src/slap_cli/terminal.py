"""What a command has around it: where it reads and writes, its environment and its user's home."""

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from slap_domain.errors import HostFailure
from slap_domain.model.visible_text import visible, visible_json


class OutputFailed(HostFailure):
    """The result of a command cannot be written where it shall go."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terminal:
    """The surroundings of a command, given to it so that tests can give others.

    Attributes:
        out: for results only; everything that is said about them goes to the log.
        home: the user's home directory.
    """

    out: TextIO
    error: TextIO
    input: TextIO
    environment: Mapping[str, str]
    home: Path

    @property
    def is_interactive(self) -> bool:
        """Tell whether a person reads the output."""
        return self.out.isatty()

    @property
    def has_colour(self) -> bool:
        """Tell whether results may be coloured: on a terminal, unless NO_COLOR is set."""
        return self.out.isatty() and not self.environment.get("NO_COLOR")

    def say(self, text: str) -> None:
        """Write one line of the result, control characters in it as escapes.

        Raises:
            OutputFailed: it cannot be written.
        """
        self.write(text + "\n")

    def write(self, text: str) -> None:
        """Write a text of whole lines, control characters in it as escapes.

        Raises:
            OutputFailed: it cannot be written.
        """
        self._write(visible(text))

    def _write(self, text: str) -> None:
        try:
            self.out.write(text)
        except BrokenPipeError:
            raise  # its reader has read enough, which is no failure
        except OSError as error:
            raise OutputFailed(f"the output cannot be written: {error.strerror}") from error

    def say_json(self, value: object) -> None:
        """Write a result as JSON, readable, keys sorted."""
        import json

        text = json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False, default=str)
        self._write(visible_json(text) + "\n")

    def say_table(self, titles: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Write a result as a table with aligned columns."""
        shown = [[visible(cell) for cell in row] for row in rows]
        widths = [
            max(len(titles[column]), *(len(row[column]) for row in shown)) if shown else len(titles[column])
            for column in range(len(titles))
        ]
        heading = _aligned(titles, widths)
        self._write(f"\x1b[1m{heading}\x1b[0m\n" if self.has_colour else heading + "\n")
        for row in shown:
            self.say(_aligned(row, widths))


def path_of_user(text: str, home: Path) -> Path:
    """Return a path, `~` meaning the home directory of the terminal's user."""
    return home / text[2:] if text.startswith("~/") else Path(text)


def _aligned(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()


def process_terminal() -> Terminal:
    """Return the surroundings of this process."""
    return Terminal(out=sys.stdout, error=sys.stderr, input=sys.stdin, environment=os.environ, home=_home())


def _home() -> Path:
    """Return the user's home directory; the root where there is none, as in containers with a bare number."""
    try:
        return Path.home()
    except RuntimeError:
        return Path("/")
