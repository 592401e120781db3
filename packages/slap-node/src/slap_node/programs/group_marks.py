"""A mark of its group on all that a supervised program starts, which no environment or directory carries.

It is the hard limit of a resource that Linux no longer counts (file locks, getrlimit(2)): each process hands
it on to what it starts, and only root can raise it. So a process that forked away, took a session of its own,
emptied its environment and went to another directory is still known for what it is (decision 14).
"""

import contextlib
import hashlib
import resource

_LOCKS = 10  # RLIMIT_LOCKS, which the module `resource` does not name; the same on all machines


def group_mark(socket: str, group: str) -> int:
    """Return the mark of a group of a supervisor's programs.

    Args:
        socket: the supervisor's.
        group: the group's name.
    """
    digest = hashlib.sha256(f"{socket}\0{group}".encode(errors="surrogateescape")).digest()
    # High enough to be no limit that anybody would set, and below what is infinite.
    return int.from_bytes(digest[:7]) | 1 << 56


def bear(mark: int) -> None:
    """Let this process, and all it starts, bear a mark; within a partition that of the outer node stays."""
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(_LOCKS, (mark, mark))
