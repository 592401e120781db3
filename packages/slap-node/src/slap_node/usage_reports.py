"""The consumption reports of this computer: scripts that write them, and files that wait to be sent."""

import os
import secrets
import stat
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from slap_domain.errors import Cancelled, DeploymentFailed, HostFailure, InvalidInput
from slap_domain.model.consumption.tio import Journal
from slap_domain.model.partition import PartitionPlace
from slap_domain.model.references import ComputerGuid
from slap_domain.ports.output_lines import OnLine
from slap_domain.ports.usage_reports import StoredConsumption, StoredJournal
from slap_http_adapter.tio import read_consumption, read_journal, write_journal
from slap_node import guarded_files
from slap_node.programs.environment import environment_of_runs
from slap_node.programs.log_tail import log_tail
from slap_node.programs.processes import Command, run
from slap_node.settings import NodeSettings

_REPORTS = ("var", "xml_report")
_SCRIPT_TIME = 600.0
_SIZE_LIMIT = 4 * 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageReportsOnDisk:
    """Finds them where existing nodes do (node-conventions section 7)."""

    settings: NodeSettings
    caller: Mapping[str, str] = field(default_factory=lambda: dict(os.environ), repr=False)
    cancel: threading.Event = field(default_factory=threading.Event)

    def measure(self, place: PartitionPlace, on_line: OnLine) -> None:
        """Run the report scripts of a partition, as its user; each of them, even if another fails.

        Raises:
            DeploymentFailed: one of them fails or takes too long.
        """
        failures = []
        for name in guarded_files.entries(place.path, "etc", "report"):
            script = place.path / "etc" / "report" / name
            if not os.access(script, os.X_OK) or not Path(script).is_file():
                continue
            failure = self._run_script(place, script, on_line)
            if failure is not None:
                failures.append(failure)
        if failures:
            raise failures[0]

    def consumptions(
        self, place: PartitionPlace, on_invalid: Callable[[str], None]
    ) -> tuple[StoredConsumption, ...]:
        """Return the valid reports of a partition; the others stay where they are."""
        found = []
        roots = (place.path, *_REPORTS), (self.settings.instance_root, *_REPORTS, place.id)
        for root, *names in roots:
            for path, text in _texts(PurePosixPath(root), *(str(name) for name in names)):
                try:
                    consumption = read_consumption(text)
                except InvalidInput as error:
                    on_invalid(f"{path} is no valid consumption report: {error}")
                    continue
                date = _date(path)
                if date is not None:  # else it was removed meanwhile
                    found.append(StoredConsumption(key=str(path), consumption=consumption, date=date))
        return tuple(found)

    def journals(
        self, computer: ComputerGuid, on_invalid: Callable[[str], None]
    ) -> tuple[StoredJournal, ...]:
        """Return the valid reports of the computer; the others stay where they are."""
        found = []
        for path, text in _texts(self.settings.instance_root, *_REPORTS, computer):
            try:
                read_journal(text)
            except InvalidInput as error:
                on_invalid(f"{path} is no valid journal: {error}")
                continue
            found.append(StoredJournal(key=str(path), journal=text))
        return tuple(found)

    def text(self, journal: Journal) -> str:
        """Return the document to send for a journal, valid against the schema.

        Raises:
            InvalidInput: it would not be valid.
        """
        text = write_journal(journal)
        read_journal(text)
        return text

    def discard(self, keys: tuple[str, ...]) -> None:
        """Remove reports that the master has."""
        for key in keys:
            path = PurePosixPath(key)
            if path.is_relative_to(self.settings.instance_root):
                names = path.relative_to(self.settings.instance_root).parts
                guarded_files.remove(self.settings.instance_root, *names)

    def _run_script(
        self, place: PartitionPlace, script: PurePosixPath, on_line: OnLine
    ) -> DeploymentFailed | None:
        guarded_files.make_directory(place.path, *_REPORTS, owner=place.account)
        report = place.path.joinpath(*_REPORTS, f"{script.name}.{secrets.token_hex(8)}.xml")
        command = Command(
            argv=(str(script), str(report)),
            directory=place.path,
            environment=environment_of_runs(
                self.caller,
                home=place.path if place.account is None else place.account.home,
                passed=self.settings.passed_environment,
            ),
            account=place.account,
            timeout=self.settings.partition_timeout or _SCRIPT_TIME,
        )
        finished = run(command, on_line, self.cancel)
        if finished.cancelled:
            raise Cancelled
        if finished.succeeded:
            return None
        return DeploymentFailed(
            f"usage report script {script} {finished.ending}", log=log_tail(finished.output)
        )


def _texts(root: PurePosixPath, *names: str) -> list[tuple[PurePosixPath, str]]:
    found = []
    for name in guarded_files.entries(root, *names):
        path = root.joinpath(*names, name)
        if name.startswith(".") or not stat.S_ISREG(_mode(path)):
            continue
        text = guarded_files.read_text(root, *names, name, limit=_SIZE_LIMIT)
        if text is not None:
            found.append((path, text))
    return found


def _mode(path: PurePosixPath) -> int:
    try:
        return Path(path).lstat().st_mode
    except FileNotFoundError:
        return 0
    except OSError as error:
        raise HostFailure(f"cannot look at {path}: {error.strerror}") from error


def _date(path: PurePosixPath) -> datetime | None:
    seconds = guarded_files.modification_time(path.parent, path.name)
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
