"""Rows of the tables as values of the model, and back."""

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from slap_domain.model.instance import InstanceState, ReportedState
from slap_domain.model.master.instance_tree import Instance, InstanceKey, Report
from slap_domain.model.master.placement import Slot, SlotAddress
from slap_domain.model.master.records import ComputerRecord, ReleaseRecord
from slap_domain.model.place import Place
from slap_domain.model.references import (
    DEFAULT_SOFTWARE_TYPE,
    ComputerGuid,
    InstanceTitle,
    PartitionId,
    SoftwareType,
    SoftwareUrl,
    same_software_type,
)
from slap_domain.model.software_release import BuildState, SoftwareState
from slap_proxy.storage.schema import indexed
from slap_proxy.storage.session import Row, Values

SLOT_COLUMNS = ("computer", "name", "position", "addresses", "timestamp", "busy", "revision")
INSTANCE_COLUMNS = (
    "number",
    "root",
    "title",
    "shared",
    "owner",
    "release",
    "type",
    "asked",
    "state",
    "parameters",
    "filters",
    "connection",
    "requester",
    "report_state",
    "report_message",
    "report_at",
    "reference",
    "related",
)
_INSTANCE_WIDTH = len(INSTANCE_COLUMNS)
COMPUTER_COLUMNS = ("guid", "title", "address", "netmask", "owner", "last_contact", "revision")
RELEASE_COLUMNS = ("computer", "url", "state", "build", "message", "reported_at", "supplier")

_EMPTY: dict[str, object] = {}
_REMEMBERED_ADDRESSES = 16_384
_decode = json.JSONDecoder().raw_decode
# Asking an enumeration takes ten times as long, and every request reads instances.
STATES = {each.value: each for each in InstanceState}
REPORTED_STATES = {each.value: each for each in ReportedState}


def type_key(kind: str) -> str:
    """Return the text by which a software type is looked up: all spellings of the default one are one."""
    return DEFAULT_SOFTWARE_TYPE if same_software_type(kind, DEFAULT_SOFTWARE_TYPE) else indexed(kind)


def slot_of(row: Row) -> Slot:
    """Return the partition of a row of SLOT_COLUMNS."""
    computer, name, position, addresses, timestamp, busy, revision = row
    return Slot(
        place=Place(computer=ComputerGuid(computer), partition=PartitionId(name)),
        position=position,
        addresses=_addresses(addresses),
        timestamp=timestamp,
        busy=bool(busy),
        revision=revision,
    )


@lru_cache(maxsize=_REMEMBERED_ADDRESSES)
def _addresses(text: str) -> tuple[SlotAddress, ...]:
    """Return the addresses of a partition: they hardly ever change, and are asked for with every request."""
    return tuple(
        SlotAddress(interface=interface, address=address, netmask=netmask)
        for interface, address, netmask in _decode(text)[0]
    )


def slot_values(slot: Slot) -> Values:
    """Return the values of a partition that are the domain's to say."""
    addresses = [[each.interface, each.address, each.netmask] for each in slot.addresses]
    return {
        "computer": slot.place.computer,
        "name": slot.place.partition,
        "position": slot.position,
        "addresses": json.dumps(addresses),
        "timestamp": slot.timestamp,
    }


def instance_of(row: Row) -> Instance:
    """Return the instance of a row of INSTANCE_COLUMNS and SLOT_COLUMNS; the latter None when it has none."""
    number, root, title, shared, owner, release, kind, *more = row[:_INSTANCE_WIDTH]
    asked, state, parameters, filters, connection, requester, *last = more
    report_state, report_message, report_at, reference, related = last
    return Instance(
        number=number,
        key=InstanceKey(root=InstanceTitle(root), title=InstanceTitle(title), shared=bool(shared)),
        owner=owner,
        release=SoftwareUrl(release),
        type=SoftwareType(kind),
        asked=STATES[asked],
        state=STATES[state],
        parameters=_mapping(parameters),
        filters=_mapping(filters),
        connection=_mapping(connection),
        slot=slot_of(row[_INSTANCE_WIDTH:]) if row[_INSTANCE_WIDTH] is not None else None,
        requester=requester,
        report=Report(state=REPORTED_STATES[report_state], message=report_message, at=report_at),
        reference=reference,
        related=tuple(_decode(related)[0]) if related != "[]" else (),
    )


def instance_values(instance: Instance) -> dict[str, Any]:
    """Return the values of an instance, without its number."""
    key, slot, report = instance.key, instance.slot, instance.report
    return {
        "root": key.root,
        "root_key": indexed(key.root),
        "title": key.title,
        "title_key": indexed(key.title),
        "shared": int(key.shared),
        "owner": instance.owner,
        "release": instance.release,
        "release_key": indexed(instance.release),
        "type": instance.type,
        "type_key": type_key(instance.type),
        "asked": instance.asked.value,
        "state": instance.state.value,
        "parameters": _text(instance.parameters),
        "filters": _text(instance.filters),
        "connection": _text(instance.connection),
        "computer": slot.place.computer if slot is not None else None,
        "partition": slot.place.partition if slot is not None else None,
        "position": slot.position if slot is not None else 0,
        "requester": instance.requester,
        "report_state": report.state.value,
        "report_message": report.message,
        "report_at": report.at,
        "reference": instance.reference,
        "reference_key": indexed(instance.reference) if instance.reference else None,
        "related": json.dumps(list(instance.related)) if instance.related else "[]",
    }


def computer_of(row: Row) -> ComputerRecord:
    """Return the computer of a row of COMPUTER_COLUMNS."""
    guid, title, address, netmask, owner, last_contact, revision = row
    return ComputerRecord(
        guid=ComputerGuid(guid),
        title=title,
        address=address,
        netmask=netmask,
        owner=owner,
        last_contact=last_contact,
        revision=revision,
    )


def release_of(row: Row) -> ReleaseRecord:
    """Return the supplied release of a row of RELEASE_COLUMNS."""
    computer, url, state, build, message, reported_at, supplier = row
    return ReleaseRecord(
        computer=ComputerGuid(computer),
        url=SoftwareUrl(url),
        state=SoftwareState(state),
        build=BuildState(build),
        message=message,
        reported_at=reported_at,
        supplier=supplier,
    )


def _mapping(text: str) -> Mapping[str, object]:
    if text == "{}":
        return _EMPTY
    loaded: Mapping[str, object] = _decode(text)[0]
    return loaded


def _text(values: Mapping[str, object]) -> str:
    return json.dumps(dict(values)) if values else "{}"
