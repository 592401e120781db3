"""What a machine or a person says to a master that does not know it yet."""

from pathlib import PurePosixPath
from typing import Protocol

from slap_domain.model.host.changes import FileChange
from slap_domain.model.host.registration import IssuedIdentity
from slap_domain.model.references import ComputerGuid


class Registrar(Protocol):
    """Gives identities for one-time tokens, or in place of the one that it is asked with.

    Idempotence: none. A token is good for one call, whatever becomes of the answer.
    Raises, every method: `NotAllowed` (the token is refused, used or expired), `InvalidInput`,
    `TemporarilyUnavailable`.
    """

    def register_computer(self, title: str, token: str) -> IssuedIdentity:
        """Make this machine a computer of the master."""
        ...

    def register_user(self, token: str) -> IssuedIdentity:
        """Return an identity of the user who got the token."""
        ...

    def renew_computer(self, computer: ComputerGuid, token: str) -> IssuedIdentity:
        """Return another identity of a computer of the master.

        The token is one of its owner; empty: the identity that the master is asked with counts.
        """
        ...

    def renew_user(self, token: str) -> IssuedIdentity:
        """Return another identity of a user; the token is as for a computer."""
        ...


class ConfigurationFiles(Protocol):
    """The configuration of this machine, as files.

    Raises, every method: `HostFailure`.
    """

    def read(self, path: PurePosixPath) -> str | None:
        """Return what a file says; None when there is nothing at its path."""
        ...

    def is_made(self, change: FileChange) -> bool:
        """Tell whether a change is made already: the directory exists, the file says just that."""
        ...

    def check_writable(self, directory: PurePosixPath) -> None:
        """Make sure that files can be written in a directory, or that it can be made; nothing is changed."""
        ...

    def back_up(self, directory: PurePosixPath) -> PurePosixPath:
        """Copy a directory to `<name>.old`, or `<name>.old.1` and so on, and return the new path."""
        ...

    def apply(self, change: FileChange) -> None:
        """Make one change; a directory that exists is left as it is."""
        ...
