"""What `node format` asks of the machine it runs on: accounts, network, files, facts, and its record."""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from pathlib import PurePosixPath
from typing import Protocol

from slap_domain.model.host.changes import AccountChange, FileChange, NetworkChange
from slap_domain.model.host.layout import HostFacts
from slap_domain.model.host.state import FoundAccounts, FoundFiles, FoundNetwork


class HostAccounts(Protocol):
    """The user database of the machine.

    Order: a group before the user that has it.
    Raises: `HostFailure`, also when a tool that is needed is missing.
    """

    def observe(self) -> FoundAccounts:
        """Return every user and group."""
        ...

    def apply(self, change: AccountChange) -> None:
        """Make one change."""
        ...


class HostNetwork(Protocol):
    """The interfaces, addresses and routes of the machine.

    Order: an interface before its addresses and routes; `settle` after the last change.
    Idempotence: adding what is there already is no failure.
    Raises: `HostFailure`.
    """

    def observe(self) -> FoundNetwork:
        """Return all of it."""
        ...

    def apply(self, change: NetworkChange) -> None:
        """Make one change, without waiting for duplicate address detection."""
        ...

    def settle(self) -> frozenset[IPv4Address | IPv6Address]:
        """Wait until every added address is usable; remove, and return, those that other machines have."""
        ...


class HostFiles(Protocol):
    """Directories and documents of the machine.

    Raises: `HostFailure`.
    """

    def observe(
        self, directories: frozenset[PurePosixPath], documents: frozenset[PurePosixPath]
    ) -> FoundFiles:
        """Return those of the paths that exist.

        Raises:
            HostFailure: something else than a directory or a file is in the place of one.
        """
        ...

    def read(self, path: PurePosixPath) -> str | None:
        """Return a document, or None when there is none."""
        ...

    def read_own(self, path: PurePosixPath) -> str | None:
        """Return a document that was written by `apply` and by nobody else, or None."""
        ...

    def disks(self, home: PurePosixPath) -> tuple[str, ...]:
        """Return the names of the directories `data0`, `data1`, … below a directory, in that order."""
        ...

    def apply(self, change: FileChange) -> None:
        """Make one change."""
        ...


class HostMachine(Protocol):
    """What the machine is."""

    def facts(self) -> HostFacts:
        """Return it.

        Raises:
            HostFailure: it cannot be found out.
        """
        ...


class RecordFormat(Protocol):
    """The form in which what `node format` made of a computer is recorded and sent."""

    def write(self, document: Mapping[str, object]) -> str:
        """Return the text of a dictionary; equal dictionaries give equal texts."""
        ...

    def read(self, text: str) -> object:
        """Return what a text says.

        Raises:
            InvalidInput: it is malformed.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """A machine, by all the conversations one has with it."""

    accounts: HostAccounts
    network: HostNetwork
    files: HostFiles
    machine: HostMachine
    records: RecordFormat
