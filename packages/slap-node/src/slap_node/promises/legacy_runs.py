"""Runs legacy promises: executables whose exit status is the check and whose output is the message."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from slap_domain.model.promise_log import LogEntry
from slap_domain.planning.node.promises import PromiseFile, shorten_message
from slap_domain.ports.promise_checker import PromiseRound
from slap_node.programs import processes

_OUTPUT_LIMIT = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class LegacyOutcome:
    """What became of one executable.

    Attributes:
        entry: what its log gets; None when it took too long.
        execution_time: seconds.
    """

    entry: LogEntry | None
    execution_time: float


def run_legacy(round_: PromiseRound, file: PromiseFile, environment: Mapping[str, str]) -> LegacyOutcome:
    """Run one executable in the partition's directory.

    Raises:
        HostFailure: the account cannot be taken.
    """
    begin = time.monotonic()
    finished = processes.run(
        processes.Command(
            argv=(str(file.path),),
            directory=round_.place.path,
            environment=environment,
            account=round_.place.account,
            timeout=round_.timeout,
            output_limit=_OUTPUT_LIMIT,
        )
    )
    execution_time = round(time.monotonic() - begin, 3)
    entry = None if finished.timed_out else _entry(finished)
    return LegacyOutcome(entry=entry, execution_time=execution_time)


def _entry(finished: processes.Finished) -> LogEntry:
    now = datetime.now().astimezone().replace(tzinfo=None)
    return LogEntry(
        date=now.replace(microsecond=0),
        level="INFO" if finished.succeeded else "ERROR",
        execution=f"{int(now.timestamp())}-{now.microsecond // 1000:03d}",
        message=shorten_message(finished.output.rstrip("\n")),
    )
