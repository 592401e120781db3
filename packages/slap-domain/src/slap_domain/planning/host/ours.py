"""Whether what bears a name of ours is ours: what belongs to others is refused."""

from collections.abc import Collection
from pathlib import PurePosixPath

from slap_domain.errors import Conflict
from slap_domain.model.host.layout import PartitionUser
from slap_domain.model.host.state import FoundAccounts, FoundDirectory, FoundInterface, FoundUser

_ROOT = "root"


def check_user(
    wanted: PartitionUser, found: FoundUser | None, known: Collection[str], complaint: str, remedy: str
) -> None:
    """Refuse to take over a user whose home is not ours, unless it was recorded as ours.

    Raises:
        Conflict: it is somebody else's.
    """
    if found is None or (found.home == wanted.home and found.uid != 0):
        return
    if wanted.name not in known or found.uid == 0:
        raise Conflict(
            f"user {wanted.name} exists already, with home {found.home}, and {complaint}",
            hint=f"rename or remove that user, or set {remedy}",
        )


def check_group(name: str, accounts: FoundAccounts, known: Collection[str]) -> None:
    """Refuse a group that gives others what a partition's user has, unless it was recorded as ours.

    Raises:
        Conflict: others are in it.
    """
    others = sorted(accounts.members(name) - {name})
    if others and name not in known:
        raise Conflict(
            f"group {name} exists already, and {', '.join(others)} would have access to the partition by it",
            hint="rename or remove that group, or set user_base_name to another prefix",
        )


def refuse_link(path: PurePosixPath, found: FoundDirectory | None) -> None:
    """Refuse to give a partition whatever a link leads to.

    Raises:
        Conflict: the path is one.
    """
    if found is not None and found.link:
        raise Conflict(
            f"{path} is a symbolic link, where a directory of a partition shall be",
            hint="move it away, or mount the other directory there",
        )


def check_owner(path: PurePosixPath, found: FoundDirectory | None, ours: Collection[str]) -> None:
    """Refuse to take a directory from its owner.

    Args:
        path: of the directory.
        found: what is there.
        ours: users whose it may be; root's may be given to any of them.

    Raises:
        Conflict: it is somebody else's.
    """
    if found is not None and found.user not in {_ROOT, *ours}:
        raise Conflict(
            f"directory {path} exists already, and belongs to {found.user}",
            hint=f"move it away; or, if what it holds may stay there, give it to root: chown root: {path}",
        )


def check_interface(name: str, kind: str, user: str, found: FoundInterface) -> None:
    """Refuse an interface that is of another kind, or that another user, or anybody, may use.

    Raises:
        Conflict: it is such a one.
    """
    if found.kind != kind:
        raise Conflict(
            f"interface {name} exists already and is no {kind}",
            hint="rename or remove it, or set tap_base_name to another prefix",
        )
    if found.owner != user:
        raise Conflict(
            f"{kind} {name} exists already, and {_holder(found)} may use it, not user {user} alone",
            hint=f"remove it, and it is made anew: ip link del {name}",
        )


def _holder(found: FoundInterface) -> str:
    if found.owner:
        return f"user {found.owner}"
    return f"group {found.group}" if found.group else "anybody"
