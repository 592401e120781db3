"""What a partition's promises are and what is stored about them, below the partition's directory."""

import contextlib
import json
import os
import stat
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from slap_domain.errors import DeploymentFailed, HostFailure
from slap_domain.model.partition import PartitionPlace
from slap_domain.model.promise import PromiseMode, PromiseVerdict
from slap_domain.planning.node.promises import (
    KnownPromise,
    PromiseFile,
    PromiseKind,
    PromiseMemory,
    is_plugin_name,
    shorten_message,
)
from slap_node import guarded_files

STATE = (".slapgrid", "promise")
LOG = (*STATE, "log")
RESULT = (*STATE, "result")
CACHE = (*STATE, "cache")

_PLUGINS = ("etc", "plugin")
_LEGACY = ("etc", "promise")
_OUTDATED = ("promise_status.json", "promise_result.json", "promise_stats.json")
_SIZE_LIMIT = 1024 * 1024
_LOG_LIMIT = 2 * 1024 * 1024
_HISTORY = 200_000  # characters at the end of a log that are looked at
_FILE_MODE = 0o640
_EXECUTABLE = 0o111
_DATE = "%Y-%m-%dT%H:%M:%S+0000"
_TYPES = {PromiseMode.TEST: "Test Result", PromiseMode.ANOMALY: "Anomaly Result"}


class PromiseFolder:
    """The promises of one partition on disk.

    Raises, every method: `HostFailure` when what is stored cannot be read or written.
    """

    def __init__(self, place: PartitionPlace) -> None:
        self._place = place

    def promises(self) -> tuple[KnownPromise, ...]:
        """Return the promises with what is stored of them: plugins first, each kind sorted by name.

        Raises:
            DeploymentFailed: the directories cannot be read.
        """
        return tuple(
            KnownPromise(file=file, memory=self._memory(file), verdict=self._verdict(file))
            for file in (*self._plugins(), *self._legacy())
        )

    def prepare(self) -> None:
        """Create the directories for what promises leave, and remove what older nodes left."""
        for folder in (LOG, RESULT, CACHE):
            guarded_files.make_directory(self._place.path, *folder, owner=self._place.account)
        for name in _OUTDATED:
            guarded_files.remove(self._place.path, *STATE, name)
        if "__init__.py" not in guarded_files.entries(self._place.path, *_PLUGINS) and any(self._plugins()):
            self._write(*_PLUGINS, "__init__.py", text="")

    def ignored(self) -> tuple[str, ...]:
        """Return the files of `etc/promise` that are no promises, since they cannot be executed."""
        return tuple(name for name, details in self._list(*_LEGACY) if not details.st_mode & _EXECUTABLE)

    def write_memory(self, file: PromiseFile, memory: PromiseMemory) -> None:
        """Remember a promise until the next round."""
        content = {
            "is_tested": memory.is_tested,
            "is_anomaly_detected": memory.is_anomaly_detected,
            "periodicity": memory.periodicity,
            "next_run_after": memory.next_run_after,
            "timestamp": memory.timestamp,
            "module_file": memory.module_file,
            "module_file_mtime": memory.module_file_mtime,
        }
        self._write(*CACHE, file.title, text=json.dumps(content))

    def write_verdict(self, file: PromiseFile, verdict: PromiseVerdict, execution_time: float) -> None:
        """Store what a promise concluded."""
        content = {
            "title": file.title,
            "name": file.name,
            "path": str(file.path),
            "execution-time": execution_time,
            "result": {
                "type": _TYPES[verdict.mode],
                "failed": verdict.failed,
                "date": f"{verdict.date.astimezone(UTC):{_DATE}}",
                "message": shorten_message(verdict.message),
            },
        }
        self._write(*RESULT, _result_name(file), text=json.dumps(content))

    def log_text(self, file: PromiseFile) -> str:
        """Return the end of a promise's log; empty when there is none."""
        return (guarded_files.read_text(self._place.path, *LOG, _log_name(file)) or "")[-_HISTORY:]

    def append_log(self, file: PromiseFile, text: str) -> None:
        """Add lines to a promise's log."""
        self._append(file, text + "\n")

    def rotate_log(self, file: PromiseFile) -> None:
        """Put a log that has become large aside, as `<title>.log.1`, and begin a new one."""
        self._append(file, "")

    def _append(self, file: PromiseFile, text: str) -> None:
        guarded_files.append_text(
            self._place.path,
            *LOG,
            _log_name(file),
            text=text,
            rotate_at=_LOG_LIMIT,
            owner=self._place.account,
        )

    def _write(self, *names: str, text: str) -> None:
        guarded_files.write_text(
            self._place.path, *names, text=text, mode=_FILE_MODE, owner=self._place.account
        )

    def _plugins(self) -> Iterator[PromiseFile]:
        for name, details in self._list(*_PLUGINS):
            if is_plugin_name(name) and stat.S_ISREG(details.st_mode):
                yield self._file(PromiseKind.PLUGIN, details, *_PLUGINS, name)

    def _legacy(self) -> Iterator[PromiseFile]:
        for name, details in self._list(*_LEGACY):
            if stat.S_ISREG(details.st_mode) and details.st_mode & _EXECUTABLE:
                yield self._file(PromiseKind.LEGACY, details, *_LEGACY, name)

    def _file(self, kind: PromiseKind, details: os.stat_result, *names: str) -> PromiseFile:
        path = self._place.path.joinpath(*names)
        return PromiseFile(name=path.name, path=path, kind=kind, modified=details.st_mtime)

    def _list(self, *names: str) -> list[tuple[str, os.stat_result]]:
        """Return a folder's files, sorted; recipes put links there, which are followed."""
        path = self._place.path.joinpath(*names)
        found = []
        try:
            with os.scandir(path) as entries:
                for entry in entries:
                    with contextlib.suppress(FileNotFoundError):  # a link that leads nowhere
                        found.append((entry.name, entry.stat()))
        except FileNotFoundError:
            return []
        except OSError as error:
            raise DeploymentFailed(f"cannot list {path}: {error.strerror}") from error
        return sorted(found, key=lambda pair: pair[0])

    def _memory(self, file: PromiseFile) -> PromiseMemory | None:
        content = self._dictionary(*CACHE, file.title)
        try:
            return PromiseMemory(
                is_tested=bool(content["is_tested"]),
                is_anomaly_detected=bool(content["is_anomaly_detected"]),
                periodicity=_number(content["periodicity"]),
                next_run_after=_number(content["next_run_after"]),
                timestamp=_number(content["timestamp"]),
                module_file=str(content["module_file"]),
                module_file_mtime=_number(content["module_file_mtime"]),
            )
        except (KeyError, ValueError):  # none yet, or not ours: the promise runs
            return None

    def _verdict(self, file: PromiseFile) -> PromiseVerdict | None:
        content = self._dictionary(*RESULT, _result_name(file))
        result = content.get("result")
        if not isinstance(result, dict) or content.get("name") != file.name:
            return None
        try:
            date = datetime.strptime(str(result["date"]), _DATE).replace(tzinfo=UTC)
            return PromiseVerdict(
                name=file.name,
                mode=PromiseMode.ANOMALY if result["type"] == "Anomaly Result" else PromiseMode.TEST,
                failed=bool(result["failed"]),
                message=str(result["message"]),
                date=date,
            )
        except (KeyError, ValueError):
            return None

    def _dictionary(self, *names: str) -> Mapping[str, object]:
        """Return what a JSON file holds; nothing when there is none, or it holds something else.

        What is stored is a convenience: where the partition put a link or a pipe, there is nothing.
        """
        try:
            text = guarded_files.read_text(self._place.path, *names, limit=_SIZE_LIMIT)
            content = json.loads(text or "{}")
        except (HostFailure, ValueError, RecursionError):
            return {}
        return content if isinstance(content, dict) else {}


def _result_name(file: PromiseFile) -> str:
    return f"{file.title}.status.json"


def _log_name(file: PromiseFile) -> str:
    return f"{file.title}.log"


def _number(value: object) -> float:
    if isinstance(value, int | float):
        return float(value)
    raise ValueError(value)
