"""The log of a command: on stderr as loud as was asked, in the log file always as with -v."""

import logging
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from slap_domain.errors import HostFailure
from slap_domain.model.visible_text import visible

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterator

    from slap_cli.terminal import Terminal

_COLOURS = {
    logging.DEBUG: "\x1b[2m",
    logging.INFO: "",
    logging.WARNING: "\x1b[33m",
    logging.ERROR: "\x1b[31m",
    logging.CRITICAL: "\x1b[31m",
}
_FILE_FORMAT = "%(asctime)s %(name)s[%(process)d] %(levelname)s %(message)s"
# Libraries that tell of every connection they make; -vv shows them.
_CHATTERING = ("httpx", "httpcore", "asyncio", "uvicorn", "pyroute2", "sqlalchemy", "alembic")
# Some give their loggers a level of their own when they are imported, later: these are quiet below it too.
_BELOW = ("pyroute2.netlink",)


@dataclass(frozen=True, slots=True, kw_only=True)
class LogSettings:
    """What the common options ask of the log.

    Attributes:
        verbosity: -1 for -q, 0, 1 for -v, 2 for -vv.
        file: path of the log file; empty for none.
    """

    verbosity: int = 0
    file: str = ""
    colour: bool = False
    time: bool = False


def log_settings(options: "Namespace") -> LogSettings:
    """Return what the common options ask of the log."""
    return LogSettings(
        verbosity=-1 if options.quiet else options.verbosity,
        file=options.log_file,
        colour=options.log_color,
        time=options.log_time,
    )


class _ConsoleFormatter(logging.Formatter):
    """Writes information as it is, and anything else after its level: `error: …`."""

    def __init__(self, *, colour: bool, time: bool) -> None:
        super().__init__(datefmt="%Y-%m-%d %H:%M:%S")
        self._colour = colour
        self._time = time

    def format(self, record: logging.LogRecord) -> str:
        text = record.getMessage()
        if record.levelno != logging.INFO:
            text = f"{record.levelname.lower()}: {text}"
        if self._time:
            text = f"{self.formatTime(record, self.datefmt)} {text}"
        if record.exc_info:
            text = f"{text}\n{self.formatException(record.exc_info)}"
        text = visible(text)
        start = _COLOURS.get(record.levelno, "") if self._colour else ""
        return f"{start}{text}\x1b[0m" if start else text


class _FileFormatter(logging.Formatter):
    """Writes every record with its time, so that whoever shows the file sees all of it."""

    def __init__(self) -> None:
        super().__init__(_FILE_FORMAT)

    def format(self, record: logging.LogRecord) -> str:
        return visible(super().format(record))


@contextmanager
def logging_to(settings: LogSettings, terminal: "Terminal") -> "Iterator[None]":
    """Send the log of everything to the terminal, and to the log file, until the end of the block.

    Raises:
        HostFailure: the log file cannot be written.
    """
    handlers = [_console_handler(settings, terminal)]
    if settings.file:
        handlers.append(_file_handler(settings.file, terminal))
    root = logging.getLogger()
    level_before = root.level
    root.setLevel(logging.DEBUG)
    for name in (*_CHATTERING, *_BELOW):
        logging.getLogger(name).setLevel(logging.NOTSET if settings.verbosity > 1 else logging.WARNING)
    for handler in handlers:
        if settings.verbosity <= 1:
            handler.addFilter(_is_no_chatter)
        root.addHandler(handler)
    try:
        yield
    finally:
        for handler in handlers:
            root.removeHandler(handler)
            handler.close()
        root.setLevel(level_before)


def _is_no_chatter(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.WARNING or record.name.partition(".")[0] not in _CHATTERING


def _console_handler(settings: LogSettings, terminal: "Terminal") -> logging.Handler:
    handler = logging.StreamHandler(terminal.error)
    colour = settings.colour and terminal.error.isatty() and not terminal.environment.get("NO_COLOR")
    handler.setFormatter(_ConsoleFormatter(colour=colour, time=settings.time))
    levels = {-1: logging.WARNING, 0: logging.INFO}
    handler.setLevel(levels.get(settings.verbosity, logging.DEBUG))
    return handler


class _LogFile(logging.FileHandler):
    """Says once, on the console, that it cannot be written any more; the command goes on without it."""

    def __init__(self, path: str, terminal: "Terminal") -> None:
        super().__init__(path, encoding="utf-8")
        self._terminal = terminal
        self._written = True

    def emit(self, record: logging.LogRecord) -> None:
        if self._written:
            super().emit(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        error = sys.exc_info()[1]
        if isinstance(error, OSError):
            self._give_up(error)
        else:
            super().handleError(record)

    def close(self) -> None:
        try:
            super().close()
        except OSError as error:
            self._give_up(error)

    def _give_up(self, error: OSError) -> None:
        if self._written:
            self._terminal.error.write(
                f"warning: the log file {self.baseFilename} cannot be written any more: {error.strerror}\n"
            )
        self._written = False


def _file_handler(path: str, terminal: "Terminal") -> logging.Handler:
    try:
        handler = _LogFile(path, terminal)
    except OSError as error:
        raise HostFailure(
            f"cannot write the log file {path}: {error.strerror}",
            hint="--log-file takes a file in a directory that exists and that you may write",
        ) from error
    handler.setFormatter(_FileFormatter())
    handler.setLevel(logging.DEBUG)
    return handler
