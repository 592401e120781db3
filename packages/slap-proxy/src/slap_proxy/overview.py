"""What a master knows, as plain rows that a command can print or write as JSON."""

import logging
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from slap_domain.errors import HostFailure, InvalidInput
from slap_domain.model.master.instance_tree import Instance
from slap_domain.model.master.placement import Slot
from slap_domain.model.master.records import ComputerRecord, ReleaseRecord, UsageRecord
from slap_domain.model.references import ComputerGuid
from slap_domain.ports.registry import Records, Registry
from slap_proxy.settings import ProxySettings
from slap_proxy.status_views import moment
from slap_proxy.storage.opening import opened_storage

log = logging.getLogger(__name__)
Row = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which rows are wanted.

    Attributes:
        computer: only what concerns it.
        tree: only instances of the tree that has this root title.
        state: only what is asked to be, or was reported to be, in this state.
    """

    computer: str | None = None
    tree: str | None = None
    state: str | None = None


EVERYTHING = Selection()


def read_overview(settings: ProxySettings, selection: Selection = EVERYTHING) -> dict[str, list[Row]]:
    """Return what the master of these settings knows, whether it runs or not.

    Returns:
        Rows by kind: computers, software, partitions, instances, slaves, usage. Rows of one kind have the
        same keys. Times are ISO 8601 texts in UTC, empty for never.

    Raises:
        HostFailure: there is no database, or it cannot be read.
    """
    if "://" not in settings.database_uri and not Path(settings.database_uri).is_file():
        raise HostFailure(
            f"there is no database {settings.database_uri}",
            hint="start the master with `slapos proxy start`, or name its database",
        )
    with opened_storage(settings.database_uri, log.info, settings.computer) as storage:
        return overview_of(storage.registry, selection)


def overview_of(registry: Registry, selection: Selection = EVERYTHING) -> dict[str, list[Row]]:
    """Return what a registry holds; the keys are those of `read_overview`."""
    return registry.read(lambda records: _overview(records, selection))


def _overview(records: Records, selection: Selection) -> dict[str, list[Row]]:
    computers = [record for record in records.computers.every() if selection.computer in (None, record.guid)]
    placed = [each for record in computers for each in records.trees.on_computer(record.guid)]
    return {
        "computers": [_computer(record) for record in computers],
        "software": [
            _software(release)
            for guid in _guids(computers, selection)
            for release in records.releases.of_computer(guid)
            if selection.state in (None, release.state, release.build)
        ],
        "partitions": _partitions(records, computers, placed, selection),
        "instances": [_instance(each) for each in placed if not each.key.shared and _wanted(each, selection)],
        "slaves": [
            _instance(each) for each in _shared(records, placed, selection) if _wanted(each, selection)
        ],
        "usage": [_usage(record, records.usage.of_computer(record.guid)) for record in computers],
    }


def _guids(computers: list[ComputerRecord], selection: Selection) -> list[ComputerGuid]:
    known = [record.guid for record in computers]
    # A release may be supplied to a computer that nobody has formatted yet.
    return known or ([ComputerGuid(selection.computer)] if selection.computer else [])


def _computer(record: ComputerRecord) -> Row:
    return {
        "computer": record.guid,
        "title": record.title,
        "owner": record.owner,
        "address": record.address,
        "netmask": record.netmask,
        "last_contact": moment(record.last_contact),
    }


def _software(release: ReleaseRecord) -> Row:
    return {
        "computer": release.computer,
        "software_release": release.url,
        "requested_state": release.state.value,
        "state": release.build.value,
        "message": release.message,
        "reported_at": moment(release.reported_at),
    }


def _partitions(
    records: Records, computers: list[ComputerRecord], placed: list[Instance], selection: Selection
) -> list[Row]:
    hosted = {each.slot.place: each for each in placed if each.slot is not None and not each.key.shared}
    return [
        _partition(slot, hosted.get(slot.place))
        for record in computers
        for slot in records.computers.slots(record.guid)
        if selection.tree is None and selection.state in (None, "busy" if slot.busy else "free")
    ]


def _partition(slot: Slot, instance: Instance | None) -> Row:
    return {
        "computer": slot.place.computer,
        "partition": slot.place.partition,
        "state": "busy" if slot.busy else "free",
        "title": instance.key.title if instance is not None else "",
        "addresses": [f"{each.interface} {each.address}".strip() for each in slot.addresses],
        "timestamp": slot.timestamp,
    }


def _instance(instance: Instance) -> Row:
    slot, report = instance.slot, instance.report
    return {
        "title": instance.key.title,
        "root_title": instance.key.tree,
        "reference": instance.reference,
        "computer": slot.place.computer if slot is not None else "",
        "partition": slot.place.partition if slot is not None else "",
        "software_release": instance.release,
        "software_type": instance.type,
        "requested_state": instance.state.value,
        "state": report.state.value,
        "message": report.message,
        "reported_at": moment(report.at),
        "access_status": report.access_status,
        "timestamp": slot.timestamp if slot is not None else 0,
        "owner": instance.owner,
        "parameters": dict(instance.parameters),
        "connection_parameters": dict(instance.connection),
        "sla_parameters": dict(instance.filters),
    }


def _shared(records: Records, placed: list[Instance], selection: Selection) -> Iterable[Instance]:
    yield from (each for each in placed if each.key.shared)
    if selection.computer is None:
        roots = records.trees.roots(None)
        yield from (each for each in roots if each.key.shared and each.slot is None)


def _wanted(instance: Instance, selection: Selection) -> bool:
    in_tree = selection.tree in (None, instance.key.tree)
    return in_tree and selection.state in (None, instance.state, instance.report.state)


def _usage(computer: ComputerRecord, journals: tuple[UsageRecord, ...]) -> Row:
    totals: defaultdict[str, Decimal] = defaultdict(Decimal)
    complaints = []
    for record in journals:
        try:
            for resource, quantity in _movements(record.journal):
                totals[resource] += quantity
        except InvalidInput as error:
            complaints.append(f"{moment(record.received_at)}: {error.message}")
    return {
        "computer": computer.guid,
        "journals": len(journals),
        "valid": len(journals) - len(complaints),
        "complaints": complaints,
        "last_received": moment(journals[-1].received_at) if journals else "",
        "totals": {resource: str(quantity) for resource, quantity in sorted(totals.items())},
    }


def _movements(journal: str) -> Iterable[tuple[str, Decimal]]:
    from slap_http_adapter.tio import read_journal  # noqa: PLC0415 - its schema check is slow to import

    return [
        (movement.resource, movement.quantity)
        for transaction in read_journal(journal).transactions
        for movement in transaction.movements
    ]
