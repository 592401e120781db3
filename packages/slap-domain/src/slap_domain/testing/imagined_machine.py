"""A machine in imagination: the fakes of a host together, and a master that remembers what it is told."""

import json
from collections.abc import Iterable
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network, IPv6Address, ip_interface
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from slap_domain.model.computer import ComputerDescription
from slap_domain.model.host.settings import FormatSettings
from slap_domain.model.host.state import FoundAddress, FoundInterface, FoundUser
from slap_domain.model.references import ComputerGuid, PartitionId
from slap_domain.ports.host import Host
from slap_domain.testing.host_accounts import FakeHostAccounts
from slap_domain.testing.host_files import FakeHostFiles
from slap_domain.testing.host_machine import FakeHostMachine, FakeRecordFormat
from slap_domain.testing.host_network import FakeHostNetwork
from slap_domain.use_cases.host.format_computer import FormatComputer, FormatOutcome

if TYPE_CHECKING:
    from slap_domain.errors import SlapError

ROOT = PurePosixPath("/srv/slapgrid")
RECORD = PurePosixPath("/opt/slapos/slapos.xml")
SETTINGS = FormatSettings(
    computer=ComputerGuid("COMP-1"),
    software_root=PurePosixPath("/opt/slapgrid"),
    instance_root=ROOT,
    record=RECORD,
    partition_amount=2,
    interface="eth0",
    ipv4_network=IPv4Network("10.0.0.0/16"),
)


def interface(name: str, *addresses: str, **values: Any) -> FoundInterface:  # noqa: ANN401 - the value's own
    """Return an interface that is up and carries these addresses, each with its prefix length."""
    found = tuple(FoundAddress(address=ip_interface(text)) for text in addresses)
    return FoundInterface(name=name, up=True, addresses=found, **values)


class ListeningMaster:
    """Remembers what hosts say.

    Attributes:
        described: each computer described, with its document.
        banged: each message of a bang.
        journals: the usage that was reported.
        failure: what it answers with instead; None to listen.
    """

    def __init__(self) -> None:
        self.described: list[tuple[ComputerDescription, str]] = []
        self.banged: list[str] = []
        self.journals: list[str] = []
        self.failure: SlapError | None = None

    def describe(self, computer: ComputerDescription, *, document: str = "") -> None:
        """Remember a computer."""
        self._hear()
        self.described.append((computer, document))

    def bang_computer(self, computer: ComputerGuid, message: str) -> None:
        """Remember a bang."""
        self._hear()
        self.banged.append(f"{computer}: {message}")

    def bang_instance(self, computer: ComputerGuid, partition: PartitionId, message: str) -> None:
        """Remember a bang."""
        self._hear()
        self.banged.append(f"{computer}/{partition}: {message}")

    def report_usage(self, computer: ComputerGuid, journal: str) -> None:
        """Remember a journal."""
        self._hear()
        self.journals.append(f"{computer}: {journal}")

    def _hear(self) -> None:
        if self.failure:
            raise self.failure


class ImaginedMachine:
    """A machine in imagination, and the master it talks to.

    Attributes:
        lines: what a format reported.
    """

    def __init__(
        self,
        *interfaces: FoundInterface,
        users: Iterable[FoundUser] = (),
        elsewhere: Iterable[IPv4Address | IPv6Address] = (),
        disks: Iterable[str] = (),
    ) -> None:
        self.accounts = FakeHostAccounts(users)
        self.network = FakeHostNetwork(
            interfaces or [interface("lo"), interface("eth0", "2001:db8:1::1/48", "fe80::1/64")],
            elsewhere,
        )
        self.files = FakeHostFiles(disks=disks)
        self.master = ListeningMaster()
        self.lines: list[str] = []

    @property
    def case(self) -> FormatComputer:
        """Return the use case on this machine, new."""
        host = Host(
            accounts=self.accounts,
            network=self.network,
            files=self.files,
            machine=FakeHostMachine(),
            records=FakeRecordFormat(),
        )
        return FormatComputer(host, self.master, self.lines.append)

    def run(self, settings: FormatSettings = SETTINGS, **values: Any) -> FormatOutcome:  # noqa: ANN401 - as above
        """Format the machine, with some settings replaced."""
        return self.case.run(replace(settings, **values))

    @property
    def record(self) -> dict[str, Any]:
        """Return what was recorded of the computer."""
        document: dict[str, Any] = json.loads(self.files.documents[RECORD])
        return document

    def carried(self, name: str) -> set[str]:
        """Return the addresses that an interface carries."""
        return {str(item.address) for item in self.network.observe().interfaces[name].addresses}
