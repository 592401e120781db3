"""Which promises of a partition run now, and what their executions mean."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import PurePosixPath

from slap_domain.model.promise import Execution, PromiseMode, PromiseVerdict, failing

LEGACY_PERIODICITY = 2.0
"""Minutes between two executions of a legacy promise, unless forced."""
MESSAGE_LIMIT = 5000
"""Characters of a message that are stored."""
LEGACY_ANOMALY_COUNT = 3
"""How many failures in a row make an anomaly of a legacy promise."""

_PLUGIN_NAME = re.compile(r"[A-Za-z_].*\.py\Z")


class PromiseKind(StrEnum):
    """How a promise is run."""

    PLUGIN = "plugin"
    LEGACY = "legacy"


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseFile:
    """A promise on disk.

    Attributes:
        modified: seconds since the epoch of its last change.
    """

    name: str
    path: PurePosixPath
    kind: PromiseKind
    modified: float

    @property
    def title(self) -> str:
        """Return the name of its results: the file's without extension (`a.py` and `a.sh` share one)."""
        return PurePosixPath(self.name).stem


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseMemory:
    """What is remembered of a promise between two rounds.

    Attributes:
        periodicity: minutes.
        next_run_after: seconds since the epoch.
        timestamp: when it last ran, in seconds since the epoch.
        module_file: the file it was then; when that changes, everything else is out of date.
    """

    is_tested: bool
    is_anomaly_detected: bool
    periodicity: float
    next_run_after: float
    timestamp: float
    module_file: str
    module_file_mtime: float

    def concerns(self, mode: PromiseMode) -> bool:
        """Tell whether the promise has a verdict in a mode."""
        return self.is_tested if mode is PromiseMode.TEST else self.is_anomaly_detected

    def is_of(self, file: PromiseFile) -> bool:
        """Tell whether it is about the promise as it is on disk now."""
        return self.module_file == str(file.path) and self.module_file_mtime == file.modified


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPromise:
    """A promise with what is stored of it, when anything is."""

    file: PromiseFile
    memory: PromiseMemory | None = None
    verdict: PromiseVerdict | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundPlan:
    """What a round does: the promises to run, and the stored verdicts that count besides."""

    run: tuple[PromiseFile, ...] = ()
    stored: tuple[PromiseVerdict, ...] = ()


def is_plugin_name(name: str) -> bool:
    """Tell whether a file of `etc/plugin` is a promise."""
    return _PLUGIN_NAME.match(name) is not None and not name.startswith("__init__")


def plan_round(promises: Iterable[KnownPromise], mode: PromiseMode, *, forced: bool, now: float) -> RoundPlan:
    """Decide which promises run.

    Args:
        promises: all of the partition, in the order in which they shall be reported.
        mode: what the round is for; promises without a verdict in it are left out.
        forced: run also those whose periodicity has not elapsed.
        now: seconds since the epoch.
    """
    run: list[PromiseFile] = []
    stored: list[PromiseVerdict] = []
    for promise in promises:
        memory = promise.memory if promise.memory and promise.memory.is_of(promise.file) else None
        if memory is not None and not memory.concerns(mode):
            continue
        if not forced and memory is not None and promise.verdict is not None and _is_fresh(memory, now):
            stored.append(promise.verdict)
        else:
            run.append(promise.file)
    return RoundPlan(run=tuple(run), stored=tuple(stored))


def _is_fresh(memory: PromiseMemory, now: float) -> bool:
    # A run in the future means that the clock was set back: what was planned then means nothing.
    return memory.timestamp <= now < memory.next_run_after


def legacy_verdict(name: str, mode: PromiseMode, history: Sequence[Execution]) -> PromiseVerdict:
    """Return what a legacy promise concludes from its executions, newest last, at least one."""
    last = history[-1]
    if mode is PromiseMode.TEST:
        failed = failing(history)
    else:
        count = LEGACY_ANOMALY_COUNT
        failed = failing(history, result_count=count, failure_amount=count)
    return PromiseVerdict(name=name, mode=mode, failed=failed, message=last.message, date=last.date)


def timed_out_verdict(
    name: str, mode: PromiseMode, *, timeout: float, previous: PromiseVerdict | None, date: datetime
) -> PromiseVerdict:
    """Return the verdict of a promise that took too long: when looking for anomalies, once is forgiven."""
    failed = mode is PromiseMode.TEST or (
        previous is not None and (previous.failed or "error:" in previous.message.lower())
    )
    message = f"Error: Promise timed out after {timeout:g} seconds"
    return PromiseVerdict(name=name, mode=mode, failed=failed, message=message, date=date)


def shorten_message(message: str) -> str:
    """Return the end of a message that is too long to be stored."""
    return message if len(message) <= MESSAGE_LIMIT else f"...{message[-MESSAGE_LIMIT:]}"


def promise_bang_message(title: str) -> str:
    """Return what the master is told when an anomaly asks for a new processing."""
    return f"Promise {title} is failing"
