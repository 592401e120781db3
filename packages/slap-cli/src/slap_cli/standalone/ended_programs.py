"""Services whose programs end by themselves: they have not come up, whatever their promises say."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from slap_cli.standalone.ports import UNSUPERVISED
from slap_domain.planning.node.watchdog import WATCHED_SUFFIX, is_watched
from slap_domain.ports.process_supervisor import RunningProgram
from slap_domain.use_cases.node.deploy_instances import PartitionOutcome, PartitionResult

_UP = frozenset({"STARTING", "RUNNING"})


def services_of(programs: Sequence[RunningProgram]) -> tuple[RunningProgram, ...]:
    """Return the programs that shall run as long as their partition does."""
    return tuple(program for program in programs if is_watched(program.name))


def is_supervised(programs: Sequence[RunningProgram]) -> bool:
    """Tell whether a supervisor runs: it always has the watchdog."""
    return any(program.state != UNSUPERVISED for program in programs)


def is_up(program: RunningProgram) -> bool:
    """Tell whether a program runs, or is being started."""
    return program.state in _UP


def how_it_ended(program: RunningProgram) -> str:
    """Return what became of a program that does not run, for people."""
    return f"{program.name.removesuffix(WATCHED_SUFFIX)} {program.ended or f'is {program.state.lower()}'}"


def with_ended_programs(
    outcomes: Sequence[PartitionOutcome],
    programs: Sequence[RunningProgram],
    output: Callable[[RunningProgram], str],
) -> tuple[PartitionOutcome, ...]:
    """Return what a pass did, where a service that ended by itself makes its partition fail.

    While something else is on its way, as a database that others connect to, it may only have been too
    early: then it is waited for as long as for a promise.

    Args:
        outcomes: of the partitions of one tree.
        programs: all that the supervisor knows.
        output: gives the end of what a program printed.
    """
    services = services_of(programs)
    ended = {service.group: service for service in services if service.ended}
    working = {service.group for service in services if is_up(service)}
    on_its_way = any(
        one.result is PartitionResult.PROMISE_FAILED
        and (one.partition not in ended or one.partition in working)
        for one in outcomes
    )
    result = PartitionResult.PROMISE_FAILED if on_its_way else PartitionResult.FAILED
    return tuple(
        one
        if one.partition not in ended or one.result is PartitionResult.FAILED
        else replace(
            one,
            result=result,
            message=how_it_ended(ended[one.partition]),
            log=_once(output(ended[one.partition])),
            hint="mend what its output tells of, and run the command again",
        )
        for one in outcomes
    )


def _once(output: str) -> str:
    """Return an output that says once what it ends with: each pass starts the program again."""
    lines = output.splitlines()
    length = len(lines) // 2
    while length > 0:
        if lines[-length:] == lines[-2 * length : -length]:
            del lines[-length:]
            length = len(lines) // 2
        else:
            length -= 1
    return "\n".join(lines)
