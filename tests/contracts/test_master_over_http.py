"""The contracts of a master's conversations, kept by the real client and the real master over loopback."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from slap_domain.testing.in_memory_registry import InMemoryRegistry
from slap_domain.testing.master_contract import MasterUnderTest
from slap_domain.testing.master_for_hosts import MasterForHostsContract
from slap_domain.testing.master_for_instances import MasterForInstancesContract
from slap_domain.testing.master_for_nodes import MasterForNodesContract
from slap_domain.testing.master_for_tenants import MasterForTenantsContract
from slap_http_adapter.client.connection import Connection
from slap_http_adapter.client.hosts import HttpMasterForHosts
from slap_http_adapter.client.instances import HttpMasterForInstances
from slap_http_adapter.client.master_address import MasterAddress
from slap_http_adapter.client.nodes import HttpMasterForNodes
from slap_http_adapter.client.tenants import HttpMasterForTenants
from slap_proxy.server import running_master, serving
from slap_proxy.settings import ProxySettings
from slap_proxy.wiring import assembled_master


@pytest.fixture(params=["memory", "sqlite"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], MasterUnderTest]]:
    """Start a master, with its records in memory or in a file, and give the client of it."""
    settings = ProxySettings(database_uri=str(tmp_path / "master.sqlite"), port=0)
    with ExitStack() as running:

        def start() -> MasterUnderTest:
            if request.param == "sqlite":
                url = running.enter_context(running_master(settings))
            else:
                master = running.enter_context(assembled_master(settings, InMemoryRegistry(), "memory"))
                url = running.enter_context(serving(master, settings))
            connection = running.enter_context(Connection(MasterAddress(url=url, timeout=10)))
            return MasterUnderTest(
                tenants=HttpMasterForTenants(connection),
                nodes=HttpMasterForNodes(connection),
                hosts=HttpMasterForHosts(connection),
                instances=HttpMasterForInstances(connection),
            )

        yield start


class OverHttp:
    """Makes masters for whichever contract is tested."""

    @pytest.fixture(autouse=True)
    def _given(self, make: Callable[[], MasterUnderTest]) -> None:
        self._make = make

    def make_master(self) -> MasterUnderTest:
        return self._make()


class TestTenants(OverHttp, MasterForTenantsContract):
    pass


class TestNodes(OverHttp, MasterForNodesContract):
    pass


class TestHosts(OverHttp, MasterForHostsContract):
    pass


class TestInstances(OverHttp, MasterForInstancesContract):
    pass
