"""The description of a computer: byte for byte as captured, and round trips."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wire_samples import sample

from slap_domain.errors import InvalidInput
from slap_domain.model.addresses import NetworkAddress
from slap_domain.model.computer import ComputerDescription, PartitionDescription
from slap_domain.model.references import ComputerGuid, PartitionId
from slap_http_adapter.wire.description import computer_description, description_dictionary
from slap_http_adapter.wire.marshal import dumps, loads

CAPTURED = dict(sample("loadComputerConfigurationFromXML").form)["xml"]


def test_a_captured_description_is_sent_byte_for_byte():
    assert dumps(description_dictionary(computer_description(loads(CAPTURED)))) == CAPTURED.encode()


def test_a_captured_description_is_understood():
    computer = computer_description(loads(CAPTURED))
    assert (computer.guid, computer.address) == ("local_computer", "2001:db8::1")
    assert [(partition.id, partition.interface) for partition in computer.partitions] == [
        ("slappart0", "slaptap0"),
        ("slappart1", "slaptap1"),
    ]
    assert computer.partitions[0].addresses[0] == NetworkAddress(
        address="10.0.0.2", netmask="255.255.255.255"
    )


def test_without_a_tap_the_partition_names_the_interface():
    described = {
        "reference": "c",
        "address": None,
        "partition_list": [{"reference": "p", "address_list": [], "tap": None}],
        "os_type": "[]",
    }
    assert computer_description(described).partitions[0].interface == "p"


names = st.from_regex(r"[a-z][a-z0-9]{0,8}", fullmatch=True)
addresses = st.builds(
    NetworkAddress, address=st.ip_addresses().map(str), netmask=st.ip_addresses(v=4).map(str)
)
partitions = st.builds(
    PartitionDescription,
    id=names.map(PartitionId),
    addresses=st.lists(addresses, max_size=2).map(tuple),
    interface=names,
)
computers = st.builds(
    ComputerDescription,
    guid=names.map(ComputerGuid),
    address=st.just("") | st.ip_addresses().map(str),
    netmask=st.just("") | st.ip_addresses(v=4).map(str),
    partitions=st.lists(partitions, max_size=3, unique_by=lambda partition: partition.id).map(tuple),
)


@given(computers)
def test_a_description_survives_the_wire(computer):
    assert computer_description(loads(dumps(description_dictionary(computer)))) == computer


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        {},
        {"reference": "c"},
        {"reference": "c", "partition_list": "p"},
        {"reference": "", "partition_list": []},
        {"reference": "c", "partition_list": [{}]},
        {"reference": "c", "partition_list": [{"reference": "../p"}]},
        {"reference": "c", "partition_list": [{"reference": "p"}, {"reference": "p"}]},
        {"reference": "c", "partition_list": [{"reference": "p", "address_list": [{"addr": "10.0.0.1"}]}]},
        {"reference": "c", "partition_list": [{"reference": "p", "tap": "slaptap0"}]},
    ],
)
def test_malformed_descriptions_are_refused(value):
    with pytest.raises(InvalidInput):
        computer_description(value)
