"""Brings a service up by the documented steps: format, supply, software, request, instance until it holds."""

from collections.abc import Callable, Sequence

from slap_cli.excerpts.essential_lines import essence
from slap_cli.excerpts.log_excerpt import lines_that_matter
from slap_cli.standalone.ended_programs import is_up, services_of, with_ended_programs
from slap_cli.standalone.place import COMPUTER
from slap_cli.standalone.ports import Request, System
from slap_cli.standalone.settling import Pass, Verdict, verdict
from slap_domain.errors import BuildFailed, DeploymentFailed, NoFreePartition, NotReady, PromiseFailed
from slap_domain.model.instance import InstanceRequest, InstanceState, RequestedInstance
from slap_domain.model.references import (
    ComputerGuid,
    SoftwareUrl,
    instance_title,
    software_type,
    software_url,
)
from slap_domain.model.software_release import SoftwareState
from slap_domain.use_cases.node.deploy_instances import InstancesOutcome, PartitionOutcome, PartitionResult

_COMPUTER = ComputerGuid(COMPUTER)
_PAUSE = 0.5
_TRIAL = 5.0
_UP = frozenset({PartitionResult.STARTED, PartitionResult.UNCHANGED})
PATIENCE = 60.0


def bring_up(
    system: System,
    request: Request,
    accepted: Callable[[], None],
    *,
    patience: float = PATIENCE,
    built: Callable[[], None] = lambda: None,
) -> RequestedInstance:
    """Make a service run, and return it with its connection parameters.

    Args:
        system: with a master that runs.
        request: what is wanted.
        accepted: called when the master has taken the request.
        patience: seconds that promises may take to hold.
        built: called when the release is built.

    Raises:
        BuildFailed: its release does not build.
        DeploymentFailed: it does not deploy, or a promise does not hold.
        SlapError: anything else that prevents it.
    """
    wanted = _request(request)
    system.say("formatting the partitions")
    system.node.format()
    system.master().supply(wanted.release, _COMPUTER, SoftwareState.AVAILABLE)
    if request.has_changed:
        system.say(f"{wanted.release} was changed since it was built")
    _install(system, wanted.release, again=request.has_changed)
    built()
    system.say(f"requesting {request.name}")
    _ask(system, wanted)
    accepted()
    _settle(system, request, patience)
    return system.master().request(wanted)


def _request(request: Request) -> InstanceRequest:
    return InstanceRequest(
        title=instance_title(request.name),
        release=software_url(request.release),
        type=software_type(request.type),
        parameters=dict(request.parameters or {}),
        filters={"computer_guid": COMPUTER},
        state=InstanceState.STARTED,
    )


def _install(system: System, release: SoftwareUrl, *, again: bool) -> None:
    for failure in system.node.install_software(release, again=again).failures:
        message = f"{release} does not build: {failure.message}"
        raise BuildFailed(
            message,
            log=lines_that_matter(failure.log, message),
            hint=failure.hint or "mend the profile, or check its URL, and run the command again",
        )


def _ask(system: System, wanted: InstanceRequest) -> None:
    try:
        system.master().request(wanted)
    except NotReady:
        # Accepted, and allocated later: the passes will show.
        return
    except NoFreePartition as error:
        raise NoFreePartition(
            f"no partition is free for {wanted.title}: {error.message}",
            hint="run it again with a larger --partitions, or destroy a service",
        ) from error


def _settle(system: System, request: Request, patience: float) -> None:
    passes: list[Pass] = []
    while True:
        passes.append(_pass(system, request))
        match verdict(passes, patience=patience):
            case Verdict.SETTLED:
                return
            case Verdict.HOPELESS:
                raise _failure(passes[-1].troubles[0])
            case Verdict.AGAIN:
                system.pause(_PAUSE)


def _pass(system: System, request: Request) -> Pass:
    outcome = system.node.deploy(assured=True)
    if outcome.offline:
        raise DeploymentFailed(
            f"the master went away: {outcome.offline}", hint="see log/master.log in the directory"
        )
    outcomes = _of_tree(system, request.name, outcome)
    _let_them_live(system, outcomes)
    outcomes = with_ended_programs(outcomes, system.node.programs(), system.node.output)
    return Pass(time=system.monotonic(), outcomes=outcomes)


def _let_them_live(system: System, outcomes: Sequence[PartitionOutcome]) -> None:
    """Wait until the services that no promise speaks for have run for a while, or one of them has ended."""
    unchecked = {
        one.partition for one in outcomes if one.result in _UP and not system.node.has_promises(one.partition)
    }
    told = False
    while True:
        services = [one for one in services_of(system.node.programs()) if one.group in unchecked]
        if any(one.ended for one in services) or all(one.uptime >= _TRIAL for one in services if is_up(one)):
            return
        if not told:
            system.say(f"no promise is there to ask: waiting {_TRIAL:.0f} seconds to see whether it stays up")
            told = True
        system.pause(_PAUSE)


def _of_tree(system: System, name: str, outcome: InstancesOutcome) -> tuple[PartitionOutcome, ...]:
    """Return the outcomes of the service and its children: other services have troubles of their own."""
    tree = system.node.assignment().tree(name)
    return tuple(one for one in outcome.partitions if one.partition in tree)


def _failure(trouble: PartitionOutcome) -> DeploymentFailed:
    message = f"{trouble.title} in {trouble.partition}: {essence(trouble.message)}"
    log = lines_that_matter(trouble.log or trouble.message, trouble.message if trouble.log else message)
    if trouble.result is PartitionResult.PROMISE_FAILED:
        return PromiseFailed(
            message,
            log=log,
            hint=trouble.hint or "the programs' output is in the partition: .<partition>_<program>.log",
        )
    return DeploymentFailed(
        message,
        log=log,
        hint=trouble.hint or "mend the instance profile or the parameters, and run the command again",
    )
