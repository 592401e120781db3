"""A master to request from: its rules in memory, or a real one behind HTTP; a scenario's tag says which."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from slap_domain.testing.in_memory_master import InMemoryMaster
from slap_http_adapter.client.connection import Connection
from slap_http_adapter.client.hosts import HttpMasterForHosts
from slap_http_adapter.client.instances import HttpMasterForInstances
from slap_http_adapter.client.master_address import MasterAddress
from slap_http_adapter.client.tenants import HttpMasterForTenants
from slap_proxy.server import running_master
from slap_proxy.settings import ProxySettings, Trust


class MasterOverHttp:
    """The conversations with a real master."""

    def __init__(self, connection: Connection) -> None:
        self.tenants = HttpMasterForTenants(connection)
        self.hosts = HttpMasterForHosts(connection)
        self.instances = HttpMasterForInstances(connection)


@contextmanager
def master_in_memory() -> Iterator[InMemoryMaster]:
    """Give the rules of a master on a registry that forgets."""
    yield InMemoryMaster()


@contextmanager
def master_over_http(directory: Path) -> Iterator[MasterOverHttp]:
    """Give a client of a master that serves from this process, with its records in a directory."""
    settings = ProxySettings(
        port=0,
        database_uri=str(directory / "proxy.sqlite"),
        trust=Trust(directory=directory / "certificates"),
    )
    with running_master(settings) as url, Connection(MasterAddress(url=url)) as connection:
        yield MasterOverHttp(connection)
