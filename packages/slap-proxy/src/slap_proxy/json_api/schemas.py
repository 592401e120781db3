"""The schemas of every method's request and answer (wire-hateoas B3 and B4)."""

from collections.abc import Mapping
from dataclasses import dataclass

from slap_domain.model.references import (
    CONTROL_CHARACTERS,
    DIRECTORY_NAME,
    TITLE_LENGTH_LIMIT,
    URL_LENGTH_LIMIT,
)
from slap_proxy.json_api.schema_check import Schema

_TITLE_LIMIT = 200


def _text(**more: object) -> Schema:
    return {"type": "string", **more}


def _choice(*values: str) -> Schema:
    return {"type": "string", "enum": list(values)}


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _object(required: Mapping[str, Schema], optional: Mapping[str, Schema] | None = None) -> Schema:
    return {
        "type": "object",
        "properties": {**required, **(optional or {})},
        "required": list(required),
        "additionalProperties": False,
    }


# Patterns tell what the rules of the domain refuse anyway, and in better words than a pattern could.
_VISIBLE = rf"^[^\S{CONTROL_CHARACTERS}]*[^\s{CONTROL_CHARACTERS}][^{CONTROL_CHARACTERS}]*$"  # not blank
_ANY_OBJECT: Schema = {"type": "object"}
_TEXT = _text()
_STORED = _text(pattern=r"^[^\u0000]*$")
_ID = _text(pattern=f"^{DIRECTORY_NAME}$")
_TITLE = _text(maxLength=_TITLE_LIMIT, minLength=1, pattern=_VISIBLE)
_KNOWN_RELEASE = _text(maxLength=URL_LENGTH_LIMIT, minLength=1, pattern=_VISIBLE)
_WANTED_RELEASE: Schema = {
    **_KNOWN_RELEASE,
    "description": "One that is new must be fetchable: an http, https, ftp or file URL, or an absolute path.",
}
_TYPE: Schema = {
    "type": "string",
    "maxLength": TITLE_LENGTH_LIMIT,
    "anyOf": [{"maxLength": 0}, {"pattern": _VISIBLE}],
}
_REASON = _text()
_GUID: Mapping[str, Schema] = {"instance_guid": _STORED}
_COMPUTER: Mapping[str, Schema] = {"computer_guid": _ID}
_RELEASE: Mapping[str, Schema] = {"computer_guid": _ID, "software_release_uri": _KNOWN_RELEASE}
_STORED_OBJECT: Schema = {"type": "object", "description": "No text in it, at any depth, holds a NUL."}
_INSTANCE_STATE = _choice("started", "stopped", "destroyed")
_SOFTWARE_STATE = _choice("available", "destroyed")
_SUCCESS = _object({"type": _choice("success"), "title": _TEXT})
_CERTIFICATE = _object({"key": _TEXT, "certificate": _TEXT})
_PAIRS = _list(_list(_TEXT))
_ADDRESS: Schema = {"type": "string", "anyOf": [{"format": "ipv4"}, {"format": "ipv6"}]}
_NETWORK_ADDRESS = _object(
    {"ip-address": _ADDRESS},
    {
        "netmask": {
            "type": "string",
            "anyOf": [{"format": "ipv4"}, {"format": "ipv6"}, {"maxLength": 0}],
        },
        "network-interface": _STORED,
        "network-address": _STORED,
        "gateway-ip-address": _STORED,
    },
)
_PARTITION = _object({"partition_id": _ID}, {"ip_list": _list(_NETWORK_ADDRESS)})
_PARTITIONS: Schema = {
    **_list(_PARTITION),
    "uniqueItems": True,
    "description": "Each partition_id is there once.",
}
_SLA = {
    "type": "object",
    "properties": {
        "project_guid": _STORED,
        "computer_guid": _STORED,
        "instance_guid": _STORED,
        "network_guid": _STORED,
        "retention_delay": {
            "type": "number",
            "description": "Days; of an instance that is new, not less than 0.",
        },
    },
    "additionalProperties": _STORED,
}
_JOURNAL = _text(pattern=r"^[^\u0000]*$", description="A well-formed XML document: a TIO journal.")
INSTANCE = _object(
    {
        "title": _TEXT,
        "instance_guid": _TEXT,
        "software_release_uri": _TEXT,
        "software_type": _TEXT,
        "state": _INSTANCE_STATE,
        "connection_parameters": _ANY_OBJECT,
        "parameters": _ANY_OBJECT,
        "shared": {"type": "boolean"},
        "root_instance_title": _TEXT,
        "ip_list": _PAIRS,
        "full_ip_list": _list({}),
        "sla_parameters": _ANY_OBJECT,
        "computer_guid": _TEXT,
        "compute_partition_id": _TEXT,
        "processing_timestamp": {"type": "integer"},
        "access_status_message": _TEXT,
    }
)


def _results(required: Mapping[str, Schema], optional: Mapping[str, Schema] | None = None) -> Schema:
    return _object({"result_list": _list(_object(required, optional))})


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodSchemas:
    """What a method takes and what it answers."""

    request: Schema
    response: Schema


def _method(request: Schema, response: Schema = _SUCCESS) -> MethodSchemas:
    return MethodSchemas(request=request, response=response)


_NOTHING = _object({})
SCHEMAS: Mapping[str, MethodSchemas] = {
    "slapos.get.v0.hateoas_url": _method(_NOTHING, _object({"hateoas_url": _TEXT})),
    "slapos.post.v0.software_installation": _method(
        _object({**_RELEASE, "software_release_uri": _WANTED_RELEASE}, {"state": _SOFTWARE_STATE})
    ),
    "slapos.allDocs.v0.compute_node_software_installation_list": _method(
        _object(_COMPUTER), _results({"software_release_uri": _TEXT, "state": _SOFTWARE_STATE})
    ),
    "slapos.put.v0.software_installation_reported_state": _method(
        _object({**_RELEASE, "reported_state": _choice("available", "building", "destroyed")})
    ),
    "slapos.put.v0.software_installation_error": _method(_object({**_RELEASE, "message": _REASON})),
    "slapos.put.v0.compute_node_format": _method(
        _object({**_COMPUTER, "compute_partition_list": _PARTITIONS})
    ),
    "slapos.put.v0.compute_node_bang": _method(_object({**_COMPUTER, "message": _REASON})),
    "slapos.get.v0.compute_node_status": _method(
        _object(_COMPUTER), {"type": "object", "properties": {"text": _TEXT}, "required": ["text"]}
    ),
    "slapos.post.v0.compute_node_usage": _method(_object({**_COMPUTER, "tioxml": _JOURNAL})),
    "slapos.post.v0.compute_node_certificate": _method(_object(_COMPUTER), _CERTIFICATE),
    "slapos.remove.v0.compute_node_certificate": _method(_object(_COMPUTER)),
    "slapos.allDocs.v0.compute_node_instance_list": _method(
        _object(_COMPUTER),
        _results(
            {"title": _TEXT, "instance_guid": _TEXT, "state": _INSTANCE_STATE},
            {"compute_partition_id": _TEXT, "software_release_uri": _TEXT},
        ),
    ),
    "slapos.post.v0.software_instance": _method(
        _object(
            {"title": _TITLE, "software_release_uri": _WANTED_RELEASE, "software_type": _TYPE},
            {
                "state": _INSTANCE_STATE,
                "shared": {"type": "boolean"},
                "parameters": _STORED_OBJECT,
                "sla_parameters": _SLA,
            },
        ),
        INSTANCE,
    ),
    "slapos.get.v0.software_instance": _method(_object(_GUID), INSTANCE),
    "slapos.get.v0.compute_partition": _method(_object({**_COMPUTER, "compute_partition_id": _ID}), INSTANCE),
    "slapos.get.v0.instance_tree": _method(_object({"title": _TITLE}), INSTANCE),
    "slapos.allDocs.v0.instance_tree_list": _method(_NOTHING, _results({"title": _TEXT})),
    "slapos.allDocs.v0.instance_node_instance_list": _method(
        _object(_GUID),
        _results(
            {
                "title": _TEXT,
                "instance_guid": _TEXT,
                "software_type": _TEXT,
                "state": _INSTANCE_STATE,
                "parameters": _ANY_OBJECT,
            },
            {"compute_partition_id": _TEXT, "software_release_uri": _TEXT},
        ),
    ),
    "slapos.put.v0.software_instance_reported_state": _method(
        _object({**_GUID, "reported_state": _INSTANCE_STATE})
    ),
    "slapos.put.v0.software_instance_bang": _method(_object({**_GUID, "message": _REASON})),
    "slapos.put.v0.software_instance_error": _method(_object({**_GUID, "message": _REASON})),
    "slapos.put.v0.software_instance_title": _method(_object({**_GUID, "title": _TITLE})),
    "slapos.put.v0.software_instance_connection_parameter": _method(
        _object({**_GUID, "connection_parameter_dict": _STORED_OBJECT})
    ),
    "slapos.get.v0.software_instance_certificate": _method(_object(_GUID), _CERTIFICATE),
    "slapos.allDocs.WIP.compute_node_list": _method(_NOTHING, _results({"computer_guid": _TEXT})),
}

ERROR = _object({"status": {"type": "integer"}, "type": _TEXT, "title": _TEXT})
