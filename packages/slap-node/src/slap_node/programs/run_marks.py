"""Finds and kills what a run of the node has started, by the mark in the environment of each run.

Only what no keeper could end is left to this: a mark says who has started a process, not that it may stay.
"""

import os
import secrets
from collections.abc import Mapping
from typing import Any

from slap_node.programs import live_processes
from slap_node.programs.ending import end_processes

RUN_MARK = "SLAPOS_NODE_RUN"
"""Environment variable of every program: `<pid of the node>.<its start, in clock ticks>.<random>`."""


def new_mark() -> str:
    """Return a value of `RUN_MARK` that tells this node's runs from each other and from other nodes'."""
    pid = os.getpid()
    return f"{pid}.{live_processes.start_of(pid)}.{secrets.token_hex(8)}"


def mark_of_run(request: Mapping[str, Any]) -> str:
    """Return the mark in the environment of what a fork server is asked for; empty when it has none."""
    return str(request.get("environment", {}).get(RUN_MARK, ""))


def kill_run(mark: str) -> None:
    """Kill what is left of a run whose keeper was killed.

    Args:
        mark: of the run; nothing is killed when it is empty.
    """

    def is_meant(pid: int) -> bool:
        return bool(mark) and live_processes.environment_of(pid).get(RUN_MARK) == mark

    end_processes([pid for pid in live_processes.all_pids() if is_meant(pid)], is_meant, patience=0)


def kill_remains(owner: int) -> None:
    """Kill what a node that was killed left running (builds, recipes, promises), unless the node is alive.

    Services are no remains: supervisor starts with an environment of its own.

    Args:
        owner: process id of the node that was killed.
    """
    began = live_processes.start_of(owner)

    def is_meant(pid: int) -> bool:
        starter, _, rest = live_processes.environment_of(pid).get(RUN_MARK, "").partition(".")
        # The node's id may be another process's by now, which began later.
        return starter == str(owner) and (not began or rest.partition(".")[0] != began)

    end_processes([pid for pid in live_processes.all_pids() if is_meant(pid)], is_meant, patience=0)
