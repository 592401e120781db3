"""The properties of HATEOAS documents as values of the domain (wire-hateoas A4 and A5)."""

import re
from collections.abc import Mapping

from slap_domain.errors import InvalidInput, MasterUnreachable
from slap_domain.model.instance import InstanceState
from slap_domain.model.references import ComputerGuid, InstanceTitle, SoftwareType, SoftwareUrl
from slap_domain.ports.master_for_tenants import ComputerSummary, ServiceDescription, ServiceSummary
from slap_http_adapter.wire import fields as wire_fields
from slap_http_adapter.wire.instance_xml import loads_instance

# Masters name the requested state in several ways; `unused` is what a proxy says of shared instances.
_STATES: Mapping[str, InstanceState] = {
    "started": InstanceState.STARTED,
    "start_requested": InstanceState.STARTED,
    "unused": InstanceState.STARTED,
    "stopped": InstanceState.STOPPED,
    "stop_requested": InstanceState.STOPPED,
    "destroyed": InstanceState.DESTROYED,
    "destroy_requested": InstanceState.DESTROYED,
}
# How proxies, ours among them, name the document of a root instance; other masters have names of their own.
_OWN_URL = re.compile(r"/hateoas/(?P<kind>services|partitions|shared)/")


def service_summary(row: Mapping[str, object]) -> ServiceSummary:
    """Return the root instance of a row of a search.

    Raises:
        MasterUnreachable: the row is malformed.
    """
    try:
        return ServiceSummary(
            title=InstanceTitle(wire_fields.required_text(row, "title")),
            release=SoftwareUrl(wire_fields.text(row, "url_string")),
            shared=_shared(wire_fields.text(row, "relative_url")),
        )
    except InvalidInput as error:
        raise _malformed("an instance tree", error) from error


def service_description(properties: Mapping[str, object]) -> ServiceDescription:
    """Return the root instance that a document describes.

    Raises:
        MasterUnreachable: the document is malformed.
    """
    try:
        return ServiceDescription(
            title=InstanceTitle(_title(properties)),
            release=SoftwareUrl(wire_fields.text(properties, "url_string")),
            type=SoftwareType(wire_fields.text(properties, "source_reference")),
            state=_state(wire_fields.text(properties, "slap_state")),
            shared=bool(properties.get("root_slave")),
            parameters=loads_instance(wire_fields.text(properties, "text_content")),
            connection=_connection(properties.get("connection_parameter_list")),
            news=_news(properties.get("news")),
        )
    except InvalidInput as error:
        raise _malformed("an instance tree", error) from error


def _title(properties: Mapping[str, object]) -> str:
    # A proxy puts the title under `reference`, where other masters have an identifier of their own.
    return wire_fields.text(properties, "title") or wire_fields.required_text(properties, "reference")


def _shared(url: str) -> bool | None:
    # A row has no field for it, and asking for one would be another question than clients are known to ask.
    match = _OWN_URL.match(url)
    return match["kind"] == "shared" if match else None


def _state(text: str) -> InstanceState:
    state = _STATES.get(text.lower())
    if state is None:
        raise InvalidInput(f"the state {text[:80]!r} is unknown")
    return state


def _connection(value: object) -> dict[str, object]:
    if isinstance(value, list):
        pairs = [wire_fields.as_mapping(item, "connection_parameter_list") for item in value]
        return {
            wire_fields.required_text(pair, "connection_key"): pair.get("connection_value") for pair in pairs
        }
    if value is not None and not isinstance(value, str):
        raise InvalidInput("connection_parameter_list is neither a list nor a document")
    return dict(loads_instance(value))


def _news(value: object) -> tuple[str, ...] | None:
    if not isinstance(value, dict) or "instance" not in value:
        return None
    return tuple(wire_fields.text(item, "text") for item in wire_fields.mappings(value, "instance"))


def computer_summary(properties: Mapping[str, object]) -> ComputerSummary:
    """Return the computer of a row or a document.

    Raises:
        MasterUnreachable: it is malformed.
    """
    try:
        reference = wire_fields.required_text(properties, "reference")
        return ComputerSummary(
            guid=ComputerGuid(reference), title=wire_fields.text(properties, "title", reference)
        )
    except InvalidInput as error:
        raise _malformed("a computer", error) from error


def _malformed(what: str, error: InvalidInput) -> MasterUnreachable:
    return MasterUnreachable(f"the master described {what} in a way not understood: {error.message}")
