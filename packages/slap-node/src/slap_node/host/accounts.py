"""Users and groups of this machine, read from its user database and changed by the shadow tools."""

import grp
import os
import pwd
import shutil
from collections import defaultdict
from pathlib import Path, PurePosixPath

from slap_domain.errors import HostFailure
from slap_domain.model.host.changes import AccountChange, CreateGroup, CreateUser, LockPassword, ModifyUser
from slap_domain.model.host.layout import PartitionUser
from slap_domain.model.host.state import FoundAccounts, FoundUser
from slap_node.programs.environment import DEFAULT_PATH
from slap_node.programs.processes import Command, run

_TOOLS = ("groupadd", "useradd", "usermod", "passwd")
_SHADOW = Path("/etc/shadow")
_TIMEOUT = 60.0
_ROOT = PurePosixPath("/")


class ShadowAccounts:
    """`HostAccounts` on the shadow tools."""

    def observe(self) -> FoundAccounts:
        """Return every user and group.

        Raises:
            HostFailure: not root, or a tool is missing.
        """
        _check_able()
        groups = {group.gr_gid: group.gr_name for group in grp.getgrall()}
        others = defaultdict(set)
        for group in grp.getgrall():
            for member in group.gr_mem:
                others[member].add(group.gr_name)
        locked = _locked_users()
        return FoundAccounts(
            users={
                user.pw_name: FoundUser(
                    name=user.pw_name,
                    uid=user.pw_uid,
                    group=groups.get(user.pw_gid, str(user.pw_gid)),
                    home=PurePosixPath(user.pw_dir),
                    shell=user.pw_shell,
                    groups=frozenset(others[user.pw_name]),
                    locked=user.pw_name in locked,
                )
                for user in pwd.getpwall()
            },
            groups=frozenset(groups.values()),
        )

    def apply(self, change: AccountChange) -> None:
        """Make one change."""
        for argv in _commands(change):
            finished = run(
                Command(
                    argv=argv,
                    directory=_ROOT,
                    environment={"PATH": DEFAULT_PATH, "LC_ALL": "C"},
                    timeout=_TIMEOUT,
                )
            )
            if not finished.succeeded:
                raise HostFailure(f"cannot {change.describe()}: {argv[0]} said: {finished.output.strip()}")


def _check_able() -> None:
    if os.geteuid() != 0:
        raise HostFailure(
            "only root can create users",
            hint="run it as root, or set alter_user = false in section [slapformat]",
        )
    missing = [tool for tool in _TOOLS if shutil.which(tool, path=DEFAULT_PATH) is None]
    if missing:
        raise HostFailure(
            f"programs are missing: {', '.join(missing)}",
            hint="install the package that has them (passwd, or shadow-utils), or set alter_user = false",
        )


def _commands(change: AccountChange) -> tuple[tuple[str, ...], ...]:
    match change:
        case CreateGroup():
            return (("groupadd", "-r", change.name),)
        case CreateUser(user=user):
            return (("useradd", "-r", "-M", *_told(user, "-G")), _lock(user.name))
        case ModifyUser(user=user):
            return (("usermod", *_told(user, "-aG")),)
        case LockPassword():
            return (_lock(change.name),)


def _told(user: PartitionUser, other_groups: str) -> tuple[str, ...]:
    groups = (other_groups, ",".join(user.groups)) if user.groups else ()
    return ("-d", str(user.home), "-g", user.name, "-s", user.shell, *groups, user.name)


def _lock(name: str) -> tuple[str, ...]:
    return ("passwd", "-l", name)


def _locked_users() -> frozenset[str]:
    try:
        lines = _SHADOW.read_text().splitlines()
    except FileNotFoundError:
        return frozenset(user.pw_name for user in pwd.getpwall())
    entries = [line.split(":") for line in lines]
    return frozenset(entry[0] for entry in entries if len(entry) > 1 and entry[1].startswith(("!", "*")))
