"""Requests for instances and their answers: forms and objects of the wire, and the model (wire-slap 4.3)."""

from collections.abc import Mapping

from slap_domain.errors import InvalidInput
from slap_domain.model.instance import InstanceRequest, InstanceState, RequestedInstance, instance_state
from slap_domain.model.place import Place
from slap_domain.model.references import (
    ComputerGuid,
    InstanceGuid,
    InstanceTitle,
    PartitionId,
    SoftwareUrl,
    computer_guid,
    partition_id,
    software_type,
    software_url,
)
from slap_domain.ports.master_for_instances import PublishedConnection
from slap_http_adapter.wire import fields as wire_fields
from slap_http_adapter.wire.forms import form_of_fields
from slap_http_adapter.wire.instance_xml import loads_instance, stored_document
from slap_http_adapter.wire.marshal import loads_tree
from slap_http_adapter.wire.values import WireObject

# Clients have always been sent this text, not a URL (compat-notes 2.5).
_SERVER_URL = "slap_server_url"


def request_form(request: InstanceRequest) -> dict[str, str]:
    """Return the form of `requestComputerPartition`.

    Raises:
        InvalidInput: a parameter or filter cannot be marshalled.
    """
    fields = {
        "software_release": request.release,
        "software_type": request.type,
        "partition_reference": request.title,
        "partition_parameter_xml": dict(request.parameters),
        "filter_xml": dict(request.filters),
        "state": None if request.state is None else request.state.value,
        "shared_xml": request.shared,
    }
    asking = request.requester
    return form_of_fields(fields, None if asking is None else (asking.computer, asking.partition))


def form_requester(form: Mapping[str, str]) -> Place | None:
    """Return the partition that a form says is asking; None when it names none.

    Raises:
        InvalidInput: its ids are malformed.
    """
    computer = wire_fields.optional_reference(form, "computer_id")
    partition = wire_fields.optional_reference(form, "computer_partition_id")
    if not computer or not partition:
        return None
    return Place(computer=computer_guid(computer), partition=partition_id(partition))


def instance_request(form: Mapping[str, str], requester: Place | None) -> InstanceRequest:
    """Read the form of `requestComputerPartition`; the three fields that may be absent then are empty.

    Args:
        form: the fields.
        requester: who asks, whatever the form says.

    Raises:
        InvalidInput: a field is missing or malformed.
    """
    if "software_type" not in form or "state" not in form:
        raise InvalidInput("software_type or state is missing")
    return InstanceRequest(
        title=InstanceTitle(wire_fields.required_text(form, "partition_reference")),
        release=SoftwareUrl(wire_fields.required_text(form, "software_release")),
        type=software_type(form["software_type"]),
        parameters=_marshalled_mapping(form, "partition_parameter_xml"),
        filters=_marshalled_mapping(form, "filter_xml"),
        state=_requested_state(form["state"]),
        shared=_marshalled_truth(form, "shared_xml"),
        requester=requester,
    )


def _marshalled_mapping(form: Mapping[str, str], key: str) -> dict[str, object]:
    document = form.get(key)
    return wire_fields.as_mapping(loads_tree(document), key) if document else {}


def _marshalled_truth(form: Mapping[str, str], key: str) -> bool:
    document = form.get(key)
    value = loads_tree(document) if document else False
    # 1.6 marshals booleans as such; older recipes pass 0 and 1.
    if value is not None and not isinstance(value, bool | int):
        raise InvalidInput(f"{key} is neither true nor false")
    return bool(value)


def _requested_state(document: str) -> InstanceState | None:
    value = loads_tree(document)
    if value is None:
        return None
    if not isinstance(value, str):
        raise InvalidInput("state is no text")
    return instance_state(value) if value else None


def published_connection(form: Mapping[str, str]) -> PublishedConnection:
    """Read the form of `setComputerPartitionConnectionXml`.

    Raises:
        InvalidInput: a field is missing or malformed.
    """
    if not form.get("connection_xml"):
        raise InvalidInput("connection_xml is missing")
    return PublishedConnection(
        computer=computer_guid(wire_fields.required_text(form, "computer_id")),
        partition=partition_id(wire_fields.required_text(form, "computer_partition_id")),
        parameters=_marshalled_mapping(form, "connection_xml"),
        shared_reference=wire_fields.optional_reference(form, "slave_reference"),
    )


def instance_object(instance: RequestedInstance) -> WireObject:
    """Return the object that answers a request."""
    state: dict[str, object] = {
        "_connection_dict": dict(instance.connection),
        "_parameter_dict": dict(instance.parameters),
        "_requested_state": instance.state.value,
        "ip_list": wire_fields.wire_addresses(instance.addresses),
        "slap_computer_id": instance.computer or "",
        "slap_computer_partition_id": instance.partition or "",
        "slap_server_url": _SERVER_URL,
        "slap_software_release_url": instance.release,
        "slap_software_type": instance.type,
    }
    if not instance.shared:
        state["_instance_guid"] = instance.guid or ""
        state["connection_xml"] = stored_document(instance.connection)
    if instance.forwarded_to:
        state["_master_url"] = instance.forwarded_to
    return WireObject(class_name="SoftwareInstance", state=state)


def requested_instance(value: object, request: InstanceRequest) -> RequestedInstance:
    """Read the object that answers a request; what it leaves out is as requested.

    Raises:
        InvalidInput: it is no such object.
    """
    state = wire_fields.wire_object(value, "SoftwareInstance", "ComputerPartition").state
    computer, partition = wire_fields.text(state, "slap_computer_id"), _partition(state)
    asked = request.state or InstanceState.STARTED
    return RequestedInstance(
        title=request.title,
        release=software_url(wire_fields.text(state, "slap_software_release_url") or request.release),
        type=software_type(wire_fields.text(state, "slap_software_type") or request.type),
        state=instance_state(wire_fields.text(state, "_requested_state") or asked),
        guid=InstanceGuid(wire_fields.text(state, "_instance_guid")) or None,
        computer=ComputerGuid(computer) or None,
        partition=PartitionId(partition) or None,
        parameters=wire_fields.mapping(state, "_parameter_dict"),
        connection=_connection(state),
        addresses=wire_fields.interface_addresses(state.get("ip_list"), "ip_list"),
        shared=request.shared,
        forwarded_to=wire_fields.text(state, "_master_url"),
    )


def _partition(state: Mapping[str, object]) -> str:
    return wire_fields.text(state, "slap_computer_partition_id")


def _connection(state: Mapping[str, object]) -> Mapping[str, object]:
    # compat-notes 1.10
    if state.get("_connection_dict") is None:
        return loads_instance(wire_fields.text(state, "connection_xml"))
    return wire_fields.mapping(state, "_connection_dict")
