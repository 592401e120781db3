"""An in-memory user database, and the contract that every user database keeps."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import replace
from pathlib import PurePosixPath

from slap_domain.errors import HostFailure
from slap_domain.model.host.changes import AccountChange, CreateGroup, CreateUser, LockPassword, ModifyUser
from slap_domain.model.host.layout import PartitionUser
from slap_domain.model.host.state import FoundAccounts, FoundUser
from slap_domain.ports.host import HostAccounts

_FIRST_UID = 900


class FakeHostAccounts:
    """Users and groups in imagination; like the real tools it refuses users of groups that do not exist."""

    def __init__(self, users: Iterable[FoundUser] = ()) -> None:
        self._users = {user.name: user for user in users}
        self._groups = {user.group for user in self._users.values()}

    def observe(self) -> FoundAccounts:
        """Return every user and group."""
        return FoundAccounts(users=dict(self._users), groups=frozenset(self._groups))

    def apply(self, change: AccountChange) -> None:
        """Make one change."""
        match change:
            case CreateGroup():
                self._create_group(change.name)
            case CreateUser():
                self._create_user(change.user)
            case ModifyUser():
                self._modify(change.user)
            case _:
                self._users[change.name] = replace(self._user(change.name), locked=True)

    def _create_group(self, name: str) -> None:
        if name in self._groups:
            raise HostFailure(f"group {name} exists already")
        self._groups.add(name)

    def _create_user(self, user: PartitionUser) -> None:
        if user.name in self._users:
            raise HostFailure(f"user {user.name} exists already")
        self._check_groups(user)
        self._users[user.name] = FoundUser(
            name=user.name,
            uid=_FIRST_UID + len(self._users),
            group=user.name,
            home=user.home,
            shell=user.shell,
            groups=frozenset(user.groups),
        )

    def _modify(self, user: PartitionUser) -> None:
        self._check_groups(user)
        found = self._user(user.name)
        self._users[user.name] = replace(
            found, home=user.home, shell=user.shell, group=user.name, groups=found.groups | set(user.groups)
        )

    def _user(self, name: str) -> FoundUser:
        if name not in self._users:
            raise HostFailure(f"user {name} does not exist")
        return self._users[name]

    def _check_groups(self, user: PartitionUser) -> None:
        missing = {user.name, *user.groups} - self._groups
        if missing:
            raise HostFailure(f"groups {', '.join(sorted(missing))} do not exist")


class HostAccountsContract(ABC):
    """What every user database does; subclass it as a test class and make the subject and free names."""

    @abstractmethod
    def make_accounts(self) -> HostAccounts:
        """Return the subject."""

    @abstractmethod
    def name(self) -> str:
        """Return the name of no user and no group; a different one each time."""

    def test_a_new_user_has_what_was_asked(self) -> None:
        """Home, shell, groups are as told; the password is locked; it is not root."""
        accounts, name, other = self.make_accounts(), self.name(), self.name()
        accounts.apply(CreateGroup(name=name))
        accounts.apply(CreateGroup(name=other))
        accounts.apply(CreateUser(user=PartitionUser(name=name, home=_HOME, groups=(other,))))
        found = accounts.observe().users[name]
        assert (found.name, found.group, found.home, found.shell) == (name, name, _HOME, "/bin/sh")
        assert found.groups == {other}
        assert found.locked
        assert found.uid > 0

    def test_a_modified_user_keeps_its_other_groups_and_its_uid(self) -> None:
        """Groups are added, never taken away."""
        accounts, name, first, second = self.make_accounts(), self.name(), self.name(), self.name()
        for group in (name, first, second):
            accounts.apply(CreateGroup(name=group))
        accounts.apply(CreateUser(user=PartitionUser(name=name, home=_HOME, groups=(first,))))
        before = accounts.observe().users[name]
        wanted = PartitionUser(name=name, home=_HOME / "new", shell=_NO_SHELL, groups=(second,))
        accounts.apply(ModifyUser(user=wanted))
        after = accounts.observe().users[name]
        assert (after.uid, after.home, after.shell) == (before.uid, _HOME / "new", _NO_SHELL)
        assert after.groups == {first, second}

    def test_locking_twice_is_no_failure(self) -> None:
        """A locked password stays locked."""
        accounts, name = self.make_accounts(), self.name()
        accounts.apply(CreateGroup(name=name))
        accounts.apply(CreateUser(user=PartitionUser(name=name, home=_HOME)))
        accounts.apply(LockPassword(name=name))
        assert accounts.observe().users[name].locked

    def test_a_group_is_created_once(self) -> None:
        """A group that exists is a failure to tell, and is seen by those who look first."""
        accounts, name = self.make_accounts(), self.name()
        accounts.apply(CreateGroup(name=name))
        assert name in accounts.observe().groups
        _assert_fails(accounts, CreateGroup(name=name))

    def test_a_user_needs_its_groups(self) -> None:
        """Nothing is created for a user whose group does not exist."""
        accounts, name = self.make_accounts(), self.name()
        _assert_fails(accounts, CreateUser(user=PartitionUser(name=name, home=_HOME)))
        assert name not in accounts.observe().users

    def test_an_unknown_user_cannot_be_changed(self) -> None:
        """Neither modified nor locked."""
        accounts, name = self.make_accounts(), self.name()
        accounts.apply(CreateGroup(name=name))
        _assert_fails(accounts, ModifyUser(user=PartitionUser(name=name, home=_HOME)))
        _assert_fails(accounts, LockPassword(name=name))


_HOME = PurePosixPath("/nonexistent/home")
_NO_SHELL = "/bin/false"


def _assert_fails(accounts: HostAccounts, change: AccountChange) -> None:
    try:
        accounts.apply(change)
    except HostFailure:
        return
    raise AssertionError(f"{change.describe()} did not fail")
