"""Bring a computer up at the start of its machine: network, format, bang."""

from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv6Interface
from typing import TypeVar

from slap_domain.errors import ConfigurationError, SlapError, TemporarilyUnavailable
from slap_domain.model.host.layout import ComputerLayout
from slap_domain.model.host.settings import FormatSettings
from slap_domain.planning.host.addresses import is_global
from slap_domain.ports.host import HostNetwork
from slap_domain.ports.master_for_hosts import MasterForHosts
from slap_domain.ports.partition_files import PartitionFiles
from slap_domain.use_cases.host.format_computer import FormatComputer, MasterAnswer

MESSAGE = "Reboot"
_Done = TypeVar("_Done")
NETWORK_PAUSE = 5.0
PAUSE = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BootPorts:
    """Whom booting talks to.

    Attributes:
        start_own_master: starts the master that runs under this machine's own supervisor, where it has one.
        wait: waits some seconds.
        report: is told what is waited for.
    """

    network: HostNetwork
    format: FormatComputer
    master: MasterForHosts
    files: PartitionFiles
    start_own_master: Callable[[], None]
    wait: Callable[[float], None]
    report: Callable[[str], None]


class BootComputer:
    """Waits for the network, formats the computer, and has every instance processed again.

    Nothing is given up: a machine may come up long before its network or its master does.
    """

    def __init__(self, ports: BootPorts) -> None:
        self._ports = ports

    def run(self, settings: FormatSettings) -> None:
        """Bring the computer up; returns when all of it is done.

        Raises:
            ConfigurationError: the configuration is wrong, which waiting does not mend.
        """
        if settings.needs_ipv6:
            self._wait_for_network(settings.global_interface)
        self._until_done(self._ports.start_own_master)
        layout = self._until_done(lambda: self._formatted(settings))
        self._until_done(lambda: self._bang(settings))
        for partition in layout.partitions:
            self._ports.files.write_stamp(partition.id, None)

    def _wait_for_network(self, name: str) -> None:
        while not self._has_global_address(name):
            self._ports.report(f"waiting for a global IPv6 address of {name}")
            self._ports.wait(NETWORK_PAUSE)

    def _has_global_address(self, name: str) -> bool:
        interface = self._ports.network.observe().interfaces.get(name)
        addresses = interface.addresses if interface else ()
        return any(
            isinstance(found.address, IPv6Interface) and is_global(found.address) for found in addresses
        )

    def _formatted(self, settings: FormatSettings) -> ComputerLayout:
        outcome = self._ports.format.run(settings)
        if outcome.master is MasterAnswer.AWAY:
            raise TemporarilyUnavailable(outcome.complaint)
        return outcome.plan.layout

    def _bang(self, settings: FormatSettings) -> bool:
        self._ports.master.bang_computer(settings.computer, MESSAGE)
        return True

    def _until_done(self, attempt: Callable[[], _Done]) -> _Done:
        while True:
            try:
                return attempt()
            except ConfigurationError:
                raise
            except SlapError as error:
                self._ports.report(f"{error}; trying again in {PAUSE:.0f} seconds")
                self._ports.wait(PAUSE)
