from datetime import timedelta
from pathlib import Path

import pytest

from slap_node.managers.prerm import PreRemoval


@pytest.fixture
def manager(context):
    return PreRemoval(context("prerm"))


def _waited(partition):
    path = Path(partition.place.path / ".slapos-report-wait-service-list")
    return path.read_text() if path.exists() else None


def test_programs_run_once_and_are_waited_for(manager, programs, partition):
    destroyed = partition({"etc/prerm/b": "", "etc/prerm/a": "", "etc/prerm/note": ""})
    Path(destroyed.place.path / "etc/prerm/note").chmod(0o644)
    manager.report(destroyed)
    assert list(programs.commands("slappart0-prerm")) == ["a", "b"]
    assert _waited(destroyed) == "slappart0-prerm:a\nslappart0-prerm:b\n"
    programs.groups.clear()
    manager.report(destroyed)
    assert programs.groups == {}


def test_what_cannot_be_run_is_told(manager, programs, partition, caplog):
    destroyed = partition({"etc/prerm/a": "", "etc/prerm/odd name;": "", "etc/prerm/note": ""})
    Path(destroyed.place.path / "etc/prerm/note").chmod(0o644)
    manager.report(destroyed)
    assert list(programs.commands("slappart0-prerm")) == ["a"]
    assert caplog.messages == [
        "slappart0: 'etc/prerm/note' is not run: it is not executable",
        "slappart0: 'etc/prerm/odd name;' is not run: its name is not valid for a program",
    ]


def test_without_programs_nothing_is_waited_for(manager, programs, partition):
    destroyed = partition()
    manager.report(destroyed)
    assert programs.groups == {}
    assert _waited(destroyed) is None


@pytest.mark.parametrize("date", [None, "nonsense", "later"])
def test_nothing_runs_while_the_files_are_retained(manager, programs, partition, clock, date):
    files = {"etc/prerm/a": "", ".slapos-retention-lock-delay": "2.0"}
    if date == "later":
        date = str((clock.now() + timedelta(hours=1)).timestamp())
    if date is not None:
        files[".slapos-retention-lock-date"] = date
    destroyed = partition(files)
    manager.report(destroyed)
    assert programs.groups == {}
    assert _waited(destroyed) is None


@pytest.mark.parametrize("delay", ["inf", "1e300"])
def test_nothing_runs_while_the_files_are_retained_for_ever(manager, programs, partition, delay):
    manager.report(partition({"etc/prerm/a": "", ".slapos-retention-lock-delay": delay}))
    assert programs.groups == {}


def test_programs_run_when_retention_is_over(manager, programs, partition, clock):
    files = {
        "etc/prerm/a": "",
        ".slapos-retention-lock-delay": "2.0",
        ".slapos-retention-lock-date": str(clock.now().timestamp()),
    }
    manager.report(partition(files))
    assert list(programs.groups) == ["slappart0-prerm"]
