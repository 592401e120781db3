"""Runs plugin promises: a program for the Python of a software release, which may be older than the node's.

    python launcher.py JOB PLUGIN...

JOB is a JSON dictionary (see `slap_node.promises.plugin_runs`), each PLUGIN the path of a plugin. Nothing but
the standard library is imported here. Each plugin is imported and run in a process of its own, several at
once; one line of JSON per plugin goes to standard output, whatever plugins print to standard error.

The plugin's class comes from whichever `slapos.grid.promise` it imports: the release's own, where the release
has one, else the node's. So only what both offer is used.
"""
# ruff: noqa: UP017, UP031 - the release's Python may be older than the node's

from __future__ import annotations

import ast
import contextlib
import importlib.util
import json
import os
import selectors
import signal
import sys
import time
import traceback
from datetime import datetime, timezone
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Job = dict[str, Any]  # what the node asks
    Outcome = dict[str, Any]  # what became of one plugin

_GRACE = 1.0
_READ_SIZE = 65536
_LINE_LIMIT = 4 * 1024 * 1024
_MESSAGE_LIMIT = 64 * 1024
_CLASS = "RunPromise"
_GENERIC = "slapos.grid.promise.generic"


class PluginError(Exception):
    """A plugin is no promise."""


class _Discard:
    """Takes the place of the queue to which existing base classes send results."""

    def put(self, *_args: object, **_kwargs: object) -> None:
        """Drop a result."""

    put_nowait = put


class FallbackFinder:
    """Finds the node's own packages where the release has none of their name.

    Args:
        folders: for each package, by its dotted name (`slapos.grid.promise`), the folder that holds the first
            component of the name.
    """

    def __init__(self, folders: dict[str, str]) -> None:
        self._folders = folders

    def find_spec(self, name: str, _path: object = None, _target: object = None) -> ModuleSpec | None:
        """Return the spec of a module that no other finder knows."""
        for package, folder in self._folders.items():
            if (name + ".").startswith(package + ".") or (package + ".").startswith(name + "."):
                parent = Path(folder).joinpath(*name.split(".")[:-1])
                spec = PathFinder.find_spec(name, [str(parent)])
                if spec is not None:
                    # Compiled files would come into the node's own environment, for this user alone.
                    sys.dont_write_bytecode = True
                    return spec
        return None


def first_paths(text: str) -> list[str]:
    """Return what the first assignment of a plugin puts in `sys.path[0:0]`; nothing when it is another."""
    for node in ast.parse(text).body:
        if isinstance(node, ast.Assign):
            target = node.targets[0]
            if isinstance(target, ast.Subscript) and ast.dump(target.value) == _SYS_PATH:
                return [str(path) for path in ast.literal_eval(node.value)]
            return []
    return []


_SYS_PATH = ast.dump(ast.parse("sys.path", mode="eval").body)


def run_plugin(path: str, job: Job) -> Outcome:
    """Run one plugin and return its outcome as a dictionary."""
    begin = time.time()
    outcome: Outcome = {"path": path}
    try:
        outcome.update(_sense_and_conclude(_make_promise(path, job), job["mode"]))
    except SystemExit as error:
        message = "the promise ended itself, with sys.exit(%r)" % (error.code,)
        outcome.update(failed=True, message=message[-_MESSAGE_LIMIT:], type=_default_type(job["mode"]))
    except Exception as error:  # noqa: BLE001 - a plugin may raise anything; it fails, the others go on
        traceback.print_exc()
        outcome.update(
            failed=True, message=_text_of(error)[-_MESSAGE_LIMIT:], type=_default_type(job["mode"])
        )
    outcome["execution_time"] = round(time.time() - begin, 3)
    return outcome


def _make_promise(path: str, job: Job) -> Any:  # noqa: ANN401 - of the release
    name = Path(path).stem
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise PluginError("%s is no Python module" % path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    promise_class = _checked_class(getattr(module, _CLASS, None), path)
    extra = getattr(module, "extra_config_dict", {})
    if not isinstance(extra, dict):
        raise PluginError("extra_config_dict of %s is no dictionary" % path)
    config = dict(job["config"], name=Path(path).name, path=path, queue=_Discard())
    clash = sorted(set(extra) & (set(config) - {"periodicity"}))
    if clash:
        raise PluginError("extra_config_dict of %s may not set %s" % (path, ", ".join(clash)))
    config.update(extra)
    return promise_class(config)


def _checked_class(promise_class: object, path: str) -> type[Any]:
    if not isinstance(promise_class, type):
        raise PluginError("%s defines no class %s" % (path, _CLASS))
    bases = {(base.__module__, base.__name__) for base in promise_class.__mro__}
    if (_GENERIC, "GenericPromise") not in bases:
        raise PluginError("class %s of %s is no subclass of %s.GenericPromise" % (_CLASS, path, _GENERIC))
    interface = importlib.import_module("slapos.grid.promise.interface").IPromise
    if not interface.implementedBy(promise_class):
        raise PluginError(
            "class %s of %s does not implement slapos.grid.promise.interface.IPromise" % (_CLASS, path)
        )
    return promise_class


def _sense_and_conclude(promise: Any, mode: str) -> Outcome:  # noqa: ANN401
    tested, watched = bool(promise.isTested()), bool(promise.isAnomalyDetected())
    memory = {"tested": tested, "anomaly": watched, "periodicity": float(promise.getPeriodicity())}
    if not tested and not watched:
        raise PluginError("It's not allowed to disable both Test and Anomaly in promise!")
    if not (tested if mode == "test" else watched):
        return dict(memory, disabled=True)
    try:
        promise.sense()
    except Exception as error:  # noqa: BLE001 - what a check raises is its result
        traceback.print_exc()
        promise.logger.error(_text_of(error))  # noqa: TRY400 - people read the message, not the trace
    result = promise.test() if mode == "test" else promise.anomaly()
    return dict(memory, **_result_fields(promise, result))


def _result_fields(promise: Any, result: Any) -> Outcome:  # noqa: ANN401
    date = getattr(result, "date", None)
    if isinstance(date, datetime):
        date = date if date.tzinfo else date.replace(tzinfo=timezone.utc)
    else:
        date = datetime.now(timezone.utc)
    message = result.message
    return {
        "failed": bool(result.hasFailed()),
        # The node keeps the end of a message only, and shorter still.
        "message": "" if message is None else str(message)[-_MESSAGE_LIMIT:],
        "date": date.timestamp(),
        "type": "Anomaly Result" if _is_anomaly(result) else "Test Result",
        "bang": _bang_allowed(promise),
    }


def _is_anomaly(result: object) -> bool:
    return any(base.__name__ == "AnomalyResult" for base in type(result).__mro__)


def _bang_allowed(promise: Any) -> bool:  # noqa: ANN401
    if hasattr(promise, "isBangAllowed"):
        return bool(promise.isBangAllowed())
    # Base classes of releases keep it to themselves.
    return bool(getattr(promise, "_GenericPromise__allow_bang", True))


def _default_type(mode: str) -> str:
    return "Test Result" if mode == "test" else "Anomaly Result"


def _text_of(error: Exception) -> str:
    return str(error) or type(error).__name__


class Child:
    """A plugin that runs in a process of its own."""

    def __init__(self, path: str, job: Job) -> None:
        self.path = path
        self.begin = time.monotonic()
        self.deadline = self.begin + job["timeout"]
        self.timed_out = False
        self._data = b""
        self._started: list[int] = []
        self._reader, writer = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            _child_main(path, job, writer)
        os.close(writer)

    def fileno(self) -> int:
        """Return what becomes readable when there is an outcome, or an end."""
        return self._reader

    def read(self) -> bool:
        """Read what there is; return whether the outcome is complete."""
        data = os.read(self._reader, _READ_SIZE)
        self._data += data
        # What the plugin leaves running may hold the pipe open: the end of the line counts.
        return not data or data.endswith(b"\n") or len(self._data) > _LINE_LIMIT

    def expire(self) -> bool:
        """Ask it to end; return whether it was asked before and its second of grace is over."""
        if not self.timed_out:
            self.timed_out = True
            # Looked up before it ends: what it leaves hangs on init afterwards.
            self._started = _descendants(self.pid)
            self.deadline = time.monotonic() + _GRACE
            _signal(self.pid, signal.SIGTERM)
            return False
        return True

    def finish(self) -> Outcome:
        """Kill what is left of it and return its outcome."""
        for pid in (*self._started, *_descendants(self.pid), self.pid):
            _signal(pid, signal.SIGKILL)
        _signal(-self.pid, signal.SIGKILL)
        _, status = os.waitpid(self.pid, 0)
        os.close(self._reader)
        elapsed = round(time.monotonic() - self.begin, 3)
        if self.timed_out:
            return {"path": self.path, "timed_out": True, "execution_time": elapsed}
        try:
            outcome: Outcome = json.loads(self._data.decode())
        except ValueError:
            message = "the promise ended without a result: it " + _ending(status)
            return {"path": self.path, "failed": True, "message": message, "execution_time": elapsed}
        return outcome


def _ending(status: int) -> str:
    if os.WIFSIGNALED(status):
        return "was killed by signal %d" % os.WTERMSIG(status)
    return "exited with %d" % os.WEXITSTATUS(status)


def _child_main(path: str, job: Job, writer: int) -> None:
    try:
        os.setsid()
        os.chdir(job["config"]["partition-folder"])
        data = json.dumps(run_plugin(path, job)).encode() + b"\n"
        while data:
            data = data[os.write(writer, data) :]
        sys.stderr.flush()
    finally:
        os._exit(0)


def _signal(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)


def _descendants(ancestor: int) -> list[int]:
    """Return the pids of all that a process started and that still hang on it."""
    parents = {}
    for place in Path("/proc").iterdir():
        if place.name.isdigit():
            try:
                fields = (place / "stat").read_bytes().rpartition(b")")[2].split()
                parents[int(place.name)] = int(fields[1])
            except (OSError, IndexError, ValueError):
                continue
    found: list[int] = []
    new = {ancestor}
    while new:
        new = {pid for pid, parent in parents.items() if parent in new}
        found.extend(new)
    return found


def run_all(paths: Sequence[str], job: Job, emit: Callable[[Outcome], None]) -> None:
    """Run plugins, at most job["jobs"] at once, and pass each outcome to `emit` as it comes."""
    waiting = list(reversed(paths))
    selector = selectors.DefaultSelector()
    running: list[Child] = []
    while waiting or running:
        while waiting and len(running) < job["jobs"]:
            child = Child(waiting.pop(), job)
            running.append(child)
            selector.register(child, selectors.EVENT_READ)
        soonest = min(child.deadline for child in running)
        ready = [key.fileobj for key, _ in selector.select(max(0.0, soonest - time.monotonic()))]
        for child in list(running):
            ended = child in ready and child.read()
            if ended or (time.monotonic() >= child.deadline and child.expire()):
                selector.unregister(child)
                running.remove(child)
                emit(child.finish())


def main(arguments: Sequence[str]) -> int:
    """Run the job of the command line; the exit status is that of the program itself, not of promises."""
    job, paths = json.loads(arguments[0]), arguments[1:]
    if sys.path and sys.path[0] == str(Path(__file__).parent):
        del sys.path[0]  # the node's modules beside this one are not for plugins
    with os.fdopen(os.dup(1), "w") as results:
        os.dup2(2, 1)
        sys.meta_path.append(FallbackFinder(job["fallbacks"]))
        if job["sys_path_of"]:
            sys.path[0:0] = first_paths(Path(job["sys_path_of"]).read_text(encoding="utf-8"))
        importlib.import_module(_GENERIC)  # once, before every child needs it

        def emit(outcome: Outcome) -> None:
            results.write(json.dumps(outcome) + "\n")
            results.flush()

        run_all(paths, job, emit)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
