"""What a partition's promises are and what is stored about them, below the partition's directory.

The partition's user may put anything there while the node, as root, reads and writes: so every step of a path
is opened without following links, and what is written is new, private, and given to the user.
"""

import contextlib
import json
import os
import stat
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from slap_domain.errors import DeploymentFailed
from slap_domain.model.partition import Account, PartitionPlace
from slap_domain.model.promise import PromiseMode, PromiseVerdict
from slap_domain.planning.promises import (
    KnownPromise,
    PromiseFile,
    PromiseKind,
    PromiseMemory,
    is_plugin_name,
    shorten_message,
)

STATE = PurePosixPath(".slapgrid/promise")
LOG = STATE / "log"
RESULT = STATE / "result"
CACHE = STATE / "cache"

_PLUGINS = PurePosixPath("etc/plugin")
_LEGACY = PurePosixPath("etc/promise")
_OUTDATED = ("promise_status.json", "promise_result.json", "promise_stats.json")
_SIZE_LIMIT = 1024 * 1024
_LOG_LIMIT = 5 * 1024 * 1024
_DATE = "%Y-%m-%dT%H:%M:%S+0000"
_TYPES = {PromiseMode.TEST: "Test Result", PromiseMode.ANOMALY: "Anomaly Result"}
_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class PromiseFolder:
    """The promises of one partition on disk."""

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
        """Create the directories for what promises leave, and remove what older nodes left.

        Raises:
            DeploymentFailed: one cannot be created.
        """
        for folder in (LOG, RESULT, CACHE):
            with self._opened(folder, create=True):
                pass
        with self._opened(STATE) as descriptor:
            for name in _OUTDATED:
                _unlink(name, descriptor)
        if self._exists(_PLUGINS):
            with self._opened(_PLUGINS) as descriptor, contextlib.suppress(FileExistsError):
                os.close(self._create("__init__.py", descriptor))

    def write_memory(self, file: PromiseFile, memory: PromiseMemory) -> None:
        """Remember a promise until the next round.

        Raises:
            DeploymentFailed: it cannot be written.
        """
        content = {
            "is_tested": memory.is_tested,
            "is_anomaly_detected": memory.is_anomaly_detected,
            "periodicity": memory.periodicity,
            "next_run_after": memory.next_run_after,
            "timestamp": memory.timestamp,
            "module_file": memory.module_file,
            "module_file_mtime": memory.module_file_mtime,
        }
        self._write(CACHE, file.title, json.dumps(content))

    def write_verdict(self, file: PromiseFile, verdict: PromiseVerdict, execution_time: float) -> None:
        """Store what a promise concluded.

        Raises:
            DeploymentFailed: it cannot be written.
        """
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
        self._write(RESULT, _result_name(file), json.dumps(content))

    def log_text(self, file: PromiseFile) -> str:
        """Return the end of a promise's log; empty when there is none."""
        return self._read(LOG, _log_name(file), from_end=True) or ""

    def append_log(self, file: PromiseFile, text: str) -> None:
        """Add lines to a promise's log.

        Raises:
            DeploymentFailed: it cannot be written.
        """
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        with self._opened(LOG) as folder, self._failing_as("write", LOG / _log_name(file)):
            descriptor = os.open(_log_name(file), flags, 0o640, dir_fd=folder)
            with os.fdopen(descriptor, "w", encoding="utf-8", errors="replace") as opened:
                self._give(descriptor)
                opened.write(text + "\n")

    def rotate_log(self, file: PromiseFile) -> None:
        """Put a log that has become large aside, as `<title>.log.1`.

        Raises:
            DeploymentFailed: it cannot be renamed.
        """
        name = _log_name(file)
        with (
            self._opened(LOG) as folder,
            self._failing_as("rotate", LOG / name),
            contextlib.suppress(FileNotFoundError),
        ):
            if os.stat(name, dir_fd=folder, follow_symlinks=False).st_size > _LOG_LIMIT:
                os.replace(name, f"{name}.1", src_dir_fd=folder, dst_dir_fd=folder)

    def _plugins(self) -> Iterator[PromiseFile]:
        for name, details in self._list(_PLUGINS):
            if is_plugin_name(name) and stat.S_ISREG(details.st_mode):
                yield self._file(_PLUGINS, name, PromiseKind.PLUGIN, details)

    def _legacy(self) -> Iterator[PromiseFile]:
        for name, details in self._list(_LEGACY):
            if stat.S_ISREG(details.st_mode) and details.st_mode & 0o111:
                yield self._file(_LEGACY, name, PromiseKind.LEGACY, details)

    def _file(
        self, folder: PurePosixPath, name: str, kind: PromiseKind, details: os.stat_result
    ) -> PromiseFile:
        return PromiseFile(
            name=name, path=self._place.path / folder / name, kind=kind, modified=details.st_mtime
        )

    def _list(self, folder: PurePosixPath) -> list[tuple[str, os.stat_result]]:
        """Return a folder's files, sorted; recipes put links there, which are followed."""
        path = str(self._place.path / folder)
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
        content = _dictionary(self._read(CACHE, file.title))
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
        content = _dictionary(self._read(RESULT, _result_name(file)))
        try:
            result = content["result"]
            if not isinstance(result, dict) or content["name"] != file.name:
                return None
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

    def _read(self, folder: PurePosixPath, name: str, *, from_end: bool = False) -> str | None:
        # Links are not followed, pipes not waited for; the size is limited: it is the user's to fill.
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        try:
            descriptor = os.open(str(self._place.path / folder / name), flags)
        except OSError:  # there is none, or it is no file: what is stored is a convenience
            return None
        with os.fdopen(descriptor, "rb") as opened:
            details = os.fstat(descriptor)
            if not stat.S_ISREG(details.st_mode):
                return None
            if from_end:
                opened.seek(max(0, details.st_size - _SIZE_LIMIT))
            return opened.read(_SIZE_LIMIT).decode(errors="replace")

    def _write(self, folder: PurePosixPath, name: str, text: str) -> None:
        with self._opened(folder) as descriptor, self._failing_as("write", folder / name):
            draft = f"{name}.tmp"
            _unlink(draft, descriptor)
            with os.fdopen(self._create(draft, descriptor), "w", encoding="utf-8") as opened:
                opened.write(text)
            os.replace(draft, name, src_dir_fd=descriptor, dst_dir_fd=descriptor)

    def _create(self, name: str, folder: int) -> int:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(name, flags, 0o640, dir_fd=folder)
        self._give(descriptor)
        return descriptor

    def _give(self, descriptor: int) -> None:
        account: Account | None = self._place.account
        if account is not None:
            os.fchown(descriptor, account.uid, account.gid)

    def _exists(self, folder: PurePosixPath) -> bool:
        try:
            details = Path(self._place.path / folder).lstat()
        except FileNotFoundError:
            return False
        return stat.S_ISDIR(details.st_mode)

    @contextlib.contextmanager
    def _opened(self, folder: PurePosixPath, *, create: bool = False) -> Iterator[int]:
        """Open a folder below the partition, step by step, never through a link."""
        with contextlib.ExitStack() as stack:
            with self._failing_as("open", folder):
                descriptor = os.open(str(self._place.path), _DIRECTORY)
                stack.callback(os.close, descriptor)
                for part in folder.parts:
                    descriptor = self._step(part, descriptor, create=create)
                    stack.callback(os.close, descriptor)
            yield descriptor

    def _step(self, part: str, folder: int, *, create: bool) -> int:
        created = False
        if create:
            with contextlib.suppress(FileExistsError):
                os.mkdir(part, 0o755, dir_fd=folder)
                created = True
        descriptor = os.open(part, _DIRECTORY, dir_fd=folder)
        if created:
            self._give(descriptor)
        return descriptor

    @contextlib.contextmanager
    def _failing_as(self, verb: str, path: PurePosixPath) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise DeploymentFailed(
                f"cannot {verb} {self._place.path / path}: {error.strerror}",
                hint="it must be an ordinary file or directory of the partition",
            ) from error


def _result_name(file: PromiseFile) -> str:
    return f"{file.title}.status.json"


def _log_name(file: PromiseFile) -> str:
    return f"{file.title}.log"


def _unlink(name: str, folder: int) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(name, dir_fd=folder)


def _dictionary(text: str | None) -> Mapping[str, object]:
    if text is None:
        return {}
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def _number(value: object) -> float:
    if isinstance(value, int | float):
        return float(value)
    raise ValueError(value)
