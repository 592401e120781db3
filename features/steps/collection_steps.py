"""Steps about the figures that a computer collects."""

import datetime as dt
import json
import sqlite3

from features.worlds.computer import COMPUTER
from pytest_bdd import given, parsers, then

_TABLES = ("user", "folder", "computer", "system", "disk", "temperature")


def _database(computer):
    return computer.shell.directory / "instance" / "var" / "data-log" / "collector.db"


def _waiting(computer):
    folder = computer.shell.directory / "instance" / "var" / "xml_report" / COMPUTER
    return sorted(path.name for path in folder.glob("*.xml"))


def _yesterday():
    return (dt.datetime.now(dt.UTC).date() - dt.timedelta(1)).isoformat()


@given("figures were collected yesterday")
def _(computer):
    computer.operator_runs("node collect")
    connection = sqlite3.connect(_database(computer))
    with connection:
        for table in _TABLES:
            connection.execute(f"UPDATE {table} SET date = ?", (_yesterday(),))
    connection.close()
    for folder in ("consumption-report", f"xml_report/{COMPUTER}"):  # as if none of it had been told yet
        for report in (computer.shell.directory / "instance" / "var" / folder).glob("*.xml"):
            if folder != "consumption-report" or report.stem == _yesterday():
                report.unlink()


@given("the database of figures is broken")
def _(computer):
    _database(computer).parent.mkdir(parents=True)
    _database(computer).write_text("this is no database, however long one looks at it")


@then(parsers.parse("there are figures of {number:d} moments"))
def _(computer, number):
    connection = sqlite3.connect(_database(computer))
    assert connection.execute("SELECT COUNT(*) FROM system").fetchone() == (number,)
    connection.close()


@then("each partition's monitoring finds what it uses")
def _(computer):
    for number in range(3):
        folder = computer.shell.directory / "instance" / f"slappart{number}" / ".slapgrid" / "monitor"
        assert "memory_rss" in json.loads((folder / "monitor_resource.status.json").read_text())


@then("the journal of yesterday waits to be sent")
def _(computer):
    assert _waiting(computer) == [f"{_yesterday()}.xml"]


@then("no journal waits to be sent")
def _(computer):
    assert _waiting(computer) == []
