"""What the monitoring of a partition finds of it, in the files and words of existing nodes.

Observed on slapos.core 1.26.1: `.slapgrid/monitor` holds the present figures in `*.status.json`, and series
of a row a minute in `*.data.json`; times are UTC, memory and disk are in MiB, CPU time is in minutes.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from slap_domain.model.consumption.figures import Owner, PartitionFigures, ProcessFigures
from slap_node import guarded_files
from slap_node.partitions.places import owner_of

_FOLDER = (".slapgrid", "monitor")
_MIB = 1024 * 1024
_MINUTE = "%Y-%m-%d %H:%M:00"
_SECOND = "%Y-%m-%d %H:%M:%S"
# A day of minutes, which is what monitoring draws.
_ROWS = 1440


@dataclass(frozen=True, slots=True, kw_only=True)
class _Series:
    """A file of rows: its name, its heading, and the keys of the totals that make a row."""

    name: str
    heading: str
    keys: tuple[str, ...]


_SERIES = (
    _Series(
        name="monitor_resource_process.data.json",
        heading="date, total process, CPU percent, CPU time, CPU threads",
        keys=("date", "total_process", "cpu_percent", "cpu_time", "cpu_num_threads"),
    ),
    _Series(
        name="monitor_resource_memory.data.json",
        heading="date, memory used percent, memory used",
        keys=("date", "memory_percent", "memory_rss"),
    ),
    _Series(
        name="monitor_resource_io.data.json",
        heading="date, io rw counter, io cycles counter, disk used",
        keys=("date", "io_rw_counter", "io_cycles_counter", "disk_used"),
    ),
)


def write_monitoring(owner: Owner, figures: PartitionFigures, *, single_user: bool) -> None:
    """Write all of it, each file at once; what the partition put in the place of one is replaced.

    Raises:
        HostFailure: it cannot be written.
    """
    account = owner_of(owner.path, single_user=single_user)
    for folder in (_FOLDER[:1], _FOLDER):
        guarded_files.make_directory(owner.path, *folder, owner=account)
    totals = _totals(figures)
    documents: dict[str, object] = {
        "monitor_resource.status.json": totals,
        "monitor_process_resource.status.json": [
            _process(owner, item) for item in sorted(figures.processes, key=_weight)
        ],
    }
    for series in _SERIES:
        before = guarded_files.read_or_discard(owner.path, *_FOLDER, series.name)
        documents[series.name] = _extended(series, before, totals, figures.moment)
    for name, document in documents.items():
        text = json.dumps(document)
        guarded_files.write_text(owner.path, *_FOLDER, name, text=text, owner=account)


def _weight(process: ProcessFigures) -> tuple[float, int]:
    return -process.cpu_percent, -process.pid


def _totals(figures: PartitionFigures) -> dict[str, object]:
    return {
        "date": figures.moment.astimezone(UTC).strftime(_MINUTE),
        "total_process": len(figures.processes),
        **_sums(figures.processes),
        "disk_used": round(figures.disk_kib / 1024, 2),
    }


def _sums(processes: Iterable[ProcessFigures]) -> dict[str, object]:
    items = tuple(processes)
    return {
        "cpu_percent": round(sum(item.cpu_percent for item in items), 2),
        "cpu_time": round(sum(item.cpu_time for item in items) / 60, 2),
        "cpu_num_threads": sum(item.threads for item in items),
        "memory_percent": round(sum(item.memory_percent for item in items), 2),
        "memory_rss": round(sum(item.memory_rss for item in items) / _MIB, 2),
        "io_rw_counter": sum(item.io_bytes for item in items),
        "io_cycles_counter": sum(item.io_calls for item in items),
    }


def _process(owner: Owner, process: ProcessFigures) -> dict[str, object]:
    return {
        "pid": process.pid,
        **_sums((process,)),
        "name": process.program,
        "command": process.command,
        "user": owner.name,
        "date": datetime.fromtimestamp(process.started, UTC).strftime(_SECOND),
    }


def _extended(
    series: _Series, before: str | None, totals: Mapping[str, object], moment: datetime
) -> dict[str, object]:
    """Return a series with the row of this minute at its end; what is no series begins anew."""
    begun, rows = _rows_of(before)
    row = ", ".join(str(totals[key]) for key in series.keys)
    kept = [each for each in rows if not each.startswith(f"{totals['date']},")][-(_ROWS - 1) :]
    return {"date": moment.timestamp() if begun is None else begun, "data": [series.heading, *kept, row]}


def _rows_of(text: str | None) -> tuple[float | None, list[str]]:
    """Return when a series began and its rows, without the heading."""
    try:
        document = json.loads(text or "null")
        begun, (_, *rows) = float(document["date"]), document["data"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None, []
    return begun, [row for row in rows if isinstance(row, str)]
