"""Steps about what recipes and their authors ask of a master."""

import pytest
from features.worlds.masters import master_in_memory, master_over_http
from pytest_bdd import given, parsers, then, when

from slap_domain.errors import NoFreePartition
from slap_domain.model.addresses import NetworkAddress
from slap_domain.model.computer import ComputerDescription, PartitionDescription
from slap_domain.model.instance import InstanceRequest
from slap_domain.model.references import computer_guid, instance_title, partition_id, software_url
from slap_domain.model.software_release import SoftwareState
from slap_domain.ports.master_for_instances import PublishedConnection

COMPUTER = computer_guid("COMP-1")
RELEASE = software_url("https://example.com/software.cfg")


@pytest.fixture
def any_master(request, tmp_path):
    over_http = request.node.get_closest_marker("over_http")
    with master_over_http(tmp_path) if over_http else master_in_memory() as master:
        yield master


@pytest.fixture
def answers():
    """What was answered last about each instance."""
    return {}


def request_of(title, **parameters):
    return InstanceRequest(
        title=instance_title(title),
        release=RELEASE,
        parameters=parameters,
        filters={"computer_guid": COMPUTER},
    )


@given(parsers.parse("a master with a computer of {count:d} free partitions"))
def _(any_master, count):
    address = NetworkAddress(address="10.0.0.2", netmask="255.255.255.255")
    partitions = tuple(
        PartitionDescription(id=partition_id(f"slappart{number}"), addresses=(address,))
        for number in range(count)
    )
    any_master.hosts.describe(ComputerDescription(guid=COMPUTER, partitions=partitions))
    any_master.tenants.supply(RELEASE, COMPUTER, SoftwareState.AVAILABLE)


@when(parsers.parse("the recipe's author requests {title} with the parameter {name}={value}"))
def _(any_master, answers, title, name, value):
    answers[title] = any_master.tenants.request(request_of(title, **{name: value}))


@when(parsers.parse("the instance {title} publishes {name}={value}"))
def _(any_master, answers, title, name, value):
    any_master.instances.publish(
        PublishedConnection(computer=COMPUTER, partition=answers[title].partition, parameters={name: value})
    )


@then(parsers.parse("the parameter {name} of {title} is {value}"))
def _(answers, title, name, value):
    assert answers[title].parameters[name] == value


@then(parsers.parse("{title} is allocated"))
def _(answers, title):
    assert (answers[title].computer, answers[title].partition) == (COMPUTER, "slappart0")


@then(parsers.parse("{title} answers with {name}={value}"))
def _(answers, title, name, value):
    assert answers[title].connection == {name: value}


@then("one more instance is refused")
def _(any_master):
    with pytest.raises(NoFreePartition):
        any_master.tenants.request(request_of("one-more"))
