"""Names of users and groups by their numbers, for many numbers: the databases are read once, not for each."""

import grp
import pwd

from slap_node.partitions.places import name_of


class AccountNames:
    """The users and groups of this machine as they are when this is made; what has no name is its number."""

    def __init__(self) -> None:
        # Of several that share a number the first counts, as it does where one is looked up.
        self._users = {user.pw_uid: user.pw_name for user in reversed(pwd.getpwall())}
        self._groups = {group.gr_gid: group.gr_name for group in reversed(grp.getgrall())}

    def user(self, uid: int | None) -> str:
        """Return the name of a user; empty for none."""
        if uid is None:
            return ""
        if uid not in self._users:  # a directory server may not list everybody it knows
            self._users[uid] = name_of(uid)
        return self._users[uid]

    def group(self, gid: int | None) -> str:
        """Return the name of a group; empty for none."""
        if gid is None:
            return ""
        if gid not in self._groups:
            try:
                self._groups[gid] = grp.getgrgid(gid).gr_name
            except KeyError:
                self._groups[gid] = str(gid)
        return self._groups[gid]
