"""The world of someone at a shell whose `slapos` runs in this process: the real one, without its start."""

import contextlib
import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from features.worlds import masters_log
from features.worlds.command_line import CommandLine, Ran

from slap_cli.main import main
from slap_cli.terminal import process_terminal
from slap_cli.wiring.master import proxy_settings
from slap_proxy.server import running_master


class InProcess(CommandLine):
    """A shell in an empty directory, in which commands and masters share a process; the rest is as it is."""

    def __init__(self) -> None:
        super().__init__()
        self._masters = contextlib.ExitStack()
        self.masters_said: list[str] = []

    def run(self, *words: str | Path, typed: str = "") -> Ran:
        """Run `slapos` to its end and remember how it ended."""
        out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="") for _ in range(2))
        with self._inside(), _streams(io.StringIO(typed), out, err), masters_log.kept_apart() as said:
            status = _ended(*words)
        self.masters_said += said
        self.last = Ran(status=status, out=_text(out), err=_text(err))
        return self.last

    def serve(self, configuration: Path) -> None:
        """Serve the master of a configuration until the shell is closed."""
        with self._inside():
            settings = proxy_settings(str(configuration), process_terminal())
        self._masters.enter_context(running_master(settings))

    def close(self) -> None:
        """End what runs, and delete the directory."""
        self._masters.close()
        super().close()

    @contextlib.contextmanager
    def _inside(self) -> Iterator[None]:
        before, place = dict(os.environ), Path.cwd()
        os.environ.clear()
        os.environ.update({**self.surroundings(), "COLUMNS": "100"})
        os.chdir(self.directory)
        try:
            yield
        finally:
            os.chdir(place)
            os.environ.clear()
            os.environ.update(before)


@contextlib.contextmanager
def _streams(*streams: io.TextIOBase) -> Iterator[None]:
    before = sys.stdin, sys.stdout, sys.stderr, sys.excepthook
    sys.stdin, sys.stdout, sys.stderr = streams
    sys.excepthook = sys.__excepthook__
    try:
        yield
    finally:
        sys.stdin, sys.stdout, sys.stderr, sys.excepthook = before


def _ended(*words: str | Path) -> int:
    """Return the status with which Python would end a process that runs this."""
    try:
        return int(main([str(word) for word in words]))
    except Exception as error:  # noqa: BLE001 - as the interpreter does
        sys.excepthook(type(error), error, error.__traceback__)
        return 1


def _text(stream: io.TextIOWrapper) -> str:
    stream.flush()
    return stream.buffer.getvalue().decode()  # type: ignore[attr-defined]
