"""Tells, in the log, what a node does while it does it, and what became of it."""

import logging
from collections import Counter
from typing import TYPE_CHECKING

from slap_cli.terminal import Terminal
from slap_domain.model.software_release import SoftwareState
from slap_domain.model.visible_text import shortened, visible
from slap_domain.ports.progress_listener import Progress, ProgressKind
from slap_domain.use_cases.node.deploy_instances import InstancesOutcome, PartitionOutcome, PartitionResult

if TYPE_CHECKING:  # a pass must not pay for the other passes' use cases
    from collections.abc import Iterable, Mapping

    from slap_domain.use_cases.node.check_promises import PromisesOutcome
    from slap_domain.use_cases.node.install_software import ReleaseOutcome, SoftwareOutcome
    from slap_domain.use_cases.node.report_consumption import ConsumptionOutcome, PartitionReport

_LOG = logging.getLogger("slapos.node")

_MESSAGE_LIMIT = 200  # characters of a promise in the table; -v shows all of them
_STEPS = {
    ProgressKind.BUILDING: "building {subject}",
    ProgressKind.BUILT: "built {subject}",
    ProgressKind.REMOVED: "removed {subject}",
    ProgressKind.DEPLOYING: "{subject}: deploying {text}",
    ProgressKind.AWAITING: "{subject}: checking its promises",
    ProgressKind.DEPLOYED: "{subject}: deployed",
    ProgressKind.RESUMED: "{subject}: started what did not run since the supervisor was launched",
    ProgressKind.STOPPED: "{subject}: stopped",
    ProgressKind.DESTROYED: "{subject}: destroyed",
}
# What failed is told, with its log, when the run ends.
_DETAILS = {
    ProgressKind.BUILD_FAILED: "{subject}: {text}",
    ProgressKind.DEPLOYMENT_FAILED: "{subject}: {text}",
    ProgressKind.UNCHANGED: "{subject}: nothing to do",
}
_HINTS: dict[str, str] = {
    PartitionResult.PROMISE_FAILED: (
        "a service may need a moment: `slapos node promise` asks again; `slapos node tail` shows what it says"
    ),
}
_HINTS_IF_STOPPED: dict[str, str] = {
    PartitionResult.PROMISE_FAILED: (
        "--force-stop has stopped the services that the promise may be about; without it they start again"
    ),
}
_DONE = {SoftwareState.AVAILABLE: "built", SoftwareState.DESTROYED: "removed"}
_BAD = frozenset({PartitionResult.FAILED, PartitionResult.PROMISE_FAILED})


class NodeProgress:
    """A progress listener that writes to the log; lines of output carry what they belong to."""

    def tell(self, event: Progress) -> None:
        """Write an event."""
        if event.kind is ProgressKind.OUTPUT:
            start = f"{event.label or event.subject}: "
            _LOG.info("%s", "\n".join(f"{start}{line.rstrip()}" for line in event.text.rstrip().split("\n")))
        elif event.kind is ProgressKind.WARNING:
            _LOG.warning("%s", ": ".join(filter(None, (event.subject, event.text))))
        elif event.kind in _STEPS:
            _LOG.info("%s", _STEPS[event.kind].format(subject=event.subject, text=event.text))
        else:
            _LOG.debug("%s", _DETAILS[event.kind].format(subject=event.subject, text=event.text))


def report_software(outcome: "SoftwareOutcome") -> None:
    """Tell what became of the releases."""
    for name in outcome.unmatched:
        _LOG.warning("no release that is supplied to this computer is %s", name)
    for failure in outcome.failures:
        _tell_failure(f"{failure.release} was not {_DONE[failure.wanted]}", failure)
    for complaint in outcome.uncollected:
        _LOG.error("%s", complaint)
    for name in outcome.collected:
        _LOG.info("removed %s, which nothing needs", name)
    _LOG.info("releases: %s", _counted(outcome.releases))


def report_instances(outcome: InstancesOutcome, *, force_stop: bool = False) -> None:
    """Tell what became of the partitions, whose services were stopped where that was forced."""
    for partition in outcome.partitions:
        if partition.result in _BAD:
            hints = _HINTS_IF_STOPPED if force_stop else _HINTS
            _tell_failure(f"{partition.partition} ({partition.title})", partition, hints)
    if outcome.offline:
        # Why has been told when it went away.
        _LOG.warning("the master is away: all known services were started")
    _LOG.info("partitions: %s", _counted(outcome.partitions))


def say_promises(outcome: "PromisesOutcome", terminal: Terminal) -> None:
    """Print what every promise says, as the result of the command."""
    from slap_cli.excerpts.essential_lines import essence

    rows = []
    for item in outcome.partitions:
        for verdict in item.verdicts:
            _LOG.debug("%s: %s: %s", item.partition, verdict.name, verdict.message)
            message = shortened(visible(essence(verdict.message)), _MESSAGE_LIMIT)
            rows.append((item.partition, verdict.name, "FAILED" if verdict.failed else "ok", message))
    if rows:
        terminal.say_table(("partition", "promise", "result", "message"), rows)
    for item in outcome.partitions:
        if item.trouble:
            _LOG.error("%s: its promises cannot be run: %s", item.partition, item.trouble)
    if not rows and not any(item.trouble for item in outcome.partitions):
        _LOG.info("no started instance has a promise")


def report_consumption(outcome: "ConsumptionOutcome") -> None:
    """Tell what was reported and deleted."""
    from slap_cli.excerpts.log_excerpt import lines_that_matter
    from slap_domain.use_cases.node.report_consumption import ReportResult

    for report in outcome.partitions:
        if report.result is ReportResult.FAILED:
            details = lines_that_matter(report.log, report.message).splitlines()
            _LOG.error("%s", "\n  ".join([f"{report.partition}: {report.message}", *details]))
        elif report.message:
            _LOG.info("%s: %s: %s", report.partition, report.result, report.message)
    if outcome.unsent:
        _LOG.error("the master did not take every report: %s", outcome.unsent)
    _LOG.info("partitions: %s; reports sent: %s", _counted(outcome.partitions), outcome.sent)


def _tell_failure(
    what: str, failure: "ReleaseOutcome | PartitionOutcome", hints: "Mapping[str, str]" = _HINTS
) -> None:
    from slap_cli.excerpts.essential_lines import essence
    from slap_cli.excerpts.log_excerpt import lines_that_matter

    _LOG.debug("%s: %s", what, failure.message)
    lines = [f"{what}: {essence(failure.message)}"]
    lines += ["  " + line for line in lines_that_matter(failure.log, failure.message).splitlines()]
    hint = failure.hint or hints.get(failure.result, "")
    if hint:
        lines.append(f"hint: {hint}")
    _LOG.error("%s", "\n".join(lines))


def _counted(outcomes: "Iterable[ReleaseOutcome | PartitionOutcome | PartitionReport]") -> str:
    counts: Counter[str] = Counter(str(outcome.result) for outcome in outcomes)
    return ", ".join(f"{count} {result}" for result, count in counts.items()) or "none"
