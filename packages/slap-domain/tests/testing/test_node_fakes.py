"""The fakes of the node's ports keep the contracts of the real adapters."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import PurePosixPath

import pytest

from slap_domain.errors import BuildFailed, DeploymentFailed, HostFailure
from slap_domain.model.computer import AssignedInstance
from slap_domain.model.consumption.tio import Consumption, Movement
from slap_domain.model.instance import InstanceState
from slap_domain.model.partition import PartitionPlace
from slap_domain.model.references import InstanceGuid, InstanceTitle, PartitionId, SoftwareType, SoftwareUrl
from slap_domain.model.software_release import release_directory_name
from slap_domain.ports.instance_builder import InstanceBuild
from slap_domain.ports.progress_listener import Progress, ProgressKind
from slap_domain.testing.instance_builder import FakeInstanceBuilder, InstanceBuilderContract
from slap_domain.testing.manual_clock import ManualClock
from slap_domain.testing.node_hooks import (
    FakePartitionFirewall,
    NodeHooksContract,
    PartitionFirewallContract,
    RecordingHooks,
    hooked,
)
from slap_domain.testing.partition_files import (
    FakePartitionFiles,
    FakePartitionJournal,
    PartitionFilesContract,
    PartitionJournalContract,
)
from slap_domain.testing.partition_remains import FakePartitionRemains, PartitionRemainsContract
from slap_domain.testing.progress_listener import ProgressListenerContract, RecordingProgress
from slap_domain.testing.release_builder import FakeReleaseBuilder, ReleaseBuilderContract
from slap_domain.testing.release_cache import FakeReleaseCache, ReleaseCacheContract
from slap_domain.testing.usage_reports import FakeUsageReports, UsageReportsContract
from slap_domain.testing.workers import SequentialWorkers, WorkersContract

PLACE = PartitionPlace(id=PartitionId("slappart0"), path=PurePosixPath("/srv/slappart0"))
RELEASE = SoftwareUrl("https://example.com/software.cfg")


class TestSequentialWorkers(WorkersContract):
    def make_workers(self) -> SequentialWorkers:
        return SequentialWorkers()


class TestRecordingProgress(ProgressListenerContract):
    def make_listener(self) -> RecordingProgress:
        return RecordingProgress()


class TestFakeReleaseBuilder(ReleaseBuilderContract):
    def make_builder(self) -> FakeReleaseBuilder:
        return FakeReleaseBuilder()

    def make_release(self, builder: FakeReleaseBuilder, *, fails: bool = False) -> SoftwareUrl:
        if fails:
            builder.failures[RELEASE] = BuildFailed("no", log="no\n")
        return RELEASE


class TestFakeInstanceBuilder(InstanceBuilderContract):
    def make_builder(self) -> FakeInstanceBuilder:
        return FakeInstanceBuilder()

    def make_build(self, builder: FakeInstanceBuilder, *, fails: bool = False) -> InstanceBuild:
        def fail() -> None:
            raise DeploymentFailed("no", log="no\n")

        if fails:
            builder.effects[PLACE.id] = fail
        instance = AssignedInstance(
            guid=InstanceGuid("1"),
            title=InstanceTitle("web"),
            root_title=InstanceTitle("web"),
            release=RELEASE,
            type=SoftwareType("default"),
            state=InstanceState.STARTED,
        )
        return InstanceBuild(place=PLACE, instance=instance)


class TestFakePartitionFiles(PartitionFilesContract):
    def make_files(self) -> FakePartitionFiles:
        return FakePartitionFiles(ManualClock(), "slappart0")


class TestFakePartitionJournal(PartitionJournalContract):
    def make_journal(self) -> FakePartitionJournal:
        return FakePartitionJournal()

    def make_place(self) -> PartitionPlace:
        return PLACE

    def request(self, journal: FakePartitionJournal, place: PartitionPlace, *titles: str) -> None:
        journal.requests[place.id] = tuple(InstanceTitle(title) for title in titles)


class TestFakePartitionRemains(PartitionRemainsContract):
    def make_remains(self) -> FakePartitionRemains:
        return FakePartitionRemains()

    def make_place(self) -> PartitionPlace:
        return PLACE


class TestFakeUsageReports(UsageReportsContract):
    def make_reports(self) -> FakeUsageReports:
        return FakeUsageReports()

    def make_place(self, reports: FakeUsageReports, *, fails: bool = False) -> PartitionPlace:
        movement = Movement(resource="hours", quantity=Decimal(2))
        reports.measured[PLACE.id] = Consumption(movements=(movement,))
        if fails:
            reports.failing.add(PLACE.id)
        return PLACE


class TestRecordingHooks(NodeHooksContract):
    def make_hooks(self) -> RecordingHooks:
        return RecordingHooks()

    def make_place(self) -> PartitionPlace:
        return PLACE


class TestFakeFirewall(PartitionFirewallContract):
    def make_firewall(self) -> FakePartitionFirewall:
        return FakePartitionFirewall()

    def is_guarded(self, firewall, partition) -> bool:
        return partition.place.id in firewall.guarded

    def make_partition(self):
        return hooked()


class TestFakeReleaseCache(ReleaseCacheContract):
    def make_cache(self) -> FakeReleaseCache:
        return FakeReleaseCache()

    def make_release(self) -> SoftwareUrl:
        return RELEASE

    def lose(self, release: SoftwareUrl) -> None:
        """Nothing is on any disk."""


# The contracts notice subjects that do not keep them.


def test_swallowed_errors_of_workers_are_noticed():
    class Swallowing(SequentialWorkers):
        def each(self, work, items):
            return ()

    class Contract(TestSequentialWorkers):
        def make_workers(self) -> SequentialWorkers:
            return Swallowing()

    with pytest.raises(AssertionError, match="swallowed"):
        Contract().test_an_error_reaches_the_caller()


def test_builders_that_never_fail_are_noticed():
    class Release(TestFakeReleaseBuilder):
        def make_release(self, builder, *, fails: bool = False) -> SoftwareUrl:
            return RELEASE

    class Instance(TestFakeInstanceBuilder):
        def make_build(self, builder, *, fails: bool = False) -> InstanceBuild:
            return super().make_build(builder)

    with pytest.raises(AssertionError, match="it was built"):
        Release().test_a_failure_tells_why_and_completes_nothing()
    with pytest.raises(AssertionError, match="it was deployed"):
        Instance().test_a_failure_tells_why()


def test_a_builder_that_cannot_remove_twice_is_noticed():
    class Strict(FakeReleaseBuilder):
        def remove_directory(self, name: str) -> None:
            if name not in self.directories():
                raise HostFailure("gone")
            super().remove_directory(name)

    class Contract(TestFakeReleaseBuilder):
        def make_builder(self) -> FakeReleaseBuilder:
            return Strict()

    with pytest.raises(AssertionError, match="is an error"):
        Contract().test_removes_a_directory()


def test_a_place_that_does_not_exist_is_noticed():
    class Contract(TestFakePartitionFiles):
        def make_files(self) -> FakePartitionFiles:
            return FakePartitionFiles(ManualClock(), "slappart0", "nowhere")

    with pytest.raises(AssertionError, match="it has a place"):
        Contract().test_a_partition_without_directory_is_a_failure_of_the_host()


def test_a_silent_script_is_noticed():
    class Contract(TestFakeUsageReports):
        def make_place(self, reports, *, fails: bool = False) -> PartitionPlace:
            return super().make_place(reports)

    with pytest.raises(AssertionError, match="nobody was told"):
        Contract().test_a_script_that_fails_is_told_and_its_report_kept()


def test_a_complaint_about_a_good_report_is_noticed():
    class Complaining(FakeUsageReports):
        def consumptions(self, place, on_invalid):
            on_invalid("it is odd")
            return ()

    class Contract(TestFakeUsageReports):
        def make_reports(self) -> FakeUsageReports:
            return Complaining()

    with pytest.raises(AssertionError, match="it is odd"):
        Contract().test_measures_sends_and_forgets()


# What tests tell the fakes.


def test_the_release_builder_fails_as_it_is_told():
    builder = FakeReleaseBuilder()
    builder.failures[RELEASE] = HostFailure("read-only")
    with pytest.raises(HostFailure, match="read-only"):
        builder.remove(RELEASE)
    builder.failures = {release_directory_name(RELEASE): HostFailure("busy")}
    with pytest.raises(HostFailure, match="busy"):
        builder.remove_directory(release_directory_name(RELEASE))


def test_hooks_fail_as_they_are_told():
    hooks = RecordingHooks()
    hooks.failures["report slappart0"] = DeploymentFailed("not yet")
    with pytest.raises(DeploymentFailed, match="not yet"):
        hooks.report(hooked(PLACE))
    assert hooks.calls == ["report slappart0"]


def test_reports_complain_as_they_are_told():
    reports = FakeUsageReports()
    reports.invalid = {PLACE.id: "torn", "": "worse"}
    complaints: list[str] = []
    reports.consumptions(PLACE, complaints.append)
    reports.journals("COMP-1", complaints.append)
    assert complaints == ["torn", "COMP-1: worse"]
    reports.measure(PLACE, complaints.append)
    assert reports.consumptions(PLACE, complaints.append) == ()


def test_remains_fail_as_they_are_told():
    remains = FakePartitionRemains()
    remains.failing.add(PLACE.id)
    with pytest.raises(DeploymentFailed):
        remains.run_destroy_script(PLACE)


def test_the_recording_leaves_output_out():
    progress = RecordingProgress()
    for kind in (ProgressKind.DEPLOYING, ProgressKind.OUTPUT, ProgressKind.DEPLOYED):
        progress.tell(Progress(kind=kind, subject="slappart0"))
    assert progress.kinds("slappart0") == [ProgressKind.DEPLOYING, ProgressKind.DEPLOYED]
    assert progress.kinds("other") == []


def test_a_stamp_has_the_clocks_date():
    clock = ManualClock(datetime(2031, 5, 6, tzinfo=UTC))
    files = FakePartitionFiles(clock, "slappart0")
    files.write_stamp(PLACE.id, "7")
    assert files.stamp(PLACE.id).date == clock.now()
