"""The SQLite database of figures, in the tables that existing nodes keep (node-conventions section 14)."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

from slap_domain.errors import HostFailure
from slap_domain.model.consumption.figures import DayAverages, OwnerAverages, Snapshot

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "user": (
        "partition",
        "pid",
        "process",
        "cpu_percent",
        "cpu_time",
        "cpu_num_threads",
        "memory_percent",
        "memory_rss",
        "io_rw_counter",
        "io_cycles_counter",
    ),
    "folder": ("partition", "disk_used"),
    "computer": ("cpu_num_core", "cpu_frequency", "cpu_type", "memory_size", "memory_type", "partition_list"),
    "system": (
        "loadavg",
        "cpu_percent",
        "memory_used",
        "memory_free",
        "net_in_bytes",
        "net_in_errors",
        "net_in_dropped",
        "net_out_bytes",
        "net_out_errors",
        "net_out_dropped",
    ),
    "disk": ("partition", "used", "free", "mountpoint"),
    "temperature": ("sensor_id", "temperature", "alarm"),
    "heating": (
        "model_id",
        "sensor_id",
        "initial_temperature",
        "final_temperature",
        "delta_time",
        "zero_emission_ratio",
    ),
}
_TEXT = frozenset(
    {
        "partition",
        "process",
        "cpu_type",
        "memory_type",
        "partition_list",
        "mountpoint",
        "sensor_id",
        "model_id",
    }
)
_FORGOTTEN = tuple(table for table in COLUMNS if table != "heating")
_MIB = 1024 * 1024
_WAIT = 30.0
_Row = tuple[object, ...]


class FigureDatabase:
    """`FigureStore` in `collector.db`; every call opens and closes it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def cpu_times(self, day: date) -> Mapping[str, tuple[datetime, float]]:
        """Return the last moment of a day at which processes were measured, and the seconds each had used."""
        text = day.isoformat()
        rows = self._rows(
            "SELECT process, time, cpu_time FROM user WHERE date = ? "
            "AND time = (SELECT MAX(time) FROM user WHERE date = ?)",
            *(text, text),
        )
        return {str(name): (_moment(day, time), _number(used)) for name, time, used in rows}

    def folder_moments(self) -> Mapping[str, datetime]:
        """Return when the disk usage of each owner was last measured."""
        rows = self._rows("SELECT partition, moment FROM folder_measured")
        return {str(name): datetime.fromisoformat(str(moment)) for name, moment in rows}

    def disk_usage(self) -> Mapping[str, int]:
        """Return the KiB that each owner's folders took when last measured; small ones are not known."""
        rows = self._rows("SELECT partition, disk_used, MAX(rowid) FROM folder GROUP BY partition")
        return {str(name): int(_number(kib)) for name, kib, _ in rows}

    def keep(self, snapshot: Snapshot, folders: Mapping[str, int], measured: tuple[str, ...]) -> None:
        """Keep what was measured: all of it, or nothing."""
        moment = snapshot.moment.astimezone(UTC)
        stamp = (moment.strftime("%Y-%m-%d"), moment.strftime("%H:%M:%S"), 0)
        with self._connected() as connection, connection:
            for table, rows in _snapshot_rows(snapshot, folders).items():
                marks = ", ".join("?" * (len(COLUMNS[table]) + 3))
                connection.executemany(
                    f"INSERT INTO {table} VALUES ({marks})",  # noqa: S608 - a name of ours
                    [(*row, *stamp) for row in rows],
                )
            connection.executemany(
                "INSERT OR REPLACE INTO folder_measured VALUES (?, ?)",
                [(name, moment.isoformat()) for name in measured],
            )

    def averages(self, day: date) -> DayAverages:
        """Return what was used on a day."""
        text = day.isoformat()
        [(cpu, memory)] = self._rows(
            "SELECT AVG(cpu_percent), AVG(memory_used) FROM system WHERE date = ?", text
        )
        # A partition's use at a moment is the sum over its processes; the day's is the average of these.
        users = self._rows(
            "SELECT partition, AVG(cpu), AVG(rss) FROM (SELECT partition, SUM(cpu_percent) AS cpu, "
            "SUM(memory_rss) AS rss FROM user WHERE date = ? GROUP BY partition, time) GROUP BY partition",
            text,
        )
        folders = self._rows(
            "SELECT partition, AVG(disk_used) FROM folder WHERE date = ? GROUP BY partition", text
        )
        disks = {name: _number(kib) / 1024 for name, kib in folders}
        owners = {
            str(name): OwnerAverages(
                cpu_percent=_number(percent),
                memory_mib=_number(rss) / _MIB,
                disk_mib=disks.get(name),
            )
            for name, percent, rss in users
        }
        return DayAverages(
            day=day,
            cpu_percent=None if cpu is None else _number(cpu),
            memory_used=None if memory is None else _number(memory),
            owners=owners,
        )

    def unreported_days(self, before: date) -> tuple[date, ...]:
        """Return the days before one that hold figures not marked as reported, oldest first."""
        union = " UNION ".join(
            f"SELECT date FROM {table} WHERE reported = 0 AND date < :day"  # noqa: S608 - names of ours
            for table in _FORGOTTEN
        )
        with self._connected() as connection:
            rows = connection.execute(union, {"day": before.isoformat()}).fetchall()
        return tuple(sorted(date.fromisoformat(str(day)) for (day,) in rows))

    def mark_reported(self, day: date) -> None:
        """Mark all figures of a day as reported."""
        self._on_every_table("UPDATE {table} SET reported = 1 WHERE date = ? AND reported = 0", day)

    def forget(self, before: date) -> None:
        """Delete reported figures of the days before one; what was measured of heating is kept."""
        self._on_every_table("DELETE FROM {table} WHERE date < ? AND reported = 1", before)

    def table(self, name: str, day: date) -> list[_Row]:
        """Return the rows of a table of one day, in the order in which they were kept.

        Raises:
            HostFailure: the database cannot be read.
        """
        columns = ", ".join((*COLUMNS[name], "date", "time", "reported"))
        return self._rows(
            f"SELECT {columns} FROM {name} WHERE date = ? ORDER BY rowid",  # noqa: S608 - names of ours
            day.isoformat(),
        )

    def _on_every_table(self, statement: str, day: date) -> None:
        with self._connected() as connection, connection:
            for table in _FORGOTTEN:
                connection.execute(statement.format(table=table), (day.isoformat(),))

    def _rows(self, statement: str, *values: str) -> list[_Row]:
        with self._connected() as connection:
            return connection.execute(statement, values).fetchall()

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(self._path, timeout=_WAIT)
            try:
                _make_tables(connection)
                yield connection
            finally:
                connection.close()
        except (OSError, sqlite3.Error) as error:
            raise HostFailure(f"the database of figures {self._path} cannot be used: {error}") from error


def _make_tables(connection: sqlite3.Connection) -> None:
    for table, columns in COLUMNS.items():
        typed = ", ".join(f"{column} {'TEXT' if column in _TEXT else 'REAL'}" for column in columns)
        connection.execute(
            f"CREATE TABLE IF NOT EXISTS {table} ({typed}, date TEXT, time TEXT, reported INTEGER DEFAULT 0)"
        )
        # Of millions of rows, those of a moment and those not reported are found without looking at all.
        connection.execute(f"CREATE INDEX IF NOT EXISTS idx_{table}_moment ON {table} (date, time)")
        connection.execute(f"CREATE INDEX IF NOT EXISTS idx_{table}_reported ON {table} (reported, date)")
    connection.execute(
        "CREATE TABLE IF NOT EXISTS folder_measured (partition TEXT PRIMARY KEY, moment TEXT NOT NULL)"
    )


def _snapshot_rows(snapshot: Snapshot, folders: Mapping[str, int]) -> dict[str, list[_Row]]:
    computer, system = snapshot.computer, snapshot.system
    disks = ";".join(f"{device}={size}" for device, size in computer.disks)
    return {
        "user": [
            (
                item.owner,
                item.pid,
                item.process,
                item.cpu_percent,
                item.cpu_time,
                item.threads,
                item.memory_percent,
                item.memory_rss,
                item.io_bytes,
                item.io_calls,
            )
            for item in snapshot.processes
        ],
        "folder": list(folders.items()),
        "computer": [
            (
                computer.cores,
                computer.frequency,
                computer.cpu_type,
                computer.memory_size,
                computer.memory_type,
                disks,
            )
        ],
        "system": [
            (
                system.load,
                system.cpu_percent,
                system.memory_used,
                system.memory_free,
                system.net_in_bytes,
                system.net_in_errors,
                system.net_in_dropped,
                system.net_out_bytes,
                system.net_out_errors,
                system.net_out_dropped,
            )
        ],
        "disk": [(disk.device, disk.used, disk.free, disk.mountpoint) for disk in snapshot.disks],
        "temperature": [(item.sensor, item.temperature, int(item.alarm)) for item in snapshot.temperatures],
    }


def _number(value: object) -> float:
    return float(str(value))


def _moment(day: date, time: object) -> datetime:
    return datetime.fromisoformat(f"{day.isoformat()}T{time}+00:00")
