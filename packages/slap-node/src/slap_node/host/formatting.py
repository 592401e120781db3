"""The machine this runs on, put together for `node format`."""

from collections.abc import Callable

from slap_domain.ports.host import Host, HostNetwork
from slap_domain.ports.master_for_nodes import MasterForHosts
from slap_domain.use_cases.format_computer import FormatComputer
from slap_node.host.accounts import ShadowAccounts
from slap_node.host.files import LocalFiles
from slap_node.host.machine import LocalMachine
from slap_node.host.records import MarshalRecords


def local_host(network: HostNetwork, *, public_ipv4: str = "") -> Host:
    """Return this machine, with a network."""
    return Host(
        accounts=ShadowAccounts(),
        network=network,
        files=LocalFiles(),
        machine=LocalMachine(public_ipv4=public_ipv4),
        records=MarshalRecords(),
    )


def format_computer(
    master: MasterForHosts, network: HostNetwork, report: Callable[[str], None] = lambda _line: None
) -> FormatComputer:
    """Return the use case for this machine; `report` is told each change as it is made."""
    return FormatComputer(local_host(network), master, report)
