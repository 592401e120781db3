"""A computer and its partitions: the objects of the wire and those of the model (wire-slap 2.3 and 4.4)."""

import logging
from collections.abc import Iterator, Mapping

from slap_domain.errors import InvalidInput
from slap_domain.model.computer import AssignedInstance, AssignedPartition, ComputerAssignment
from slap_domain.model.instance import instance_state
from slap_domain.model.references import (
    ComputerGuid,
    InstanceGuid,
    InstanceTitle,
    PartitionId,
    Timestamp,
    computer_guid,
    partition_id,
    software_type,
    software_url,
)
from slap_domain.model.software_release import SoftwareState, SuppliedRelease, software_state
from slap_http_adapter.wire import fields as wire_fields
from slap_http_adapter.wire.values import Fragment, WireObject

_log = logging.getLogger(__name__)

# What a master adds to the parameters of a busy partition; these names shadow those of the user.
INFORMATION_KEYS = frozenset(
    {
        "full_address_list",
        "full_ip_list",
        "instance_title",
        "ip_list",
        "root_instance_title",
        "slap_computer_id",
        "slap_computer_partition_id",
        "slap_software_release_url",
        "slap_software_type",
        "slave_instance_list",
        "timestamp",
    }
)
_FREE = "destroyed"


def computer_object(
    assignment: ComputerAssignment, partitions: tuple[WireObject | Fragment, ...] | None = None
) -> WireObject:
    """Return the object that tells a node everything.

    Args:
        assignment: what to tell.
        partitions: already made objects or fragments that take the place of the assignment's partitions.
    """
    made = partitions
    if made is None:
        made = tuple(partition_object(assignment.guid, partition) for partition in assignment.partitions)
    releases = [_supplied_object(assignment.guid, release) for release in assignment.releases]
    return WireObject(
        class_name="Computer",
        initargs=(assignment.guid,),
        state={
            "_computer_id": assignment.guid,
            "_computer_partition_list": list(made),
            "_software_release_list": releases,
        },
    )


def _release_object(computer: ComputerGuid, url: str) -> WireObject:
    return WireObject(
        class_name="SoftwareRelease",
        initargs=(url, computer),
        state={"_software_release": url, "_computer_guid": computer, "_software_instance_list": []},
    )


def _supplied_object(computer: ComputerGuid, release: SuppliedRelease) -> WireObject:
    made = _release_object(computer, release.url)
    made.state["_requested_state"] = release.state.value
    return made


def partition_object(computer: ComputerGuid, partition: AssignedPartition) -> WireObject:
    """Return the object that tells of one partition."""
    state: dict[str, object] = {
        "_computer_id": computer,
        "_partition_id": partition.id,
        "_request_dict": None,
        "_instance_guid": f"{computer}-{partition.id}",
        "_need_modification": 0,
        "_requested_state": _FREE,
        "_software_release_document": None,
    }
    if partition.instance is not None:
        state.update(_busy(computer, partition.id, partition.instance))
    return WireObject(class_name="ComputerPartition", initargs=(computer, partition.id, None), state=state)


def _busy(computer: ComputerGuid, partition: PartitionId, instance: AssignedInstance) -> dict[str, object]:
    state: dict[str, object] = {
        "_instance_guid": instance.guid,
        "_need_modification": 1,
        "_requested_state": instance.state.value,
        "_parameter_dict": _parameters(computer, partition, instance),
        "_connection_dict": dict(instance.connection),
        "_software_release_document": _release_object(computer, instance.release),
    }
    if instance.filters:
        state["_filter_dict"] = dict(instance.filters)
    if instance.access_status is not None:
        state["_access_status"] = instance.access_status
    return state


def _parameters(
    computer: ComputerGuid, partition: PartitionId, instance: AssignedInstance
) -> dict[str, object]:
    known: dict[str, object] = {
        **instance.parameters,
        # One name is what existing proxies send, the other what nodes read (compat-notes 2.4).
        "full_address_list": [],
        "full_ip_list": [],
        **instance.information,
        "instance_title": instance.title,
        "ip_list": wire_fields.wire_addresses(instance.addresses),
        "root_instance_title": instance.root_title,
        "slap_computer_id": computer,
        "slap_computer_partition_id": partition,
        "slap_software_release_url": instance.release,
        "slap_software_type": instance.type,
        "slave_instance_list": [dict(shared) for shared in instance.shared_instances],
    }
    if instance.timestamp is not None:
        known["timestamp"] = instance.timestamp
    return known


def computer_assignment(value: object) -> ComputerAssignment:
    """Read the object that tells a node everything.

    A partition that cannot be understood is left out and logged: it must not keep the others from running.

    Raises:
        InvalidInput: it is no such object.
    """
    state = wire_fields.wire_object(value, "Computer").state
    return ComputerAssignment(
        guid=computer_guid(wire_fields.required_text(state, "_computer_id")),
        releases=tuple(
            _supplied_release(item) for item in wire_fields.sequence(state, "_software_release_list")
        ),
        partitions=tuple(_understood(wire_fields.sequence(state, "_computer_partition_list"))),
    )


def _understood(values: list[object]) -> Iterator[AssignedPartition]:
    for value in values:
        try:
            yield assigned_partition(value)
        except InvalidInput as error:
            name = value.state.get("_partition_id") if isinstance(value, WireObject) else "?"
            _log.warning("partition %s is left out of what the master sent: %s", name, error)


def _supplied_release(value: object) -> SuppliedRelease:
    state = wire_fields.wire_object(value, "SoftwareRelease").state
    return SuppliedRelease(
        url=software_url(wire_fields.required_text(state, "_software_release")),
        state=software_state(wire_fields.text(state, "_requested_state", SoftwareState.AVAILABLE)),
    )


def assigned_partition(value: object) -> AssignedPartition:
    """Read the object that tells of one partition.

    Raises:
        InvalidInput: it is no such object, or tells what cannot be.
    """
    made = wire_fields.wire_object(value, "ComputerPartition")
    name = partition_id(wire_fields.required_text(made.state, "_partition_id"))
    url = _release_url(made.state.get("_software_release_document"))
    if not url and wire_fields.text(made.state, "_requested_state", _FREE) == _FREE:
        return AssignedPartition(id=name)
    return AssignedPartition(id=name, instance=_instance(made.state, url))


def _release_url(document: object) -> str:
    if isinstance(document, WireObject):
        return wire_fields.text(document.state, "_software_release")
    return document if isinstance(document, str) else ""


def _instance(state: Mapping[str, object], url: str) -> AssignedInstance:
    parameters = wire_fields.mapping(state, "_parameter_dict")
    title = wire_fields.text(parameters, "instance_title")
    timestamp = wire_fields.text(parameters, "timestamp")
    status = state.get("_access_status")
    return AssignedInstance(
        guid=InstanceGuid(wire_fields.text(state, "_instance_guid")),
        title=InstanceTitle(title),
        root_title=InstanceTitle(wire_fields.text(parameters, "root_instance_title", title)),
        release=software_url(url),
        type=software_type(wire_fields.text(parameters, "slap_software_type")),
        state=instance_state(wire_fields.text(state, "_requested_state", "started")),
        parameters={key: item for key, item in parameters.items() if key not in INFORMATION_KEYS},
        information={key: item for key, item in parameters.items() if key in INFORMATION_KEYS},
        connection=wire_fields.mapping(state, "_connection_dict"),
        addresses=wire_fields.interface_addresses(parameters.get("ip_list"), "ip_list"),
        shared_instances=tuple(wire_fields.mappings(parameters, "slave_instance_list")),
        timestamp=Timestamp(timestamp) if timestamp else None,
        filters=wire_fields.mapping(state, "_filter_dict"),
        access_status=status if isinstance(status, str) else None,
    )
