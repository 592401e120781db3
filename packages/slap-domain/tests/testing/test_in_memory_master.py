from dataclasses import replace

import pytest

from slap_domain.errors import NotFound
from slap_domain.model.instance import InstanceRequest
from slap_domain.model.references import InstanceTitle, SoftwareUrl
from slap_domain.testing.in_memory_master import InMemoryMaster
from slap_domain.testing.master_contract import COMPUTER, MasterUnderTest, assigned, description, refuses
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


class NothingOfChildren:
    """A master that does not keep what instances requested."""

    def __init__(self, nodes):
        self._nodes = nodes

    def __getattr__(self, name):
        return getattr(self._nodes, name)

    def report_children(self, *_):
        raise NotFound("this master does not keep that")


class TestNodesOfAMasterThatKeepsLess(InMemory, MasterForNodesContract):
    def make_master(self) -> MasterUnderTest:
        master = super().make_master()
        return replace(master, nodes=NothingOfChildren(master.nodes))


def test_the_contracts_notice_what_is_wrong():
    master = InMemory().make_master()
    with pytest.raises(AssertionError, match="was expected"):
        refuses(NotFound, master.tenants.list_services)
    master.hosts.describe(description("slappart0"))
    with pytest.raises(AssertionError, match="free or unknown"):
        assigned(master, "slappart0")
