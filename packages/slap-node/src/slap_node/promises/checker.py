"""The promises of a partition, run and remembered on this machine."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from logging import getLogger
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from slap_domain.errors import HostFailure
from slap_domain.model.promise import PromiseMode, PromiseVerdict
from slap_domain.model.promise_log import LogEntry, execution_of, group_executions, parse_log
from slap_domain.planning.node.promises import (
    LEGACY_PERIODICITY,
    KnownPromise,
    PromiseFile,
    PromiseKind,
    PromiseMemory,
    legacy_verdict,
    plan_round,
    promise_bang_message,
    timed_out_verdict,
)
from slap_domain.ports.clock import Clock
from slap_domain.ports.promise_checker import PromiseOutcome, PromiseRound
from slap_node.programs.environment import environment_of_runs
from slap_node.promises.folder import PromiseFolder

if TYPE_CHECKING:
    from slap_node.promises.plugin_runs import PluginOutcome

_LOG = getLogger(__name__)
_LEGACY_JOBS = 4 * (os.cpu_count() or 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ran:
    """A promise that ran; `verdict` is None when it has none in the round's mode."""

    file: PromiseFile
    verdict: PromiseVerdict | None
    memory: PromiseMemory
    execution_time: float
    bang: bool = False


class LocalPromiseChecker:
    """Runs plugins in their release's Python and executables as they are, several at once.

    Args:
        caller: the node's own environment, of which promises get the harmless part.
        passed: names of further variables they get.
    """

    def __init__(self, clock: Clock, caller: Mapping[str, str], passed: Sequence[str] = ()) -> None:
        self._clock = clock
        self._caller = dict(caller)
        self._passed = tuple(passed)

    def check(self, round_: PromiseRound) -> PromiseOutcome:
        """Run the promises that are due and return every verdict.

        Raises:
            DeploymentFailed: the promises cannot be run at all.
            HostFailure: the partition's account cannot be taken.
        """
        folder = PromiseFolder(round_.place)
        known = folder.promises()
        now = self._clock.now()
        plan = plan_round(known, round_.mode, forced=round_.forced, now=now.timestamp())
        ran: tuple[_Ran, ...] = ()
        if plan.run:
            folder.prepare()
            for name in folder.ignored():
                _LOG.warning("%s: etc/promise/%s is not executable: it is no promise", round_.place.id, name)
            ran = _Round(round_, folder, known, now, self._environment(round_)).run(plan.run)
        for promise in ran:
            folder.write_memory(promise.file, promise.memory)
            if promise.verdict is not None:
                folder.write_verdict(promise.file, promise.verdict, promise.execution_time)
        verdicts = (*plan.stored, *(promise.verdict for promise in ran if promise.verdict is not None))
        order = {promise.file.name: number for number, promise in enumerate(known)}
        return PromiseOutcome(
            verdicts=tuple(sorted(verdicts, key=lambda verdict: order[verdict.name])), bang=_bang(ran)
        )

    def _environment(self, round_: PromiseRound) -> Mapping[str, str]:
        account = round_.place.account
        home = PurePosixPath(self._caller.get("HOME", "/")) if account is None else account.home
        return environment_of_runs(self._caller, home=home, passed=self._passed)


class _Round:
    """One round over the promises that are due."""

    def __init__(
        self,
        round_: PromiseRound,
        folder: PromiseFolder,
        known: Sequence[KnownPromise],
        now: datetime,
        environment: Mapping[str, str],
    ) -> None:
        self._round = round_
        self._folder = folder
        self._previous = {promise.file.path: promise.verdict for promise in known}
        self._now = now
        self._environment = environment

    def run(self, files: Sequence[PromiseFile]) -> tuple[_Ran, ...]:
        for file in files:
            self._folder.rotate_log(file)
        plugins = [file for file in files if file.kind is PromiseKind.PLUGIN]
        legacy = [file for file in files if file.kind is PromiseKind.LEGACY]
        # Costly, and not needed where no promise is due.
        from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415

        from slap_node.promises.plugin_runs import run_plugins  # noqa: PLC0415

        with ThreadPoolExecutor(max_workers=_LEGACY_JOBS) as pool:
            # Executables run beside the plugins.
            executed = pool.map(self._run_legacy, legacy)
            outcomes = run_plugins(self._round, plugins, self._environment)
            ran = [self._plugin(file, outcome) for file, outcome in zip(plugins, outcomes, strict=True)]
            return (*ran, *executed)

    def _run_legacy(self, file: PromiseFile) -> _Ran:
        from slap_node.promises.legacy_runs import run_legacy  # noqa: PLC0415 - as above

        memory = self._remember(file, LEGACY_PERIODICITY)
        try:
            outcome = run_legacy(self._round, file, self._environment)
        except HostFailure as failure:  # it is no program that this machine can run
            return _Ran(
                file=file, verdict=self._failed(file, failure.message), memory=memory, execution_time=0.0
            )
        if outcome.entry is None:
            verdict = self._timed_out(file)
        else:
            self._folder.append_log(file, str(outcome.entry))
            verdict = self._concluded(file, outcome.entry)
        return _Ran(
            file=file,
            verdict=verdict,
            memory=memory,
            execution_time=outcome.execution_time,
            bang=self._round.mode is PromiseMode.ANOMALY and outcome.entry is not None,
        )

    def _concluded(self, file: PromiseFile, entry: LogEntry) -> PromiseVerdict:
        groups = group_executions(parse_log(self._folder.log_text(file))) or ((entry,),)
        verdict = legacy_verdict(file.name, self._round.mode, [execution_of(group) for group in groups])
        return PromiseVerdict(
            name=file.name,
            mode=self._round.mode,
            failed=verdict.failed,
            message=verdict.message,
            date=self._now,
        )

    def _plugin(self, file: PromiseFile, outcome: "PluginOutcome") -> _Ran:
        memory = self._remember(file, outcome.periodicity, tested=outcome.tested, anomaly=outcome.anomaly)
        verdict = None
        if outcome.timed_out:
            verdict = self._timed_out(file)
        elif not outcome.disabled:
            verdict = self._plugin_verdict(file, outcome)
        return _Ran(
            file=file,
            verdict=verdict,
            memory=memory,
            execution_time=outcome.execution_time,
            bang=outcome.is_anomaly and outcome.bang,
        )

    def _plugin_verdict(self, file: PromiseFile, outcome: "PluginOutcome") -> PromiseVerdict:
        date = self._now if outcome.date is None else datetime.fromtimestamp(outcome.date, UTC)
        return PromiseVerdict(
            name=file.name,
            # A plugin that looks for anomalies may answer with a test result: it fails without a bang.
            mode=PromiseMode.ANOMALY if outcome.is_anomaly else PromiseMode.TEST,
            failed=outcome.failed,
            message=outcome.message,
            date=date,
        )

    def _failed(self, file: PromiseFile, message: str) -> PromiseVerdict:
        return PromiseVerdict(
            name=file.name, mode=self._round.mode, failed=True, message=message, date=self._now
        )

    def _timed_out(self, file: PromiseFile) -> PromiseVerdict:
        return timed_out_verdict(
            file.name,
            self._round.mode,
            timeout=self._round.timeout,
            previous=self._previous.get(file.path),
            date=self._now,
        )

    def _remember(
        self, file: PromiseFile, periodicity: float | None, *, tested: bool = True, anomaly: bool = True
    ) -> PromiseMemory:
        minutes = LEGACY_PERIODICITY if periodicity is None else periodicity
        timestamp = self._now.timestamp()
        return PromiseMemory(
            is_tested=tested,
            is_anomaly_detected=anomaly,
            periodicity=minutes,
            next_run_after=timestamp + minutes * 60,
            timestamp=timestamp,
            module_file=str(file.path),
            module_file_mtime=file.modified,
        )


def _bang(ran: Sequence[_Ran]) -> str:
    for promise in ran:
        if promise.bang and promise.verdict is not None and promise.verdict.failed:
            return promise_bang_message(promise.file.title)
    return ""
