"""What the JSON API shows of instances: pure functions from records to JSON values (wire-hateoas B3)."""

from slap_domain.model.instance import InstanceState, RequestedInstance
from slap_domain.model.master.instance_tree import Instance
from slap_domain.model.master.recorded_parameters import as_text
from slap_proxy.json_api.instance_guid import guid_of

Json = dict[str, object]


def shown_state(instance: Instance) -> InstanceState:
    """Return the state shown: shared instances have none of their own and count as started."""
    return InstanceState.STARTED if instance.key.shared else instance.state


def whole_instance(instance: Instance) -> Json:
    """Return an instance with everything that is shown of it."""
    slot = instance.slot
    return {
        "title": instance.key.title,
        "instance_guid": guid_of(instance.key),
        "software_release_uri": instance.release,
        "software_type": instance.type,
        "state": shown_state(instance),
        "connection_parameters": dict(instance.connection),
        "parameters": as_text(instance.parameters) if instance.key.shared else dict(instance.parameters),
        "shared": instance.key.shared,
        "root_instance_title": instance.key.tree,
        "ip_list": [[each.interface, each.address] for each in slot.addresses] if slot else [],
        "full_ip_list": [],
        "sla_parameters": dict(instance.filters),
        "computer_guid": slot.place.computer if slot else "",
        "compute_partition_id": slot.place.partition if slot else "",
        "processing_timestamp": slot.timestamp if slot else 0,
        "access_status_message": instance.report.access_status,
    }


def shared_row(instance: Instance) -> Json:
    """Return what the list of a sharer's shared instances tells of one."""
    row: Json = {
        "title": instance.key.title,
        "instance_guid": guid_of(instance.key),
        "software_type": instance.type,
        "state": shown_state(instance),
        "parameters": dict(instance.parameters),
    }
    if instance.slot is not None:
        row["compute_partition_id"] = instance.slot.place.partition
    return row


def running_row(instance: Instance) -> Json:
    """Return what the list of a computer's instances tells of one."""
    row: Json = {
        "title": instance.key.title,
        "instance_guid": guid_of(instance.key),
        "state": instance.state,
        "software_release_uri": instance.release,
    }
    if instance.slot is not None:
        row["compute_partition_id"] = instance.slot.place.partition
    return row


def unrecorded_instance(told: RequestedInstance) -> Json:
    """Return what is shown of an instance that this master keeps no record of: gone, or run elsewhere."""
    return {
        "title": told.title,
        "instance_guid": "",
        "software_release_uri": told.release,
        "software_type": told.type,
        "state": told.state.value,
        "connection_parameters": dict(told.connection),
        "parameters": {key: value for key, value in told.parameters.items() if key != "timestamp"},
        "shared": told.shared,
        "root_instance_title": "",
        "ip_list": [[each.interface, each.address] for each in told.addresses],
        "full_ip_list": [],
        "sla_parameters": {},
        "computer_guid": told.computer or "",
        "compute_partition_id": told.partition or "",
        "processing_timestamp": 0,
        "access_status_message": "",
    }
