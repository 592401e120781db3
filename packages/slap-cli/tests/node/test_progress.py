"""What the log tells of a node's work."""

import io
import logging
from pathlib import Path

import pytest

from slap_cli.node.progress import (
    NodeProgress,
    report_consumption,
    report_instances,
    report_software,
    say_promises,
)
from slap_cli.terminal import Terminal
from slap_domain.model.references import PartitionId, SoftwareUrl
from slap_domain.model.software_release import SoftwareState
from slap_domain.ports.progress_listener import Progress, ProgressKind
from slap_domain.use_cases.node.check_promises import PartitionVerdicts, PromisesOutcome
from slap_domain.use_cases.node.deploy_instances import InstancesOutcome, PartitionOutcome, PartitionResult
from slap_domain.use_cases.node.install_software import ReleaseOutcome, ReleaseResult, SoftwareOutcome
from slap_domain.use_cases.node.report_consumption import ConsumptionOutcome, PartitionReport, ReportResult

URL = SoftwareUrl("http://host/web/software.cfg")


@pytest.fixture
def told(caplog):
    caplog.set_level(logging.DEBUG)
    return lambda: [(record.levelname, record.getMessage()) for record in caplog.records]


@pytest.mark.parametrize("kind", list(ProgressKind))
def test_every_kind_of_event_is_told(told, kind):
    NodeProgress().tell(Progress(kind=kind, subject="slappart0", text="something"))
    assert len(told()) == 1


def test_output_carries_what_it_belongs_to(told):
    NodeProgress().tell(Progress(kind=ProgressKind.OUTPUT, subject=URL, label="web", text="a line \n"))
    NodeProgress().tell(Progress(kind=ProgressKind.OUTPUT, subject="slappart0", text="a line \nanother"))
    assert told() == [("INFO", "web: a line"), ("INFO", "slappart0: a line\nslappart0: another")]


def test_a_warning_about_the_node_as_a_whole_has_no_subject(told):
    NodeProgress().tell(Progress(kind=ProgressKind.WARNING, text="odd"))
    assert told() == [("WARNING", "odd")]


def test_a_build_that_failed_is_told_with_its_log_and_its_hint(told):
    failure = ReleaseOutcome(
        release=URL, result=ReleaseResult.FAILED, message="no", log="one\ntwo\n", hint="mend it"
    )
    report_software(
        SoftwareOutcome(
            releases=(failure,), unmatched=("x",), collected=("old",), uncollected=("stuck cannot go",)
        )
    )
    assert [line for line in told() if line[0] != "DEBUG"] == [
        ("WARNING", "no release that is supplied to this computer is x"),
        ("ERROR", f"{URL} was not built: no\n  one\n  two\nhint: mend it"),
        ("ERROR", "stuck cannot go"),
        ("INFO", "removed old, which nothing needs"),
        ("INFO", "releases: 1 failed"),
    ]


def test_a_removal_that_failed_is_told_as_one(told):
    failure = ReleaseOutcome(
        release=URL, result=ReleaseResult.FAILED, wanted=SoftwareState.DESTROYED, message="no"
    )
    report_software(SoftwareOutcome(releases=(failure,)))
    assert ("ERROR", f"{URL} was not removed: no") in told()


def test_a_traceback_is_told_by_its_end_and_kept_whole_for_those_who_look(told):
    lines = [
        "Promise 'p' failed with output: Traceback",
        *(f"  frame {n}" for n in range(20)),
        "OSError: full",
    ]
    outcome = PartitionOutcome(
        partition=PartitionId("slappart0"),
        result=PartitionResult.PROMISE_FAILED,
        title="one",
        message="\n".join(lines),
    )
    report_instances(InstancesOutcome(partitions=(outcome,)))
    (whole,) = [text for level, text in told() if level == "DEBUG"]
    (essence,) = [text for level, text in told() if level == "ERROR"]
    assert "frame 10" in whole
    assert "frame 10" not in essence
    assert essence.splitlines()[0] == "slappart0 (one): Promise 'p' failed with output: OSError: full"
    assert essence.splitlines()[-1].startswith("hint: a service may need a moment")


def test_a_promise_about_services_that_were_stopped_is_no_riddle(told):
    outcome = PartitionOutcome(
        partition=PartitionId("p0"), result=PartitionResult.PROMISE_FAILED, title="one", message="no page"
    )
    report_instances(InstancesOutcome(partitions=(outcome,)), force_stop=True)
    (text,) = [text for level, text in told() if level == "ERROR"]
    assert "hint: --force-stop has stopped the services" in text
    assert "may need a moment" not in text


@pytest.mark.parametrize(
    ("trouble", "line"),
    [
        ("", ("INFO", "no started instance has a promise")),
        ("disk full", ("ERROR", "p0: its promises cannot be run: disk full")),
    ],
)
def test_promises_that_cannot_be_run_are_not_taken_for_none(told, trouble, line):
    out, error, input_ = (io.StringIO() for _ in range(3))
    terminal = Terminal(out=out, error=error, input=input_, environment={}, home=Path())
    say_promises(
        PromisesOutcome(partitions=(PartitionVerdicts(partition=PartitionId("p0"), trouble=trouble),)),
        terminal,
    )
    assert told() == [line]


def test_what_was_reported_is_told(told):
    report_consumption(
        ConsumptionOutcome(
            partitions=(
                PartitionReport(
                    partition=PartitionId("p0"), result=ReportResult.FAILED, message="broken", log="why\n"
                ),
                PartitionReport(
                    partition=PartitionId("p1"), result=ReportResult.KEPT, message="until Monday"
                ),
                PartitionReport(partition=PartitionId("p2"), result=ReportResult.REPORTED),
            ),
            sent=1,
            unsent="the master is away",
        )
    )
    assert told() == [
        ("ERROR", "p0: broken\n  why"),
        ("INFO", "p1: kept: until Monday"),
        ("ERROR", "the master did not take every report: the master is away"),
        ("INFO", "partitions: 1 failed, 1 kept, 1 reported; reports sent: 1"),
    ]
