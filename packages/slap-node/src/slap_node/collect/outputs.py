"""The files in which figures are told: CSV, archives of past days, JSON, consumption journals."""

import csv
import io
import os
import re
import tarfile
import tempfile
from collections.abc import Iterable, Sequence
from datetime import date
from itertools import pairwise
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from slap_domain.errors import HostFailure
from slap_domain.model.consumption.figures import Owner, PartitionFigures
from slap_domain.model.references import ComputerGuid
from slap_node.collect.database import COLUMNS, FigureDatabase
from slap_node.collect.monitoring import write_monitoring

if TYPE_CHECKING:
    from slap_domain.model.consumption.tio import Journal

_REPORT = re.compile(r"(\d{4}-\d\d-\d\d)\.xml\Z")
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_COUNTED = frozenset({"net_in_bytes", "net_out_bytes"})
_BYTES = frozenset({"memory_used", "memory_free"})

_Points = list[tuple[str, object]]


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
            self._write_series(f"system_{column}", _system_series(column, number, rows))
        series: dict[str, _Points] = {}
        for device, used, free, _, on, time, _ in self._database.table("disk", day):
            name = _UNSAFE.sub("_", str(device))
            for what, size in (("used", used), ("free", free)):
                points = series.setdefault(f"system_disk_memory_{what}_{name}", [])
                points.append((f"{on} {time}", _kib(size)))
        for name, points in series.items():
            self._write_series(name, points)

    def _write_series(self, name: str, points: _Points) -> None:
        _write(self._data / f"{name}.csv", _csv([("time", "entry"), *points]))

    def dump_day(self, day: date) -> None:
        """Pack all figures of a past day into one archive."""
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
            for table in COLUMNS:
                text = _csv(self._database.table(table, day)).encode()
                member = tarfile.TarInfo(f"{day.isoformat()}/dump_{table}.csv")
                member.size = len(text)
                archive.addfile(member, io.BytesIO(text))
        _write(self._data / f"{day.isoformat()}.tar.gz", buffer.getvalue())

    def write_partition(self, owner: Owner, figures: PartitionFigures) -> None:
        """Write what a partition uses where its monitoring finds it, besides what it used before."""
        write_monitoring(owner, figures, single_user=self._single_user)

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

    def report_day(self, computer: ComputerGuid, day: date, journal: "Journal") -> None:
        """Keep the journal of a day, and hand it to `node report`, which sends it."""
        from slap_http_adapter.tio import write_journal  # noqa: PLC0415 - costly, and needed once a day

        text, name = write_journal(journal), f"{day.isoformat()}.xml"
        # What says that the day was reported comes last: an interrupted run reports it again.
        _write(self._var / "xml_report" / computer / name, text)
        _write(self._var / "consumption-report" / name, text)


def _system_series(column: str, number: int, rows: Sequence[tuple[object, ...]]) -> _Points:
    """Return a series as existing nodes tell it: from the second moment on, in KiB what is measured in bytes.

    What the network counts since boot is told as what was added since the moment before.
    """
    points: _Points = []
    for before, row in pairwise(rows):
        value = row[number]
        if column in _COUNTED:
            value = _kib(float(str(value)) - float(str(before[number])))
        elif column in _BYTES:
            value = _kib(value)
        points.append((f"{row[-3]} {row[-2]}", value))
    return points


def _kib(size: object) -> float:
    return float(str(size)) / 1024


def _csv(rows: Iterable[Sequence[object]]) -> str:
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
