"""Computers and partitions: from the wire and back, on captured documents and on arbitrary models."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wire_samples import sample

from slap_domain.errors import InvalidInput
from slap_domain.model.addresses import InterfaceAddress
from slap_domain.model.computer import AssignedInstance, AssignedPartition, ComputerAssignment
from slap_domain.model.instance import InstanceState
from slap_domain.model.references import (
    ComputerGuid,
    InstanceGuid,
    InstanceTitle,
    PartitionId,
    SoftwareType,
    SoftwareUrl,
    Timestamp,
)
from slap_domain.model.software_release import SoftwareState, SuppliedRelease
from slap_http_adapter.wire.assignment import (
    INFORMATION_KEYS,
    assigned_partition,
    computer_assignment,
    computer_object,
    partition_object,
)
from slap_http_adapter.wire.marshal import dumps, dumps_fragment, loads
from slap_http_adapter.wire.values import WireObject

COMPUTERS = ("getFullComputerInformation", "getFullComputerInformation.software-destroyed")
PARTITIONS = ("registerComputerPartition", "registerComputerPartition.free")
COMPUTER = ComputerGuid("local_computer")


def without_second_name(value: WireObject) -> WireObject:
    """Drop `full_ip_list`, which we send and the captured proxy does not (compat-notes 2.4)."""
    for partition in value.state.get("_computer_partition_list", [value]):
        partition.state.get("_parameter_dict", {}).pop("full_ip_list", None)
    return value


@pytest.mark.parametrize("name", COMPUTERS)
def test_a_captured_computer_is_answered_byte_for_byte(name):
    answer = sample(name).answer
    made = computer_object(computer_assignment(loads(answer)))
    assert dumps(without_second_name(made)) == answer.encode()


@pytest.mark.parametrize("name", PARTITIONS)
def test_a_captured_partition_is_answered_byte_for_byte(name):
    answer = sample(name).answer
    made = partition_object(COMPUTER, assigned_partition(loads(answer)))
    assert dumps(without_second_name(made)) == answer.encode()


def test_a_captured_computer_is_understood():
    read = computer_assignment(loads(sample("getFullComputerInformation").answer))
    url = SoftwareUrl("https://example.com/demo/software.cfg")
    assert read.guid == "local_computer"
    assert read.releases == (SuppliedRelease(url=url),)
    root, child = (partition.instance for partition in read.partitions)
    assert root.title == root.root_title == "my instance"
    assert root.parameters == {
        "_": '{"a": [1, null, "\\u00e9"]}',
        "count": "3",
        "name": "Zo\u00eb & <b>",
    }
    assert root.connection == {"_": '{"port": 80}', "url": "https://\u00fc/"}
    assert root.addresses == (
        InterfaceAddress(interface="slaptap0", address="10.0.0.2"),
        InterfaceAddress(interface="slaptap0", address="2001:db8::2"),
    )
    assert root.shared_instances[0]["slave_reference"] == "my instance_site"
    assert root.timestamp == "1795293997.098265"
    assert (child.state, child.type, child.access_status) == (InstanceState.STOPPED, "backend", None)
    assert set(child.information) < INFORMATION_KEYS


def test_both_names_of_the_full_list_are_sent():
    read = computer_assignment(loads(sample("getFullComputerInformation").answer))
    parameters = partition_object(COMPUTER, read.partitions[0]).state["_parameter_dict"]
    assert parameters["full_ip_list"] == parameters["full_address_list"] == []


texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=8)
titles = texts.filter(str.strip)  # a reader takes a reference of blanks alone for none
plain = st.none() | texts | st.integers()
parameters = st.dictionaries(texts.filter(lambda key: key not in INFORMATION_KEYS), plain, max_size=3)
names = st.from_regex(r"[a-z][a-z0-9]{0,5}", fullmatch=True)
addresses = st.lists(
    st.builds(InterfaceAddress, interface=names, address=st.ip_addresses().map(str)), max_size=2
).map(tuple)
instances = st.builds(
    AssignedInstance,
    guid=titles.map(InstanceGuid),
    title=titles.map(InstanceTitle),
    root_title=titles.map(InstanceTitle),
    release=titles.map(SoftwareUrl),
    type=titles.map(SoftwareType),
    state=st.sampled_from(InstanceState),
    parameters=parameters,
    connection=parameters,
    addresses=addresses,
    shared_instances=st.lists(parameters, max_size=2).map(tuple),
    timestamp=st.none() | texts.map(Timestamp),
    filters=parameters,
    access_status=st.none() | texts,
)
partitions = st.builds(AssignedPartition, id=names.map(PartitionId), instance=st.none() | instances)
releases = st.builds(SuppliedRelease, url=titles.map(SoftwareUrl), state=st.sampled_from(SoftwareState))
assignments = st.builds(
    ComputerAssignment,
    guid=names.map(ComputerGuid),
    releases=st.lists(releases, max_size=2).map(tuple),
    partitions=st.lists(partitions, max_size=3).map(tuple),
)


@given(assignments)
def test_an_assignment_survives_the_wire(assignment):
    text = dumps(computer_object(assignment))
    again = computer_assignment(loads(text))
    assert dumps(computer_object(again)) == text
    assert [one.instance and one.instance.parameters for one in again.partitions] == [
        one.instance and one.instance.parameters for one in assignment.partitions
    ]
    assert [one.instance and one.instance.access_status for one in again.partitions] == [
        one.instance and one.instance.access_status for one in assignment.partitions
    ]


@given(assignments)
def test_cached_fragments_tell_the_same(assignment):
    fragments = tuple(
        dumps_fragment(partition_object(assignment.guid, partition), ids=f"p{number}_")
        for number, partition in enumerate(assignment.partitions)
    )
    joined = loads(dumps(computer_object(assignment, fragments)))
    assert joined == loads(dumps(computer_object(assignment)))


def test_what_a_master_sends_besides_reaches_the_node():
    answer = loads(sample("registerComputerPartition").answer)
    full = [("route_tap0", "10.9.0.2", "10.9.0.1", "255.255.0.0", "10.9.0.0")]
    answer.state["_parameter_dict"]["full_ip_list"] = full
    answer.state["_access_status"] = "#access ok"
    answer.state["_filter_dict"] = {"retention_delay": "7"}
    instance = assigned_partition(answer).instance
    assert instance.information["full_ip_list"] == full
    assert instance.access_status == "#access ok"
    assert instance.filters == {"retention_delay": "7"}


def test_a_forwarded_release_is_a_text():
    answer = loads(sample("registerComputerPartition").answer)
    answer.state["_software_release_document"] = "https://example.com/other.cfg"
    assert assigned_partition(answer).instance.release == "https://example.com/other.cfg"


def test_one_malformed_partition_does_not_hide_the_others(caplog):
    computer = loads(sample("getFullComputerInformation").answer)
    partitions = computer.state["_computer_partition_list"]
    partitions[0].state["_requested_state"] = "paused"
    partitions.append("nonsense")
    read = computer_assignment(computer)
    assert [partition.id for partition in read.partitions] == ["slappart1"]
    assert "slappart0" in caplog.text
    assert "paused" in caplog.text


def _with(partition: dict[str, object]) -> WireObject:
    answer = loads(sample("registerComputerPartition").answer)
    answer.state.update(partition)
    return answer


@pytest.mark.parametrize(
    "value",
    [
        None,
        "text",
        WireObject(class_name="Computer"),
        WireObject(class_name="ComputerPartition"),
        _with({"_partition_id": "../etc"}),
        _with({"_partition_id": 3}),
        _with({"_parameter_dict": []}),
        _with({"_parameter_dict": {1: 2}}),
        _with({"_parameter_dict": {"ip_list": "10.0.0.1"}}),
        _with({"_parameter_dict": {"ip_list": [("a",)]}}),
        _with({"_parameter_dict": {"ip_list": [("a", "not an address")]}}),
        _with({"_parameter_dict": {"slave_instance_list": [1]}}),
        _with({"_software_release_document": None}),
    ],
)
def test_malformed_partitions_are_refused(value):
    with pytest.raises(InvalidInput):
        assigned_partition(value)


@pytest.mark.parametrize(
    "state",
    [
        {},
        {"_computer_id": "a/b"},
        {"_computer_id": "c", "_software_release_list": [1]},
        {"_computer_id": "c", "_computer_partition_list": {}},
    ],
)
def test_malformed_computers_are_refused(state):
    with pytest.raises(InvalidInput):
        computer_assignment(WireObject(class_name="Computer", state=state))
