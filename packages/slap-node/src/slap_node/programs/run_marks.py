"""Finds and kills what a run of the node has started, by a mark that nothing it starts can take off.

Only what no keeper could end is left to this: a mark says who has started a process, not that it may stay.
It is borne like those of groups (`group_marks`): the hard limit of file locks. The numbers are below those of
groups, so that a node which is itself part of a group can set them, and fall as process ids rise, so that one
which is part of a run mostly can.
"""

import itertools
import os
from collections.abc import Callable, Mapping
from typing import Any

from slap_node.programs import live_processes
from slap_node.programs.ending import end_processes

# Its bits, from the highest: that it is one; the node, less than 2**22 in Linux; the node's start, in clock
# ticks, of which three hours are told apart; the run.
_NODES, _STARTS, _RUNS = 1 << 22, 1 << 20, 1 << 13
_OF_A_RUN = _NODES * _STARTS * _RUNS
_ROUNDS = 3  # one may have forked while it was looked for
_runs = itertools.count()


def new_mark() -> int:
    """Return a mark that tells this node's runs from each other and from other nodes'."""
    return _first_mark(os.getpid()) + next(_runs) % _RUNS


def mark_of_run(request: Mapping[str, Any]) -> int:
    """Return the mark that is given to what a fork server is asked for; 0 for none."""
    return int(request.get("mark", 0))


def node_of(pid: int) -> int:
    """Return the process id of the node that started a process as part of a run; 0 when none did."""
    mark = live_processes.mark_of(pid) or 0
    return _NODES - 1 - mark // (_STARTS * _RUNS) % _NODES if mark // _OF_A_RUN == 1 else 0


def kill_run(mark: int) -> None:
    """Kill what is left of a run whose keeper was killed.

    Args:
        mark: of the run; nothing is killed when it is 0.
    """
    if mark:
        _kill(lambda pid: live_processes.mark_of(pid) == mark)


def kill_remains(owner: int) -> None:
    """Kill what a node that was killed left running (builds, recipes, promises), unless the node is alive.

    Services are no remains: supervisor is started without a mark.

    Args:
        owner: process id of the node that was killed.
    """
    # The node's id may be another process's by now, which began later.
    living = _first_mark(owner) // _RUNS if live_processes.start_of(owner) else 0

    def is_meant(pid: int) -> bool:
        return node_of(pid) == owner and (live_processes.mark_of(pid) or 0) // _RUNS != living

    _kill(is_meant)


def _first_mark(node: int) -> int:
    start = int(live_processes.start_of(node) or 0) % _STARTS
    return _OF_A_RUN + ((_NODES - 1 - node) * _STARTS + start) * _RUNS


def _kill(is_meant: Callable[[int], bool]) -> None:
    for _ in range(_ROUNDS):
        found = [pid for pid in live_processes.all_pids() if is_meant(pid)]
        if not found:
            return
        end_processes(found, is_meant, patience=0)
