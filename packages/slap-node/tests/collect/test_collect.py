"""Collecting what this machine and its partitions use."""

import csv
import itertools
import json
import tarfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePosixPath

import psutil
import pytest

from slap_domain.errors import HostFailure
from slap_domain.model.configuration import parse_configuration
from slap_domain.model.consumption.figures import Owner
from slap_domain.testing.collection import FigureStoreContract
from slap_domain.testing.collection_contract import CollectionOutputsContract
from slap_http_adapter.tio import read_journal
from slap_node.collect import monitoring
from slap_node.collect.assembly import collect_consumption
from slap_node.collect.database import COLUMNS, FigureDatabase
from slap_node.collect.outputs import CollectedFiles
from slap_node.settings import node_settings


class TestFigureDatabase(FigureStoreContract):
    @pytest.fixture(autouse=True)
    def _remember(self, tmp_path):
        self._path = tmp_path / "data-log" / "collector.db"

    def make_store(self):
        return FigureDatabase(self._path)


_FIGURES = (
    *("cpu_percent", "cpu_time", "cpu_num_threads", "memory_percent", "memory_rss"),
    *("io_rw_counter", "io_cycles_counter"),
)


class TestCollectedFiles(CollectionOutputsContract):
    @pytest.fixture(autouse=True)
    def _remember(self, node):
        self._node = node

    def make_outputs(self):
        return CollectedFiles(PurePosixPath(self._node.root), self._node.database, single_user=True)

    def owner(self):
        return self._node.gauges.owners()[0]

    def missing_owner(self):
        path = PurePosixPath("/nonexistent/slappart9")
        return Owner(name="slappart9", partition="slappart9", uid=1, path=path, folders=(path,))


def test_the_tables_are_those_of_existing_nodes(node, busy):
    node.collect()
    for table, columns in COLUMNS.items():
        names = [row[1] for row in node.rows(f"PRAGMA table_info({table})")]
        assert names == [*columns, "date", "time", "reported"]
    [(moment, reported)] = node.rows("SELECT date || 'T' || time, reported FROM system")
    assert abs(datetime.fromisoformat(f"{moment}+00:00") - node.clock.now()) < timedelta(seconds=30)
    assert reported == 0
    [(cores, memory, disks)] = node.rows("SELECT cpu_num_core, memory_size, partition_list FROM computer")
    assert cores == psutil.cpu_count()
    assert memory == psutil.virtual_memory().total
    assert all("=" in disk for disk in disks.split(";") if disk)
    assert node.rows("SELECT partition, disk_used > 2900 FROM folder") == [("slappart1", 1)]


def test_monitoring_finds_what_a_partition_uses(node, busy):
    node.collect()
    folder = node.root / "slappart0" / ".slapgrid" / "monitor"
    totals = json.loads((folder / "monitor_resource.status.json").read_text())
    assert set(totals) == {*_FIGURES, "total_process", "date", "disk_used"}
    assert totals["total_process"] == 1
    [process] = json.loads((folder / "monitor_process_resource.status.json").read_text())
    assert set(process) == {*_FIGURES, "pid", "name", "command", "user", "date"}
    same = psutil.Process(busy.pid)
    assert process["pid"] == busy.pid
    assert (process["name"], process["command"]) == (same.name(), same.cmdline())
    assert process["memory_rss"] == pytest.approx(same.memory_info().rss / 1024**2, rel=0.2)
    began = datetime.fromtimestamp(same.create_time(), UTC)
    assert process["date"] == began.strftime("%Y-%m-%d %H:%M:%S")
    assert totals["memory_rss"] == process["memory_rss"]
    assert (
        json.loads(
            (
                node.root / "slappart1" / ".slapgrid" / "monitor" / "monitor_process_resource.status.json"
            ).read_text()
        )
        == []
    )


def test_series_get_a_row_a_minute_whatever_the_partition_makes_of_them(node, busy):
    folder = node.root / "slappart1" / ".slapgrid" / "monitor"
    for minute in (0, 0, 1):
        node.clock.moved = timedelta(minutes=minute)
        node.collect()
    memory = json.loads((folder / "monitor_resource_memory.data.json").read_text())
    heading, first, second = memory["data"]
    assert heading == "date, memory used percent, memory used"
    assert (first.partition(", ")[2], second.partition(", ")[2]) == ("0, 0.0", "0, 0.0")
    io = json.loads((folder / "monitor_resource_io.data.json").read_text())["data"]
    assert io[0] == "date, io rw counter, io cycles counter, disk used"
    assert float(io[-1].rpartition(", ")[2]) == pytest.approx(2.9, abs=0.2)
    processes = json.loads((folder / "monitor_resource_process.data.json").read_text())["data"]
    assert processes[0] == "date, total process, CPU percent, CPU time, CPU threads"

    for junk in ("[", "{}", '{"date": 1, "data": []}', '{"date": 1, "data": ["x", 5]}', "[" * 100_000):
        (folder / "monitor_resource_memory.data.json").write_text(junk)
        node.collect()
        data = json.loads((folder / "monitor_resource_memory.data.json").read_text())["data"]
        assert data == [heading, data[-1]]
    assert node.complaints == []


def test_a_series_holds_a_day(node, monkeypatch):
    monkeypatch.setattr(monitoring, "_ROWS", 2)
    for minute in range(4):
        node.clock.moved = timedelta(minutes=minute)
        node.collect()
    path = node.root / "slappart0" / ".slapgrid" / "monitor" / "monitor_resource_memory.data.json"
    assert len(json.loads(path.read_text())["data"]) == 1 + 2


def test_today_is_told_as_csv(node):
    for minute in range(3):
        node.clock.moved = timedelta(minutes=minute)
        node.collect()
    data = node.root / "var" / "data-log"
    with (data / "system_loadavg.csv").open() as file:
        rows = list(csv.reader(file))
    kept = node.rows("SELECT date || ' ' || time, loadavg, memory_used, net_in_bytes FROM system")
    assert rows[0] == ["time", "entry"]
    assert [(time, float(entry)) for time, entry in rows[1:]] == [row[:2] for row in kept[1:]]
    assert _entries(data / "system_memory_used.csv") == [row[2] / 1024 for row in kept[1:]]
    received = [row[3] for row in kept]
    assert _entries(data / "system_net_in_bytes.csv") == [
        (after - before) / 1024 for before, after in itertools.pairwise(received)
    ]
    assert len(list(data.glob("system_disk_memory_used_*.csv"))) == len(
        {device for (device,) in node.rows("SELECT partition FROM disk")}
    )


def _entries(path):
    with path.open() as file:
        return [float(row["entry"]) for row in csv.DictReader(file)]


def test_a_past_day_is_reported_dumped_and_deleted(node, busy):
    node.collect()
    day = node.clock.now().date().isoformat()
    node.clock.moved = timedelta(days=1)
    node.collect()

    report = node.root / "var" / "xml_report" / "COMP-1" / f"{day}.xml"
    [transaction] = read_journal(report.read_text()).transactions
    assert transaction.reference == f"{day}-global"
    references = {movement.reference for movement in transaction.movements}
    assert references == {"COMP-1", "slappart0"}
    assert (node.root / "var" / "consumption-report" / f"{day}.xml").read_text() == report.read_text()
    with tarfile.open(node.root / "var" / "data-log" / f"{day}.tar.gz") as archive:
        assert set(archive.getnames()) == {f"{day}/dump_{table}.csv" for table in COLUMNS}
        text = archive.extractfile(f"{day}/dump_user.csv").read().decode()
    [process] = [line.split(",") for line in text.splitlines()]
    assert process[:2] == ["slappart0", str(float(busy.pid))]
    assert (process[-3], process[-1]) == (day, "0")
    assert node.rows(f"SELECT DISTINCT reported FROM system WHERE date = '{day}'") == [(1,)]

    report.unlink()
    node.collect()
    assert not report.exists()
    node.clock.moved = timedelta(days=17)
    node.collect()
    assert node.rows(f"SELECT * FROM system WHERE date = '{day}'") == []


def test_a_database_that_is_broken_is_told(node):
    (node.root / "var" / "data-log").mkdir(parents=True)
    (node.root / "var" / "data-log" / "collector.db").write_text(
        "no database, but long enough to be looked at"
    )
    with pytest.raises(HostFailure, match="database of figures"):
        node.collect()


def test_a_partition_that_cannot_be_written_to_is_complained_of(node):
    (node.root / "slappart0" / ".slapgrid").write_text("in the way")
    node.collect()
    [complaint] = node.complaints
    assert "slappart0" in complaint


def test_it_is_put_together_from_the_configuration(tmp_path):
    (tmp_path / "inst" / "part0").mkdir(parents=True)
    configuration = parse_configuration(
        "[slapos]\ncomputer_id = COMP-1\nmaster_url = http://127.0.0.1\n"
        f"software_root = {tmp_path}\ninstance_root = {tmp_path}/inst\nroot_check = false\n"
        "[slapformat]\npartition_base_name = part\n[collect]\nreport_disk_usage = false\n",
        "slapos.cfg",
    )
    collect_consumption(configuration, node_settings(configuration), lambda line: None).run()
    assert (tmp_path / "inst" / "var" / "data-log" / "collector.db").exists()


def test_it_is_cheap(node):
    before = time.process_time()
    node.collect()
    assert time.process_time() - before < 1.0
    assert Path(node.root / "var" / "data-log" / "collector.db").stat().st_size < 1_000_000
