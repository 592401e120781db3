"""Build the releases that the master wants on this computer, and remove those it does not want."""

import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from slap_domain.errors import BuildFailed, NotFound, SlapError
from slap_domain.model.computer import ComputerAssignment
from slap_domain.model.references import ComputerGuid, SoftwareUrl
from slap_domain.model.software_release import SoftwareEvent, SoftwareState, SuppliedRelease
from slap_domain.planning.node.software_installation import (
    ReleaseAction,
    leftover_directories,
    release_action,
    release_labels,
    selected_releases,
    unmatched_selection,
)
from slap_domain.ports.master_for_nodes import MasterForNodes
from slap_domain.ports.node_hooks import NodeHooks
from slap_domain.ports.progress_listener import Progress, ProgressKind, ProgressListener
from slap_domain.ports.release_builder import ReleaseBuilder
from slap_domain.ports.workers import Workers
from slap_domain.use_cases.node.hooked_work import ended_by


class ReleaseResult(StrEnum):
    """What became of a release."""

    BUILT = "built"
    REMOVED = "removed"
    UNCHANGED = "unchanged"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseOutcome:
    """What a run did about one release.

    Attributes:
        wanted: what the master wants of it.
        message: why it failed; empty otherwise.
        log: the end of the log of what failed.
    """

    release: SoftwareUrl
    result: ReleaseResult
    wanted: SoftwareState = SoftwareState.AVAILABLE
    message: str = ""
    log: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SoftwareOutcome:
    """What a run did about all releases.

    Attributes:
        unmatched: names that were asked for but are not supplied.
        collected: directories that were removed because nothing needs them.
        uncollected: why others could not be removed.
    """

    releases: tuple[ReleaseOutcome, ...]
    unmatched: tuple[str, ...] = ()
    collected: tuple[str, ...] = ()
    uncollected: tuple[str, ...] = ()

    @property
    def failures(self) -> tuple[ReleaseOutcome, ...]:
        """Return the outcomes of what failed."""
        return tuple(outcome for outcome in self.releases if outcome.result is ReleaseResult.FAILED)

    @property
    def exit_status(self) -> int:
        """Return 0, or 1 when anything failed."""
        return 1 if self.failures or self.uncollected else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SoftwarePorts:
    """Whom the use case talks to."""

    master: MasterForNodes
    builder: ReleaseBuilder
    hooks: NodeHooks
    workers: Workers
    progress: ProgressListener


@dataclass(frozen=True, slots=True, kw_only=True)
class SoftwareOptions:
    """What a run is asked to do.

    Attributes:
        only: URLs or directory names of the releases to work on; none: all.
        rebuild: build also what is complete.
        newest: look for newer versions of what a build has already.
        garbage_collect: then remove directories of releases that nothing needs.
    """

    computer: ComputerGuid
    only: tuple[str, ...] = ()
    rebuild: bool = False
    newest: bool = False
    garbage_collect: bool = False


class InstallSoftware:
    """Makes the releases of this computer what the master wants (node-conventions section 2)."""

    def __init__(self, ports: SoftwarePorts, options: SoftwareOptions) -> None:
        self._master = ports.master
        self._builder = ports.builder
        self._hooks = ports.hooks
        self._workers = ports.workers
        self._progress = ports.progress
        self._options = options
        self._labels: Mapping[SoftwareUrl, str] = {}

    def run(self) -> SoftwareOutcome:
        """Work on every release; a failure of one never stops the next.

        Raises:
            MasterUnreachable, NotFound, NotAllowed: the master does not say what it wants.
        """
        assignment = self._master.assignment(self._options.computer)
        releases = selected_releases(assignment.releases, self._options.only)
        self._labels = release_labels(releases)
        outcomes = self._workers.each(self._one_release, releases)
        collected, uncollected = self._collect_garbage(assignment)
        return SoftwareOutcome(
            releases=outcomes,
            unmatched=unmatched_selection(assignment.releases, self._options.only),
            collected=collected,
            uncollected=uncollected,
        )

    def _one_release(self, release: SuppliedRelease) -> ReleaseOutcome:
        try:
            with ended_by(
                lambda: self._hooks.software_ended(release),
                lambda message: self._tell(ProgressKind.WARNING, release.url, message),
            ):
                self._hooks.software_begins(release)
                result = self._make_true(release)
        except SlapError as error:
            log = error.log if isinstance(error, BuildFailed) else ""
            return self._failed(release, error.message, log=log, hint=error.hint)
        except Exception as error:  # noqa: BLE001 - the bulkhead: one release never stops the next
            return self._failed(release, f"{type(error).__name__}: {error}", log=traceback.format_exc())
        return ReleaseOutcome(release=release.url, result=result)

    def _make_true(self, release: SuppliedRelease) -> ReleaseResult:
        complete = self._builder.is_complete(release.url)
        action = release_action(release, complete=complete, forced=self._options.rebuild)
        if action is ReleaseAction.BUILD:
            return self._build(release.url)
        if action is ReleaseAction.REMOVE:
            return self._remove(release.url)
        edited = self._builder.edited_file(release.url)
        if edited:
            again = f"`slapos node software --only-sr {release.url}` builds it again"
            self._tell(ProgressKind.WARNING, release.url, f"{edited} was edited after it was built: {again}")
        return ReleaseResult.UNCHANGED

    def _build(self, url: SoftwareUrl) -> ReleaseResult:
        self._tell(ProgressKind.BUILDING, url)
        try:
            self._report(url, SoftwareEvent.BUILDING)
        except NotFound as error:
            self._tell(ProgressKind.WARNING, url, f"the master does not note that a build began: {error}")
        self._builder.build(
            url, lambda line: self._tell(ProgressKind.OUTPUT, url, line), newest=self._options.newest
        )
        # Only what the master knows of is complete: after a crash in between, the report is repeated.
        self._report(url, SoftwareEvent.AVAILABLE)
        self._builder.complete(url)
        self._tell(ProgressKind.BUILT, url)
        return ReleaseResult.BUILT

    def _remove(self, url: SoftwareUrl) -> ReleaseResult:
        self._builder.remove(url)
        self._report(url, SoftwareEvent.DESTROYED)
        self._tell(ProgressKind.REMOVED, url)
        return ReleaseResult.REMOVED

    def _failed(
        self, release: SuppliedRelease, message: str, *, log: str = "", hint: str = ""
    ) -> ReleaseOutcome:
        self._tell(ProgressKind.BUILD_FAILED, release.url, message)
        try:
            self._report(release.url, SoftwareEvent.ERROR, log or message)
        except SlapError as error:
            self._tell(ProgressKind.WARNING, release.url, f"the master was not told of the failure: {error}")
        return ReleaseOutcome(
            release=release.url,
            result=ReleaseResult.FAILED,
            wanted=release.state,
            message=message,
            log=log,
            hint=hint,
        )

    def _collect_garbage(self, assignment: ComputerAssignment) -> tuple[tuple[str, ...], tuple[str, ...]]:
        if not self._options.garbage_collect:
            return (), ()
        used = [partition.instance.release for partition in assignment.partitions if partition.instance]
        names = leftover_directories(self._builder.directories(), assignment.releases, used)
        return self._remove_directories(names)

    def _remove_directories(self, names: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        removed, kept = [], []
        for name in names:
            try:
                self._builder.remove_directory(name)
            except SlapError as error:
                kept.append(error.message)
            else:
                removed.append(name)
        return tuple(removed), tuple(kept)

    def _report(self, url: SoftwareUrl, event: SoftwareEvent, log: str = "") -> None:
        self._master.report_software(self._options.computer, url, event, log)

    def _tell(self, kind: ProgressKind, url: SoftwareUrl, text: str = "") -> None:
        self._progress.tell(Progress(kind=kind, subject=url, text=text, label=self._labels[url]))
