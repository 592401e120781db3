"""The log of a promise: what each of its executions wrote, as text and as values."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from slap_domain.model.promise import Execution

FAILURE_LEVELS = frozenset({"ERROR", "CRITICAL"})
"""The levels that make an execution failed."""

_DATE = "%Y-%m-%d %H:%M:%S"
_LINE = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) - (\w+) - (\d+-\d{3}) - (.*)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEntry:
    """One message of an execution.

    Attributes:
        date: local wall time without a zone, as it is written.
        execution: text that all messages of one execution share.
        message: may have several lines.
    """

    date: datetime
    level: str
    execution: str
    message: str

    @property
    def is_failure(self) -> bool:
        """Tell whether this message makes its execution failed."""
        return self.level in FAILURE_LEVELS

    def __str__(self) -> str:
        """Return the line or lines of the log file, without the last line end."""
        return f"{self.date:{_DATE}} - {self.level} - {self.execution} - {self.message}"


def parse_log(text: str) -> tuple[LogEntry, ...]:
    """Read the text of a log; lines that begin no message continue the one before.

    A text that begins in the middle of a message (the end of a long file) loses that message.
    """
    entries: list[LogEntry] = []
    for line in text.splitlines():
        match = _LINE.match(line)
        if match:
            entries.append(_entry(*match.groups()))
        elif entries:
            last = entries[-1]
            entries[-1] = LogEntry(
                date=last.date,
                level=last.level,
                execution=last.execution,
                message=f"{last.message}\n{line}",
            )
    return tuple(entries)


def _entry(date: str, level: str, execution: str, message: str) -> LogEntry:
    parsed = datetime.strptime(date, _DATE)  # noqa: DTZ007 - the log has local time without a zone
    return LogEntry(date=parsed, level=level, execution=execution, message=message)


def group_executions(entries: Iterable[LogEntry]) -> tuple[tuple[LogEntry, ...], ...]:
    """Return the messages of each execution, oldest execution first."""
    groups: list[list[LogEntry]] = []
    for entry in entries:
        if groups and groups[-1][0].execution == entry.execution:
            groups[-1].append(entry)
        else:
            groups.append([entry])
    return tuple(tuple(group) for group in groups)


def execution_of(entries: Sequence[LogEntry]) -> Execution:
    """Return what the messages of one execution, at least one, say together."""
    return Execution(
        date=entries[0].date,
        failed=any(entry.is_failure for entry in entries),
        message="\n".join(entry.message for entry in entries),
    )
