"""The registry on both engines keeps the contracts that the fakes keep."""

import pytest

from slap_domain.testing.manual_clock import ManualClock
from slap_domain.testing.master_contract import MasterUnderTest
from slap_domain.testing.master_for_hosts import MasterForHostsContract
from slap_domain.testing.master_for_instances import MasterForInstancesContract
from slap_domain.testing.master_for_nodes import MasterForNodesContract
from slap_domain.testing.master_for_tenants import MasterForTenantsContract
from slap_domain.testing.registry_contract import RegistryContract
from slap_domain.testing.registry_instance_contract import RegistryInstanceContract
from slap_domain.use_cases.master.whole_master import Master


class OnDatabase:
    @pytest.fixture(autouse=True)
    def _open(self, registry):
        self.registry = registry

    def make_registry(self):
        return self.registry

    def make_master(self) -> MasterUnderTest:
        said = Master(self.registry, ManualClock()).for_caller()
        return MasterUnderTest(
            tenants=said.tenants, nodes=said.nodes, hosts=said.hosts, instances=said.instances
        )


class TestRegistry(OnDatabase, RegistryContract):
    pass


class TestRegistryOfInstances(OnDatabase, RegistryInstanceContract):
    pass


class TestTenants(OnDatabase, MasterForTenantsContract):
    pass


class TestNodes(OnDatabase, MasterForNodesContract):
    pass


class TestHosts(OnDatabase, MasterForHostsContract):
    pass


class TestInstances(OnDatabase, MasterForInstancesContract):
    pass
