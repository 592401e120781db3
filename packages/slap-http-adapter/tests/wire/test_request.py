"""Requests and their answers: forms byte for byte as captured, and round trips."""

from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wire_samples import sample

from slap_domain.errors import InvalidInput
from slap_domain.model.addresses import InterfaceAddress
from slap_domain.model.instance import InstanceRequest, InstanceState, RequestedInstance
from slap_domain.model.place import Place
from slap_domain.model.references import (
    ComputerGuid,
    InstanceGuid,
    InstanceTitle,
    PartitionId,
    SoftwareType,
    SoftwareUrl,
)
from slap_http_adapter.wire.marshal import dumps, loads
from slap_http_adapter.wire.partition_header import claimed_partition
from slap_http_adapter.wire.request import (
    form_requester,
    instance_object,
    instance_request,
    published_connection,
    request_form,
    requested_instance,
)
from slap_http_adapter.wire.values import WireObject

REQUESTS = (
    "requestComputerPartition.root",
    "requestComputerPartition.child",
    "requestComputerPartition.child.client-1.6.10",
    "requestComputerPartition.shared",
    "requestComputerPartition.destroy-root",
    "requestComputerPartition.404-no-free-partition",
)


def request_of(name: str) -> InstanceRequest:
    form = dict(sample(name).form)
    return instance_request(form, form_requester(form))


@pytest.mark.parametrize("name", REQUESTS)
def test_a_captured_request_is_sent_byte_for_byte(name):
    assert urlencode(request_form(request_of(name))) == sample(name).body


def test_a_captured_child_request_is_understood():
    request = request_of("requestComputerPartition.child")
    requester = Place(computer=ComputerGuid("local_computer"), partition=PartitionId("slappart0"))
    assert request == InstanceRequest(
        title=InstanceTitle("db"),
        release=SoftwareUrl("https://example.com/demo/software.cfg"),
        type=SoftwareType("backend"),
        parameters={"size": "10"},
        filters={},
        state=InstanceState.STOPPED,
        requester=requester,
    )


@pytest.mark.parametrize("name", REQUESTS[:5])
def test_a_captured_answer_is_given_byte_for_byte(name):
    answer = sample(name).answer
    made = instance_object(requested_instance(loads(answer), request_of(name)))
    if request_of(name).shared:
        # We tell the state of shared instances too (compat-notes 2.8).
        assert made.state.pop("_requested_state") == "started"
    assert dumps(made) == answer.encode()


texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=8)
parameters = st.dictionaries(texts, texts, max_size=3)
# No name is blank.
named = texts.filter(str.strip)
names = st.from_regex(r"[a-z][a-z0-9]{0,5}", fullmatch=True)
requesters = st.builds(Place, computer=names.map(ComputerGuid), partition=names.map(PartitionId))
requests = st.builds(
    InstanceRequest,
    title=named.map(InstanceTitle),
    release=named.map(SoftwareUrl),
    type=named.map(SoftwareType),
    parameters=st.dictionaries(texts, texts | st.integers() | st.lists(texts), max_size=3),
    filters=parameters,
    state=st.none() | st.sampled_from(InstanceState),
    shared=st.booleans(),
    requester=st.none() | requesters,
)


@given(requests)
def test_a_request_survives_the_wire(request):
    form = request_form(request)
    assert instance_request(form, form_requester(form)) == request


@given(requests, st.data())
def test_an_answer_survives_the_wire(request, data):
    answer = data.draw(
        st.builds(
            RequestedInstance,
            title=st.just(request.title),
            release=named.map(SoftwareUrl),
            type=named.map(SoftwareType),
            state=st.sampled_from(InstanceState),
            guid=st.just(None) if request.shared else st.none() | texts.map(InstanceGuid),
            computer=st.none() | names.map(ComputerGuid),
            partition=st.none() | names.map(PartitionId),
            parameters=parameters,
            connection=parameters,
            addresses=st.lists(
                st.builds(InterfaceAddress, interface=names, address=st.ip_addresses().map(str)), max_size=2
            ).map(tuple),
            shared=st.just(request.shared),
            forwarded_to=st.just("") | texts,
        )
    )
    assert requested_instance(loads(dumps(instance_object(answer))), request) == answer


def test_absent_optional_fields_are_empty():
    form = {
        "software_release": "u",
        "software_type": "",
        "partition_reference": "t",
        "state": dumps("").decode(),
    }
    request = instance_request(form, None)
    assert (request.parameters, request.filters, request.shared, request.state) == ({}, {}, False, None)
    assert request.type == "default"


def test_a_shared_flag_may_be_a_number():
    form = {**dict(sample(REQUESTS[0]).form), "shared_xml": dumps(1).decode()}
    assert instance_request(form, None).shared is True


@pytest.mark.parametrize(
    "change",
    [
        {"software_release": None},
        {"software_release": ""},
        {"software_type": None},
        {"partition_reference": None},
        {"partition_reference": "a\nb"},
        {"state": None},
        {"state": "started"},
        {"state": dumps(1).decode()},
        {"state": dumps("paused").decode()},
        {"shared_xml": dumps("yes").decode()},
        {"partition_parameter_xml": dumps([]).decode()},
        {"partition_parameter_xml": dumps({1: 2}).decode()},
        {"filter_xml": "<marshal>"},
    ],
)
def test_malformed_requests_are_refused(change):
    form = {**dict(sample(REQUESTS[0]).form), **change}
    with pytest.raises(InvalidInput):
        instance_request({key: value for key, value in form.items() if value is not None}, None)


@pytest.mark.parametrize("value", [None, WireObject(class_name="Computer")])
def test_malformed_answers_are_refused(value):
    with pytest.raises(InvalidInput):
        requested_instance(value, request_of(REQUESTS[0]))


def test_connection_xml_takes_the_place_of_an_absent_dictionary():
    answer = loads(sample("requestComputerPartition.destroy-root").answer)
    answer.state["_connection_dict"] = None
    read = requested_instance(answer, request_of("requestComputerPartition.destroy-root"))
    assert read.connection == {"_": '{"port": 80}', "url": "https://\u00fc/"}


@pytest.mark.parametrize(
    ("form", "named"),
    [
        ({}, False),
        ({"computer_id": "c"}, False),
        ({"computer_id": "c", "computer_partition_id": ""}, False),
        ({"computer_id": "None", "computer_partition_id": "None"}, False),
        ({"computer_id": "c", "computer_partition_id": "p"}, True),
    ],
)
def test_a_form_names_its_requester_or_nobody(form, named):
    assert (form_requester(form) is not None) is named


def test_captured_publications_are_understood():
    own = published_connection(dict(sample("setComputerPartitionConnectionXml").form))
    assert own.shared_reference == ""
    assert own.parameters == {"_": '{"port": 80}', "url": "https://\u00fc/"}
    shared = published_connection(dict(sample("setComputerPartitionConnectionXml.shared").form))
    assert shared.shared_reference == "my instance_site"
    assert (shared.computer, shared.partition) == ("local_computer", "slappart0")


def test_a_publication_needs_its_document():
    with pytest.raises(InvalidInput, match="connection_xml"):
        published_connection({"computer_id": "c", "computer_partition_id": "p"})


def test_a_captured_header_is_understood():
    value = sample("requestComputerPartition.child").headers["Authorization"]
    assert claimed_partition(value) == request_of("requestComputerPartition.child").requester
