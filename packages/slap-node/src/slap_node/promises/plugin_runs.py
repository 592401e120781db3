"""Runs plugin promises through the launcher, in the Python of their release."""

import importlib.util
import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path, PurePosixPath

from slap_domain.errors import DeploymentFailed
from slap_domain.planning.node.promises import PromiseFile
from slap_domain.ports.promise_checker import PromiseRound
from slap_node.programs import processes
from slap_node.promises import launcher
from slap_node.promises.folder import LOG
from slap_node.promises.release_interpreter import release_python

# Promises mostly wait: for a server's answer, for a program to end.
_JOBS = 4 * (os.cpu_count() or 1)
_SPARE_TIME = 10.0
_OUTPUT_LIMIT = 64 * 1024 * 1024
_ERROR_TAIL = 2000
_FALLBACKS = ("slapos.grid.promise", "slap_domain", "zope.interface")


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginOutcome:
    """What became of one plugin.

    Attributes:
        disabled: it has no verdict in the round's mode.
        is_anomaly: its result asks for a bang when it failed, if `bang` allows.
        date: seconds since the epoch; None: now.
        periodicity: minutes; None when the plugin could not tell.
    """

    path: PurePosixPath
    failed: bool = False
    message: str = ""
    execution_time: float = 0.0
    date: float | None = None
    timed_out: bool = False
    disabled: bool = False
    is_anomaly: bool = False
    bang: bool = False
    tested: bool = True
    anomaly: bool = True
    periodicity: float | None = None


def run_plugins(
    round_: PromiseRound, files: Sequence[PromiseFile], environment: Mapping[str, str]
) -> tuple[PluginOutcome, ...]:
    """Run plugins and return the outcome of each, in their order.

    Raises:
        DeploymentFailed: the release's Python cannot run them at all.
        HostFailure: it cannot be started.
    """
    if not files:
        return ()
    # -B: the node's own environment gets no compiled files, which others might not be able to read.
    python = release_python(round_.release) or (sys.executable, "-B")
    argv = (*python, str(Path(launcher.__file__)), json.dumps(_job(round_, files)))
    finished = processes.run(
        processes.Command(
            argv=(*argv, *(str(file.path) for file in files)),
            directory=round_.place.path,
            environment=environment,
            account=round_.place.account,
            timeout=len(files) * round_.timeout + _SPARE_TIME,
            output_limit=_OUTPUT_LIMIT,
            separate_errors=True,
        )
    )
    outcomes = _outcomes(finished.output)
    if not finished.succeeded and not outcomes:
        raise DeploymentFailed(
            f"promises cannot be run with {python[0]}: {_last_line(finished.errors)}",
            log=finished.errors[-_ERROR_TAIL:],
        )
    return tuple(outcomes.get(file.path) or _lost(file, finished) for file in files)


def _job(round_: PromiseRound, files: Sequence[PromiseFile]) -> Mapping[str, object]:
    place = round_.place
    return {
        "mode": round_.mode.value,
        "timeout": round_.timeout,
        "jobs": _JOBS,
        "sys_path_of": str(files[0].path),
        "fallbacks": _fallbacks(),
        "config": {
            "promise-timeout": f"{round_.timeout:g}",
            "master-url": round_.master_url,
            "partition-cert": round_.certificate,
            "partition-key": round_.key,
            "partition-id": place.id,
            "computer-id": round_.computer,
            "slapgrid-version": version("slap-node"),
            "partition-folder": str(place.path),
            "log-folder": str(place.path.joinpath(*LOG)),
            "debug": False,
        },
    }


def _fallbacks() -> Mapping[str, str]:
    """Return the folder in which each of the node's own packages is found, should a release lack it."""
    folders = {}
    for package in _FALLBACKS:
        spec = importlib.util.find_spec(package)
        if spec is not None and spec.origin is not None:
            depth = package.count(".") + 1
            folders[package] = str(Path(spec.origin).parents[depth])
    return folders


def _outcomes(output: str) -> dict[PurePosixPath, PluginOutcome]:
    found = {}
    for line in output.splitlines():
        outcome = _outcome(line)
        if outcome is not None:
            found[outcome.path] = outcome
    return found


def _outcome(line: str) -> PluginOutcome | None:
    """Read one line of the launcher; a plugin may have written to its output, so anything may come."""
    try:
        content = json.loads(line)
        periodicity, date = content.get("periodicity"), content.get("date")
        return PluginOutcome(
            path=PurePosixPath(str(content["path"])),
            failed=bool(content.get("failed")),
            message=str(content.get("message", "")),
            execution_time=float(content.get("execution_time", 0)),
            date=None if date is None else float(date),
            timed_out=bool(content.get("timed_out")),
            disabled=bool(content.get("disabled")),
            is_anomaly=content.get("type") == "Anomaly Result",
            bang=bool(content.get("bang")),
            tested=bool(content.get("tested", True)),
            anomaly=bool(content.get("anomaly", True)),
            periodicity=None if periodicity is None else float(periodicity),
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _lost(file: PromiseFile, finished: processes.Finished) -> PluginOutcome:
    return PluginOutcome(
        path=file.path,
        failed=True,
        message=f"the promise gave no result: {_last_line(finished.errors)}",
        timed_out=finished.timed_out,
    )


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1] if lines else "nothing was printed"
