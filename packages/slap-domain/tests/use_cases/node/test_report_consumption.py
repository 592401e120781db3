from datetime import timedelta
from decimal import Decimal

import pytest

from slap_domain.errors import DeploymentFailed, HostFailure, MasterUnreachable, NotFound
from slap_domain.model.consumption.tio import Consumption, Movement
from slap_domain.model.instance import InstanceEvent, InstanceState
from slap_domain.model.references import PartitionId
from slap_domain.ports.progress_listener import ProgressKind
from slap_domain.ports.usage_reports import StoredJournal
from slap_domain.use_cases.node.report_consumption import ReportResult

ONE, TWO, THREE = (PartitionId(f"slappart{index}") for index in range(3))


def used(quantity: int) -> Consumption:
    return Consumption(movements=(Movement(resource="hours", quantity=Decimal(quantity), reference="x"),))


def results(outcome) -> dict[PartitionId, ReportResult]:
    return {report.partition: report.result for report in outcome.partitions}


def destroyed(world, *titles: str) -> None:
    for title in titles:
        world.request(title)
    world.deploy()
    world.clock.advance(1)
    for title in titles:
        world.request(title, InstanceState.DESTROYED)
    world.deploy()


@pytest.fixture(autouse=True)
def accept_any_text(world):
    """The fake's journals are no XML: the master takes them as they are."""
    taken: list[str] = []
    plain = world.master.hosts

    class Hosts:
        def report_usage(self, computer, journal):
            taken.append(journal)

        def __getattr__(self, name):
            return getattr(plain, name)

    world.master.hosts = Hosts()
    world.usage = taken


def test_all_partitions_are_merged_into_one_journal(world):
    world.request("web")
    world.request("other")
    world.reports.measured = {ONE: used(2), TWO: used(3)}

    outcome = world.report()

    assert world.usage == ["slappart0 hours 2\nslappart1 hours 3"]
    assert (outcome.sent, outcome.unsent, outcome.exit_status) == (1, "", 0)
    assert world.reports.stored == {ONE: [], TWO: []}
    assert results(outcome) == {ONE: ReportResult.REPORTED, TWO: ReportResult.REPORTED}


def test_nothing_used_sends_nothing(world):
    world.request()
    outcome = world.report()
    assert world.usage == []
    assert outcome.sent == 0


def test_what_was_not_sent_is_kept_and_nothing_is_wiped(world):
    destroyed(world, "web")
    world.reports.measured = {ONE: used(2)}
    world.conversation.failures["report_usage"] = MasterUnreachable("gone")

    outcome = world.report()

    assert outcome.exit_status == 1
    assert outcome.unsent == "gone"
    assert world.remains.wiped == []
    del world.conversation.failures["report_usage"]
    assert world.report().exit_status == 0
    assert world.usage == ["slappart0 hours 2"]
    assert world.remains.wiped == [ONE]


def test_the_computers_own_journals_are_sent_as_they_are(world):
    world.reports.journals_stored = [
        StoredJournal(key="a", journal="<a/>"),
        StoredJournal(key="b", journal="<b/>"),
    ]
    assert world.report().sent == 2
    assert world.usage == ["<a/>", "<b/>"]
    assert world.reports.journals_stored == []


def test_reports_that_are_not_valid_are_warned_about(world):
    world.request()
    world.reports.invalid = {ONE: "torn", "": "worse"}
    assert world.report().exit_status == 0
    texts = [event.text for event in world.progress.events if event.kind is ProgressKind.WARNING]
    assert texts == ["torn", "COMP-1: worse"]


def test_a_script_that_fails_fails_its_partition_alone(world):
    world.request("web")
    world.request("other")
    world.reports.measured = {ONE: used(2), TWO: used(3)}
    world.reports.failing.add(ONE)

    outcome = world.report()

    assert results(outcome) == {ONE: ReportResult.FAILED, TWO: ReportResult.REPORTED}
    assert outcome.exit_status == 1
    assert world.usage == ["slappart0 hours 2\nslappart1 hours 3"]
    (error,) = world.conversation.said("report_instance")
    assert error[:2] == (ONE, InstanceEvent.ERROR)
    assert error[2].endswith("exited with 1\nno")
    assert outcome.partitions[0].log == "no\n"


def test_a_surprise_fails_its_partition_alone(world):
    world.request("web")
    world.request("other")
    plain = world.reports.measure

    def measure(place, on_line):
        if place.id == ONE:
            raise ZeroDivisionError("odd")
        plain(place, on_line)

    world.reports.measure = measure
    assert results(world.report()) == {ONE: ReportResult.FAILED, TWO: ReportResult.REPORTED}


def test_a_destroyed_instance_is_wiped_and_its_partition_freed(world):
    destroyed(world, "web")

    outcome = world.report(certificates=True)

    assert results(outcome) == {ONE: ReportResult.WIPED}
    assert world.remains.wiped == [ONE]
    assert world.conversation.said("report_instance")[-1] == (ONE, InstanceEvent.DESTROYED)
    assert f"report {ONE}" in world.hooks.calls
    assert world.journal.certificates[ONE].key == "key"
    assert world.master.nodes.assignment("COMP-1").partitions[0].is_free
    assert world.progress.kinds(ONE)[-1] is ProgressKind.DESTROYED


def test_children_go_before_their_root_in_one_run(world):
    world.request("root")
    world.request_child(ONE, "child")
    world.deploy()
    world.clock.advance(1)
    world.request("root", InstanceState.DESTROYED)
    world.request_child(ONE, "child", InstanceState.DESTROYED)
    world.deploy()

    world.report()

    assert world.remains.wiped == [TWO, ONE]
    assert all(partition.is_free for partition in world.master.nodes.assignment("COMP-1").partitions)


def test_a_master_that_does_not_take_note_is_no_failure(world):
    destroyed(world, "web")
    world.conversation.failures[f"report_instance {ONE} destroyed"] = NotFound("gone already")
    assert world.report().exit_status == 0
    world.conversation.failures = {f"report_instance {ONE} destroyed": MasterUnreachable("500")}
    assert world.report().exit_status == 0


def test_a_process_that_is_awaited_keeps_the_files(world):
    destroyed(world, "web")
    world.give_program(ONE, "prerm")
    world.supervisor.deploy(world.files.place(TWO), world.files.programs_of[ONE])
    world.supervisor.start(TWO)
    world.remains.awaited[ONE] = (f"{TWO}:prerm-on-watch",)

    outcome = world.report()

    assert results(outcome) == {ONE: ReportResult.KEPT}
    assert outcome.partitions[0].message == "its files are kept until slappart1:prerm-on-watch ends"
    assert outcome.exit_status == 0
    world.supervisor.stop(TWO)
    assert results(world.report()) == {ONE: ReportResult.WIPED}


def test_files_are_retained_for_as_long_as_was_asked(world):
    destroyed(world, "web")
    world.remains.delays[ONE] = "2.0"
    due = world.clock.now() + timedelta(days=2)

    first = world.report()
    assert results(first) == {ONE: ReportResult.KEPT}
    assert world.remains.dates == {ONE: due}
    assert first.partitions[0].message == f"its files are kept until {due:%Y-%m-%d %H:%M:%S} UTC"
    assert ProgressKind.WARNING not in world.progress.kinds(ONE)  # or it would be told twice
    world.clock.advance(86400)
    assert results(world.report()) == {ONE: ReportResult.KEPT}
    world.clock.advance(86400)
    assert results(world.report()) == {ONE: ReportResult.WIPED}


@pytest.mark.parametrize(
    "error", [DeploymentFailed("not yet"), HostFailure("busy"), ZeroDivisionError("odd")]
)
def test_whatever_fails_nothing_is_wiped_and_the_others_are(world, error):
    destroyed(world, "web", "other")
    world.hooks.failures[f"report {ONE}"] = error

    outcome = world.report()

    assert results(outcome) == {ONE: ReportResult.FAILED, TWO: ReportResult.WIPED}
    assert world.remains.wiped == [TWO]
    assert outcome.exit_status == 1


def test_a_destroy_script_that_fails_keeps_the_files(world):
    destroyed(world, "web")
    world.remains.failing.add(ONE)
    outcome = world.report()
    assert results(outcome) == {ONE: ReportResult.FAILED}
    assert outcome.partitions[0].log == "no\n"
    assert world.remains.wiped == []


def test_a_destroyed_instance_whose_script_fails_is_wiped_all_the_same(world):
    destroyed(world, "web", "other")
    world.reports.failing.add(ONE)
    del world.files.leftovers[TWO]

    outcome = world.report()

    assert results(outcome) == {ONE: ReportResult.WIPED, TWO: ReportResult.FAILED}
    assert outcome.partitions[0].message
    assert outcome.exit_status == 1
    assert world.remains.wiped == [ONE]


def test_a_wiped_partition_whose_script_failed_fails_the_run(world):
    destroyed(world, "web")
    world.reports.failing.add(ONE)
    assert world.report().exit_status == 1
    assert world.remains.wiped == [ONE]


def test_a_destroyed_instance_whose_script_fails_is_kept_as_long_as_any_other(world):
    destroyed(world, "web")
    world.reports.failing.add(ONE)
    world.remains.delays[ONE] = "2.0"

    outcome = world.report()

    assert results(outcome) == {ONE: ReportResult.FAILED}
    assert "exited with" in outcome.partitions[0].message
    world.clock.advance(2 * 86400)
    assert results(world.report()) == {ONE: ReportResult.WIPED}


def test_a_destroyed_instance_whose_usage_cannot_be_read_is_kept(world):
    destroyed(world, "web")

    def consumptions(place, on_invalid):
        raise HostFailure("cannot read")

    world.reports.consumptions = consumptions
    assert results(world.report()) == {ONE: ReportResult.FAILED}
    assert world.remains.wiped == []


@pytest.mark.parametrize("untold", [MasterUnreachable("gone"), HostFailure("no certificate")])
def test_a_failure_that_the_master_cannot_be_told_is_a_warning(world, untold):
    world.request()
    world.reports.failing.add(ONE)
    world.conversation.failures["report_instance"] = untold
    assert world.report().exit_status == 1
    assert world.progress.kinds(ONE) == [ProgressKind.DEPLOYMENT_FAILED, ProgressKind.WARNING]
