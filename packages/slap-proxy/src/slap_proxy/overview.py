"""What a master knows, as plain rows that a command can print or write as JSON."""

import logging
from collections import defaultdict
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from decimal import Decimal

from slap_domain.errors import InvalidInput, NotFound
from slap_domain.model.instance import InstanceState, ReportedState
from slap_domain.model.master.instance_tree import Instance
from slap_domain.model.master.placement import Slot
from slap_domain.model.master.records import (
    Bearer,
    ComputerRecord,
    ForwardedRequest,
    ReleaseRecord,
    UsageRecord,
)
from slap_domain.model.software_release import BuildState
from slap_domain.ports.registry import Records
from slap_proxy.settings import ProxySettings
from slap_proxy.status_views import moment
from slap_proxy.storage.looking import records_looked_at
from slap_proxy.trust.authority_end import warn_of_end
from slap_proxy.wall_clock import WallClock

log = logging.getLogger(__name__)
Row = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which rows are wanted.

    Attributes:
        computer: only what concerns it.
        tree: only the instances of the tree that has this root title, and what they need: their partitions,
            releases and computers.
        state: only what is asked to be, or was reported to be, in this state, and the computers of that.
    """

    computer: str | None = None
    tree: str | None = None
    state: str | None = None


EVERYTHING = Selection()
_FREE, _BUSY = "free", "busy"
_STATES = dict.fromkeys((*InstanceState, *ReportedState, *BuildState, _FREE, _BUSY))
_NAMED_LIMIT = 10


def read_overview(settings: ProxySettings, selection: Selection = EVERYTHING) -> dict[str, list[Row]]:
    """Return what the master of these settings knows, whether it runs or not; nothing is changed.

    Returns:
        Rows by kind: computers, software, partitions, instances, slaves, usage, forwarded. Rows of one kind
        have the same keys. Times are ISO 8601 texts in UTC, empty for never.

    Raises:
        InvalidInput: there is no such state.
        NotFound: the computer or the tree that was asked for is not known.
        HostFailure: there is no database, or it cannot be read.
    """
    if selection.state is not None and selection.state not in _STATES:
        raise InvalidInput(f"there is no state {selection.state!r}", hint=f"one of {', '.join(_STATES)}")
    warn_of_end(settings.certificate_directory, WallClock().now())
    with records_looked_at(settings.database_uri, log.warning, settings.computer) as reader:
        return reader.read(lambda records: _overview(records, selection))


def _overview(records: Records, selection: Selection) -> dict[str, list[Row]]:
    releases, instances = records.releases.every(), records.trees.every()
    computers = records.computers.every()
    _require_known(selection, computers, releases, instances)
    here = [each for each in computers if selection.computer in (None, each.guid)]
    wanted = sorted((each for each in instances if _wanted(each, selection)), key=_by_place)
    used = {(_computer_of(each), each.release) for each in wanted}
    expiries = _expiries(records)
    rows = {
        "software": [_software(each) for each in releases if _needed(each, used, selection)],
        "partitions": [*_partitions(records, here, instances, wanted, selection)],
        "instances": [_instance(each) for each in wanted if not each.key.shared],
        "slaves": [_instance(each) for each in wanted if each.key.shared],
        "forwarded": [_forwarded(each) for each in records.forwards.every() if selection == EVERYTHING],
    }
    if selection.tree is not None or selection.state is not None:
        shown = {row.get("computer") for kind in rows.values() for row in kind}
        here = [each for each in here if each.guid in shown]
    return {
        "computers": [_computer(record, expiries.get(record.guid, 0)) for record in here],
        "usage": [_usage(record, records.usage.of_computer(record.guid)) for record in here],
        **rows,
    }


def _require_known(
    selection: Selection,
    computers: tuple[ComputerRecord, ...],
    releases: tuple[ReleaseRecord, ...],
    instances: tuple[Instance, ...],
) -> None:
    # A release may be supplied to a computer that nobody has formatted yet.
    known = {each.guid for each in computers} | {each.computer for each in releases}
    if selection.computer is not None and selection.computer not in known:
        raise NotFound(f"computer {selection.computer!r} is not known", hint=_named(known))
    trees = {each.key.tree for each in instances}
    if selection.tree is not None and selection.tree not in trees:
        raise NotFound(f"there is no service called {selection.tree!r}", hint=_named(trees))


def _named(known: Iterable[str]) -> str:
    names = sorted(known)
    more = f" and {len(names) - _NAMED_LIMIT} more" if len(names) > _NAMED_LIMIT else ""
    return f"there is {', '.join(names[:_NAMED_LIMIT])}{more}" if names else "there is none at all yet"


def _computer_of(instance: Instance) -> str:
    return instance.slot.place.computer if instance.slot is not None else ""


def _by_place(instance: Instance) -> tuple[str, int, int]:
    position = instance.slot.position if instance.slot is not None else 0
    return _computer_of(instance), position, instance.number


def _wanted(instance: Instance, selection: Selection) -> bool:
    return (
        selection.computer in (None, _computer_of(instance))
        and selection.tree in (None, instance.key.tree)
        and selection.state in (None, instance.state, instance.report.state)
    )


def _needed(release: ReleaseRecord, used: AbstractSet[tuple[str, str]], selection: Selection) -> bool:
    return (
        selection.computer in (None, release.computer)
        and selection.state in (None, release.state, release.build)
        and (selection.tree is None or (release.computer, release.url) in used)
    )


def _partitions(
    records: Records,
    computers: Iterable[ComputerRecord],
    instances: Iterable[Instance],
    wanted: Iterable[Instance],
    selection: Selection,
) -> Iterable[Row]:
    """Give the partitions in the wanted state, and those of wanted instances."""
    placed = {each.slot.place: each for each in instances if each.slot is not None and not each.key.shared}
    running = {each.slot.place for each in wanted if each.slot is not None and not each.key.shared}
    for record in computers:
        for slot in records.computers.slots(record.guid):
            state = _BUSY if slot.busy else _FREE
            by_state = selection.tree is None and selection.state in (None, state)
            if by_state or slot.place in running:
                yield _partition(slot, state, placed.get(slot.place))


def _expiries(records: Records) -> dict[str, int]:
    """Return when the last certificate of each computer ends, without those that were revoked."""
    expiries: dict[str, int] = {}
    for record in records.trust.certificates():
        if record.bearer is Bearer.COMPUTER and not record.revoked_at:
            expiries[record.name] = max(record.expires_at, expiries.get(record.name, 0))
    return expiries


def _computer(record: ComputerRecord, expires_at: int) -> Row:
    return {
        "computer": record.guid,
        "title": record.title,
        "owner": record.owner,
        "address": record.address,
        "netmask": record.netmask,
        "last_contact": moment(record.last_contact),
        "certificate_expires": moment(expires_at),
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


def _partition(slot: Slot, state: str, instance: Instance | None) -> Row:
    return {
        "computer": slot.place.computer,
        "partition": slot.place.partition,
        "state": state,
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


def _forwarded(request: ForwardedRequest) -> Row:
    return {"title": request.title, "master": request.master_url}


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
