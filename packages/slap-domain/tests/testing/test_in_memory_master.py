from slap_domain.model.instance import InstanceRequest
from slap_domain.model.references import InstanceTitle, SoftwareUrl
from slap_domain.testing.in_memory_master import InMemoryMaster
from slap_domain.testing.master_contract import COMPUTER, MasterUnderTest
from slap_domain.testing.master_for_hosts import MasterForHostsContract
from slap_domain.testing.master_for_instances import MasterForInstancesContract
from slap_domain.testing.master_for_nodes import MasterForNodesContract
from slap_domain.testing.master_for_tenants import MasterForTenantsContract


class InMemory:
    def make_master(self) -> MasterUnderTest:
        master = InMemoryMaster()
        return MasterUnderTest(
            tenants=master.tenants, nodes=master.nodes, hosts=master.hosts, instances=master.instances
        )


class TestTenants(InMemory, MasterForTenantsContract):
    pass


class TestNodes(InMemory, MasterForNodesContract):
    pass


class TestHosts(InMemory, MasterForHostsContract):
    pass


class TestInstances(InMemory, MasterForInstancesContract):
    pass


def test_a_recipe_author_reads_parameters_in_a_few_lines():
    master = InMemoryMaster().with_computer(COMPUTER, "slappart0")
    request = InstanceRequest(
        title=InstanceTitle("web"),
        release=SoftwareUrl("https://example.com/software.cfg"),
        parameters={"port": 80},
    )
    web = master.tenants.request(request)
    assert (web.parameters["port"], web.computer) == ("80", COMPUTER)
