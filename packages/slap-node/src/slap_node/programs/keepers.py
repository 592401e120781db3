"""How the fork servers and keepers of a node are started, and known again among other processes."""

import os
from pathlib import PurePosixPath

from slap_node.programs import live_processes

ISOLATED = ("-I", "-S", "-B")
_SCRIPTS = frozenset({"run_keeper.py", "warm_process.py"})


def is_keeper(pid: int) -> bool:
    """Tell whether a process is a fork server, or a keeper of one, of a node that runs as our user."""
    if live_processes.user_of(pid) != os.geteuid():
        return False
    words = live_processes.words_of(pid)
    return words[1:4] == ISOLATED and any(PurePosixPath(word).name in _SCRIPTS for word in words[4:5])
