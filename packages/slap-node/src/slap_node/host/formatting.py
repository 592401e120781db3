"""The machine this runs on, put together for `node format`."""

import hashlib
import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from ipaddress import IPv4Address, IPv6Address
from pathlib import PurePosixPath

from slap_domain.errors import HostFailure
from slap_domain.model.host.changes import NetworkChange
from slap_domain.model.host.settings import FormatSettings
from slap_domain.model.host.state import FoundNetwork
from slap_domain.ports.host import Host, HostNetwork
from slap_domain.ports.master_for_hosts import MasterForHosts
from slap_domain.use_cases.host.format_computer import FormatComputer
from slap_node.host.accounts import ShadowAccounts
from slap_node.host.files import LocalFiles
from slap_node.host.machine import LocalMachine
from slap_node.host.records import MarshalRecords
from slap_node.named_lock import named_lock
from slap_node.run_lock import run_lock

_LOCKS = PurePosixPath("/run/slapos")


class UntouchedNetwork:
    """`HostNetwork` of a machine whose network is not altered: there is nothing to see and nothing to do."""

    def observe(self) -> FoundNetwork:
        """Return an empty network."""
        return FoundNetwork()

    def apply(self, change: NetworkChange) -> None:
        """Refuse.

        Raises:
            HostFailure: always.
        """
        raise HostFailure(f"cannot {change.describe()}: alter_network is false")

    def settle(self) -> frozenset[IPv4Address | IPv6Address]:
        """Return nothing: nothing was added."""
        return frozenset()


def format_computer(
    settings: FormatSettings, master: MasterForHosts, report: Callable[[str], None] = lambda _line: None
) -> FormatComputer:
    """Return the use case for this machine.

    Args:
        settings: with which it will be run; where the network is not altered, netlink is not even loaded.
        master: whom to tell.
        report: is told each change, in one line, as it is made.
    """
    host = Host(
        accounts=ShadowAccounts(),
        network=host_network(settings),
        files=LocalFiles(),
        machine=LocalMachine(public_ipv4=settings.public_ipv4),
        records=MarshalRecords(),
    )
    return FormatComputer(host, master, report, _alone)


def _alone(record: PurePosixPath) -> AbstractContextManager[None]:
    """Keep other runs for the same record away.

    The lock is none of the directories that a format makes, and not where partitions could take it.
    """
    name = f"format-{hashlib.sha256(str(record).encode()).hexdigest()[:16]}"
    if os.geteuid() != 0:
        return named_lock(name, f"makes what {record} records")
    return run_lock(_LOCKS / f"{name}.pid")


def host_network(settings: FormatSettings) -> HostNetwork:
    """Return the network of this machine, which cannot be changed where the settings say so."""
    if not settings.alter_network:
        return UntouchedNetwork()
    from slap_node.network.linux import LinuxNetwork  # noqa: PLC0415 - it takes a quarter of a second

    return LinuxNetwork()
