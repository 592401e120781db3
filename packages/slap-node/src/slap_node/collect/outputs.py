"""The files in which figures are told: CSV, archives of past days, JSON, consumption journals."""

import csv
import io
import json
import os
import re
import tarfile
import tempfile
from datetime import date
from pathlib import Path, PurePosixPath

from slap_domain.errors import HostFailure
from slap_domain.model.consumption.figures import Owner, ProcessFigures, Snapshot
from slap_domain.model.consumption.tio import Journal
from slap_domain.model.references import ComputerGuid
from slap_http_adapter.tio import write_journal
from slap_node import guarded_files
from slap_node.collect.database import COLUMNS, FigureDatabase
from slap_node.partitions.places import owner_of

_REPORT = re.compile(r"(\d{4}-\d\d-\d\d)\.xml\Z")
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_MONITOR = (".slapgrid", "monitor")


class CollectedFiles:
    """`CollectionOutputs` below the instance root (node-conventions section 14).

    Args:
        instance_root: of the node.
        database: whose figures are told.
        single_user: files of partitions are written as the node's own user.
    """

    def __init__(
        self, instance_root: PurePosixPath, database: FigureDatabase, *, single_user: bool = False
    ) -> None:
        self._var = Path(instance_root) / "var"
        self._data = self._var / "data-log"
        self._database = database
        self._single_user = single_user

    def write_today(self, day: date) -> None:
        """Write the figures of the day so far as CSV."""
        rows = self._database.table("system", day)
        for number, column in enumerate(COLUMNS["system"]):
            self._write_series(f"system_{column}", [(str(row[-1]), row[number]) for row in rows])
        series: dict[str, list[tuple[str, object]]] = {}
        for device, used, free, *_, time in self._database.table("disk", day):
            name = _UNSAFE.sub("_", str(device)).strip("_")
            series.setdefault(f"system_disk_memory_used_{name}", []).append((str(time), used))
            series.setdefault(f"system_disk_memory_free_{name}", []).append((str(time), free))
        for name, points in series.items():
            self._write_series(name, points)

    def _write_series(self, name: str, points: list[tuple[str, object]]) -> None:
        column = name.removeprefix("system_")
        _write(self._data / f"{name}.csv", _csv([("time", column), *points]))

    def dump_day(self, day: date) -> None:
        """Pack all figures of a past day into one archive."""
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
            for table, columns in COLUMNS.items():
                rows = self._database.table(table, day)
                text = _csv([(*columns, "date", "time"), *rows]).encode()
                member = tarfile.TarInfo(f"{day.isoformat()}/dump_{table}.csv")
                member.size = len(text)
                archive.addfile(member, io.BytesIO(text))
        _write(self._data / f"{day.isoformat()}.tar.gz", buffer.getvalue())

    def write_partition(self, owner: Owner, snapshot: Snapshot) -> None:
        """Write what a partition uses now where its monitoring finds it."""
        processes = [item for item in snapshot.processes if item.owner == owner.name]
        moment = snapshot.moment.isoformat(timespec="seconds")
        account = owner_of(owner.path, single_user=self._single_user)
        for folder in (_MONITOR[:1], _MONITOR):
            guarded_files.make_directory(owner.path, *folder, owner=account)
        for name, document in (
            ("monitor_resource.status.json", _totals(moment, processes)),
            ("monitor_process_resource.status.json", [_process(moment, item) for item in processes]),
        ):
            text = json.dumps(document)
            guarded_files.write_text(owner.path, *_MONITOR, name, text=text, owner=account)

    def reported_days(self) -> frozenset[date]:
        """Return the days whose consumption was reported."""
        folder = self._var / "consumption-report"
        try:
            names = [entry.name for entry in folder.iterdir()]
        except FileNotFoundError:
            return frozenset()
        except OSError as error:
            raise HostFailure(f"cannot list {folder}: {error.strerror}") from error
        return frozenset(date.fromisoformat(match[1]) for name in names if (match := _REPORT.match(name)))

    def report_day(self, computer: ComputerGuid, day: date, journal: Journal) -> None:
        """Keep the journal of a day, and hand it to `node report`, which sends it."""
        text, name = write_journal(journal), f"{day.isoformat()}.xml"
        # What says that the day was reported comes last: an interrupted run reports it again.
        _write(self._var / "xml_report" / computer / name, text)
        _write(self._var / "consumption-report" / name, text)


def _totals(moment: str, processes: list[ProcessFigures]) -> dict[str, object]:
    return {
        "date": moment,
        "cpu_percent": round(sum(item.cpu_percent for item in processes), 2),
        "cpu_time": round(sum(item.cpu_time for item in processes), 2),
        "cpu_num_threads": sum(item.threads for item in processes),
        "memory_percent": round(sum(item.memory_percent for item in processes), 2),
        "memory_rss": sum(item.memory_rss for item in processes),
        "io_rw_counter": sum(item.io_bytes for item in processes),
        "io_cycles_counter": sum(item.io_calls for item in processes),
        "process_amount": len(processes),
    }


def _process(moment: str, item: ProcessFigures) -> dict[str, object]:
    return {
        "date": moment,
        "pid": item.pid,
        "cpu_percent": round(item.cpu_percent, 2),
        "cpu_time": round(item.cpu_time, 2),
        "cpu_num_threads": item.threads,
        "memory_percent": round(item.memory_percent, 2),
        "memory_rss": item.memory_rss,
        "io_rw_counter": item.io_bytes,
        "io_cycles_counter": item.io_calls,
    }


def _csv(rows: list[tuple[object, ...]] | list[tuple[str, object]]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows(rows)
    return buffer.getvalue()


def _write(path: Path, content: str | bytes) -> None:
    """Write a file at once, making its directory."""
    data = content.encode() if isinstance(content, str) else content
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                os.fchmod(descriptor, 0o644)
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise HostFailure(f"cannot write {path}: {error.strerror}") from error
