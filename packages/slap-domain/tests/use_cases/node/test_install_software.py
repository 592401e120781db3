import pytest

from slap_domain.errors import BuildFailed, HostFailure, MasterUnreachable, NotAllowed, NotFound
from slap_domain.model.instance import InstanceRequest
from slap_domain.model.references import ComputerGuid, InstanceTitle, SoftwareUrl
from slap_domain.model.software_release import SoftwareEvent, SoftwareState, release_directory_name
from slap_domain.ports.progress_listener import ProgressKind
from slap_domain.testing.in_memory_master import InMemoryMaster
from slap_domain.testing.node_hooks import RecordingHooks
from slap_domain.testing.progress_listener import RecordingProgress
from slap_domain.testing.release_builder import FakeReleaseBuilder
from slap_domain.testing.workers import SequentialWorkers
from slap_domain.use_cases.node.install_software import (
    InstallSoftware,
    ReleaseResult,
    SoftwareOptions,
    SoftwarePorts,
)

COMPUTER = ComputerGuid("COMP-1")
A = SoftwareUrl("https://example.com/a.cfg")
B = SoftwareUrl("https://example.com/b.cfg")


class ReportingMaster:
    """Passes reports on to a master, remembering them; raises what a test wants for an event."""

    def __init__(self, master: InMemoryMaster) -> None:
        self.master = master
        self.reports: list[tuple[SoftwareUrl, SoftwareEvent, str]] = []
        self.failures: dict[SoftwareEvent, Exception] = {}

    def __getattr__(self, name):
        return getattr(self.master.nodes, name)

    def report_software(self, computer, release, event, log=""):
        if event in self.failures:
            raise self.failures[event]
        self.reports.append((release, event, log))
        self.master.nodes.report_software(computer, release, event, log)


class Node:
    def __init__(self, **options) -> None:
        self.tenant = InMemoryMaster().with_computer(COMPUTER, "slappart0", "slappart1")
        self.master = ReportingMaster(self.tenant)
        self.builder = FakeReleaseBuilder()
        self.hooks = RecordingHooks()
        self.progress = RecordingProgress()
        self.options = options

    def supply(self, *releases: SoftwareUrl, state: SoftwareState = SoftwareState.AVAILABLE) -> None:
        for release in releases:
            self.tenant.tenants.supply(release, COMPUTER, state)

    def run(self, **options):
        ports = SoftwarePorts(
            master=self.master,
            builder=self.builder,
            hooks=self.hooks,
            workers=SequentialWorkers(),
            progress=self.progress,
        )
        return InstallSoftware(ports, SoftwareOptions(computer=COMPUTER, **options)).run()

    def events(self, release: SoftwareUrl) -> list[SoftwareEvent]:
        return [event for url, event, _ in self.master.reports if url == release]


@pytest.fixture
def node() -> Node:
    return Node()


def results(outcome) -> dict[SoftwareUrl, ReleaseResult]:
    return {release.release: release.result for release in outcome.releases}


def test_a_supplied_release_is_built_once(node):
    node.supply(A)

    first, second = node.run(), node.run()

    assert results(first) == {A: ReleaseResult.BUILT}
    assert results(second) == {A: ReleaseResult.UNCHANGED}
    assert node.events(A) == [SoftwareEvent.BUILDING, SoftwareEvent.AVAILABLE]
    assert node.builder.builds == [(A, False)]
    assert node.progress.kinds(A) == [ProgressKind.BUILDING, ProgressKind.BUILT]
    assert node.hooks.calls == [f"software_begins {A}", f"software_ended {A}"] * 2
    assert first.exit_status == second.exit_status == 0


def test_a_release_is_complete_only_after_the_master_knows(node):
    node.supply(A)
    node.master.failures[SoftwareEvent.AVAILABLE] = MasterUnreachable("gone")

    outcome = node.run()

    assert results(outcome) == {A: ReleaseResult.FAILED}
    assert not node.builder.is_complete(A)
    node.master.failures.clear()
    assert results(node.run()) == {A: ReleaseResult.BUILT}


def test_a_master_that_notes_no_beginning_is_no_failure(node):
    node.supply(A)
    node.master.failures[SoftwareEvent.BUILDING] = NotFound("no such method")

    outcome = node.run()

    assert outcome.exit_status == 0
    assert ProgressKind.WARNING in node.progress.kinds(A)


def test_one_failure_stops_no_other_and_its_log_reaches_the_master(node):
    node.supply(A, B)
    node.builder.failures[A] = BuildFailed("it does not build", log="the log's end\n", hint="mend it")

    outcome = node.run()

    assert results(outcome) == {A: ReleaseResult.FAILED, B: ReleaseResult.BUILT}
    assert (A, SoftwareEvent.ERROR, "the log's end\n") in node.master.reports
    (failure,) = outcome.failures
    assert (failure.message, failure.log, failure.hint) == (
        "it does not build",
        "the log's end\n",
        "mend it",
    )
    assert outcome.exit_status == 1
    assert node.hooks.calls.count(f"software_ended {A}") == 1


@pytest.mark.parametrize(
    ("error", "log"),
    [
        (HostFailure("the disk is full"), "the disk is full"),
        (RuntimeError("surprise"), "Traceback"),
    ],
)
def test_whatever_fails_the_master_is_told(node, error, log):
    node.supply(A)
    node.builder.failures[A] = error

    assert node.run().exit_status == 1
    (report,) = [text for _, event, text in node.master.reports if event is SoftwareEvent.ERROR]
    assert log in report


def test_a_failure_that_the_master_cannot_be_told_is_a_warning(node):
    node.supply(A)
    node.builder.failures[A] = BuildFailed("no", log="no\n")
    for trouble in (MasterUnreachable("gone"), NotAllowed("who are you?"), HostFailure("no certificate")):
        node.master.failures[SoftwareEvent.ERROR] = trouble
        assert node.run().exit_status == 1
    assert node.progress.kinds(A).count(ProgressKind.WARNING) == 3


def test_a_destroyed_release_is_removed_and_the_master_told(node):
    node.supply(A)
    node.run()
    node.supply(A, state=SoftwareState.DESTROYED)

    outcome = node.run()

    assert results(outcome) == {A: ReleaseResult.REMOVED}
    assert node.events(A)[-1] is SoftwareEvent.DESTROYED
    assert node.builder.directories() == ()
    assert node.run().releases == ()


def test_only_the_named_releases_are_worked_on(node):
    node.supply(A, B)

    outcome = node.run(only=(release_directory_name(B), "typo"))

    assert results(outcome) == {B: ReleaseResult.BUILT}
    assert outcome.unmatched == ("typo",)


def test_an_edited_release_is_left_alone_and_how_to_build_it_is_said(node):
    node.supply(A, B)
    node.run()
    node.builder.edited[A] = "/srv/recipe/code.py"
    assert set(results(node.run()).values()) == {ReleaseResult.UNCHANGED}
    (warning,) = [event for event in node.progress.events if event.kind is ProgressKind.WARNING]
    assert warning.subject == A
    assert "/srv/recipe/code.py was edited" in warning.text
    assert f"--only-sr {A}" in warning.text


def test_a_complete_release_is_rebuilt_when_that_is_asked(node):
    node.supply(A)
    node.run()
    node.run(rebuild=True, newest=True)

    assert node.builder.builds == [(A, False), (A, True)]


def test_garbage_is_collected_but_not_what_an_instance_uses(node):
    old, used = SoftwareUrl("https://example.com/old.cfg"), SoftwareUrl("https://example.com/used.cfg")
    node.supply(A)
    for release in (old, used):
        node.builder.build(release, lambda line: None)
    node.tenant.tenants.supply(used, COMPUTER, SoftwareState.AVAILABLE)
    node.tenant.tenants.request(InstanceRequest(title=InstanceTitle("web"), release=used))

    assert node.run().collected == ()
    node.supply(used, state=SoftwareState.DESTROYED)
    outcome = node.run(garbage_collect=True)

    assert outcome.collected == (release_directory_name(old),)
    assert outcome.exit_status == 0


def test_garbage_that_cannot_be_removed_is_a_failure(node):
    node.builder.build(A, lambda line: None)
    node.builder.failures[release_directory_name(A)] = HostFailure("busy")

    outcome = node.run(garbage_collect=True)

    assert outcome.uncollected == ("busy",)
    assert outcome.exit_status == 1


def test_the_failure_of_a_build_is_told_not_that_of_the_hook_after_it(node):
    node.supply(A)
    node.builder.failures[A] = BuildFailed("it does not build")
    node.hooks.failures[f"software_ended {A}"] = HostFailure("the manager is broken")
    assert node.run().failures[0].message == "it does not build"


def test_a_hook_that_fails_fails_the_release(node):
    node.supply(A)
    node.hooks.failures[f"software_begins {A}"] = HostFailure("the manager is broken")

    outcome = node.run()

    assert results(outcome) == {A: ReleaseResult.FAILED}
    assert node.builder.builds == []


def test_what_builds_print_is_told_under_names_that_differ(node):
    old, new = (
        SoftwareUrl("http://host/1.0/web/software.cfg"),
        SoftwareUrl("http://host/1.1/web/software.cfg"),
    )
    node.supply(old, new)

    node.run()

    labels = {event.subject: event.label for event in node.progress.events}
    assert (labels[old], labels[new]) == ("1.0/web", "1.1/web")
