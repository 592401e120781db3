"""Whether the programs of partitions have run since the supervisor daemon was launched.

supervisord starts none of them by itself: after a shutdown or a reboot, whoever launches it, they wait for
the next pass, which would find their partitions unchanged.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from slap_node.supervisor.layout import SupervisorLayout


def is_over(layout: SupervisorLayout) -> bool:
    """Tell whether it was found that all that is to run has run since the daemon was launched."""
    try:
        return layout.resumed.read_text() == daemon_mark(layout)
    except OSError:
        return False


def daemon_mark(layout: SupervisorLayout) -> str:
    """Return what tells this run of the daemon from all others, for the file `resumed`; empty: no run."""
    try:
        status = layout.pid_file.stat()
    except OSError:
        return ""
    return f"{status.st_ino} {status.st_mtime_ns}"


def idle_groups(infos: Iterable[Mapping[str, object]]) -> frozenset[str]:
    """Return the groups of which nothing was ever started, by what `getAllProcessInfo` answers."""
    starts: defaultdict[str, list[object]] = defaultdict(list)
    for info in infos:
        starts[str(info["group"])].append(info["start"])
    return frozenset(group for group, each in starts.items() if not any(each))
