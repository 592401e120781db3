"""What an existing proxy recorded, as the records of a master."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from slap_domain.errors import HostFailure, InvalidInput
from slap_domain.model.instance import InstanceState
from slap_domain.model.master.instance_tree import Instance, InstanceKey
from slap_domain.model.master.placement import Slot
from slap_domain.model.master.recorded_parameters import as_values
from slap_domain.model.master.records import ComputerRecord, ForwardedRequest, ReleaseRecord
from slap_domain.model.place import Place
from slap_domain.model.references import (
    DEFAULT_SOFTWARE_TYPE,
    ComputerGuid,
    InstanceTitle,
    PartitionId,
    SoftwareType,
    SoftwareUrl,
)
from slap_domain.model.software_release import SoftwareState
from slap_domain.ports.registry import Records
from slap_http_adapter.wire import marshal
from slap_http_adapter.wire.instance_xml import loads_instance
from slap_proxy.storage.takeover import ROOT_TITLES_SINCE, Fields, OldDatabase, text_of

_SHARED_NAMES = ("slave_title", "slave_reference", "slap_software_type")


@dataclass(slots=True, kw_only=True)
class TakenOver:
    """What was taken over, and what people should know of it."""

    computers: int = 0
    partitions: int = 0
    instances: int = 0
    shared: int = 0
    remarks: list[str] = field(default_factory=list)

    def describe(self) -> str:
        """Return words for people."""
        counts = (
            f"{self.computers} computers, {self.partitions} partitions, "
            f"{self.instances} instances, {self.shared} shared instances"
        )
        return "; ".join([counts, *self.remarks])


def take_over(old: OldDatabase, records: Records, now: int) -> TakenOver:
    """Record all that an existing proxy knew.

    Args:
        old: what it knew.
        records: empty ones.
        now: seconds since the epoch: the timestamp of instances that have none.

    Raises:
        HostFailure: a document cannot be read.
    """
    taken = TakenOver()
    _computers(old, records, taken)
    _releases(old, records)
    instances = _instances(old, records, taken, now)
    _shared(old, records, instances, taken)
    for row in old.forwarded:
        title, url = text_of(row, "partition_reference"), text_of(row, "master_url")
        records.forwards.add(ForwardedRequest(title=InstanceTitle(title), master_url=url))
    for name, value in old.settings.items():
        records.settings.remember(name, value)
    return taken


def _computers(old: OldDatabase, records: Records, taken: TakenOver) -> None:
    described = {text_of(row, "reference"): row for row in old.computers}
    used = (text_of(row, "computer_reference") for row in old.partitions)
    for guid in dict.fromkeys((*described, *used)):
        row = described.get(guid, {})
        records.computers.save(
            ComputerRecord(
                guid=ComputerGuid(guid),
                title=guid,
                address=text_of(row, "address"),
                netmask=text_of(row, "netmask"),
            )
        )
        taken.computers += 1
    slots = tuple(_slot(old, row, position) for position, row in enumerate(old.partitions))
    records.computers.save_slots(slots)
    taken.partitions = len(slots)


def _slot(old: OldDatabase, row: Fields, position: int) -> Slot:
    place = _place(row)
    stamp = row.get("timestamp")
    return Slot(
        place=place,
        position=position,
        addresses=old.addresses.get((place.computer, place.partition), ()),
        timestamp=int(float(stamp)) + 1 if stamp is not None else 0,
    )


def _releases(old: OldDatabase, records: Records) -> None:
    for row in old.releases:
        destroyed = text_of(row, "requested_state") == SoftwareState.DESTROYED
        records.releases.save(
            ReleaseRecord(
                computer=ComputerGuid(text_of(row, "computer_reference")),
                url=SoftwareUrl(text_of(row, "url")),
                state=SoftwareState.DESTROYED if destroyed else SoftwareState.AVAILABLE,
            )
        )


def _instances(old: OldDatabase, records: Records, taken: TakenOver, now: int) -> Mapping[Place, Instance]:
    busy = {_place(row): row for row in old.partitions if text_of(row, "slap_state") == "busy"}
    roots = {place: _root_title(old, busy, place) for place in busy}
    added: dict[Place, Instance] = {}
    for place, row in busy.items():
        slot = records.vacancies.slot(place)
        fresh = _instance(row, _free_key(records, row, roots[place], taken))
        stamped = replace(slot, timestamp=slot.timestamp or now) if slot is not None else None
        placed = replace(fresh, slot=stamped)
        added[place] = replace(placed, number=records.instances.add(placed))
    for place, row in busy.items():
        requester = added.get(_requester_place(row, place))
        if requester is not None:
            added[place] = replace(added[place], requester=requester.number)
            records.instances.save(added[place])
    taken.instances = len(added)
    return added


def _instance(row: Fields, key: InstanceKey) -> Instance:
    asked = text_of(row, "requested_state")
    state = InstanceState(asked) if asked in list(InstanceState) else InstanceState.STARTED
    return Instance(
        key=key,
        release=SoftwareUrl(text_of(row, "software_release")),
        type=SoftwareType(text_of(row, "software_type") or DEFAULT_SOFTWARE_TYPE),
        asked=state,
        state=state,
        parameters=_document(row, "xml"),
        connection=_document(row, "connection_xml"),
    )


def _root_title(old: OldDatabase, busy: Mapping[Place, Fields], place: Place) -> str:
    """Return the title of the root of an instance's tree; empty for a root.

    Before version 17 `requested_by` is the partition of the direct parent, later the root's title.
    """
    row = busy[place]
    if old.version >= ROOT_TITLES_SINCE or not text_of(row, "requested_by"):
        return text_of(row, "requested_by")
    *_, (top, top_row) = _ancestors(busy, place)
    return _title(top_row) if top != place else text_of(row, "requested_by")


def _ancestors(busy: Mapping[Place, Fields], place: Place) -> Iterator[tuple[Place, Fields]]:
    seen: set[Place] = set()
    while place in busy and place not in seen:
        seen.add(place)
        yield place, busy[place]
        place = replace(place, partition=PartitionId(text_of(busy[place], "requested_by")))


def _requester_place(row: Fields, place: Place) -> Place:
    direct = text_of(row, "requester_id") or text_of(row, "requested_by")
    return replace(place, partition=PartitionId(direct))


def _free_key(records: Records, row: Fields, root: str, taken: TakenOver) -> InstanceKey:
    key = InstanceKey(title=_title(row), root=InstanceTitle(root))
    if records.instances.find(key) is None:
        return key
    place = _place(row)
    renamed = replace(key, title=InstanceTitle(f"{key.title} ({place})"))
    taken.remarks.append(f"two instances were called {key.title!r}: one is now {renamed.title!r}")
    return renamed


def _shared(
    old: OldDatabase, records: Records, instances: Mapping[Place, Instance], taken: TakenOver
) -> None:
    listed = {_place(row): _listed(row) for row in old.partitions}
    for row in old.shared:
        reference = text_of(row, "reference")
        sharer = instances.get(_hosted_by(row))
        entry = listed.get(_hosted_by(row), {}).get(reference)
        if sharer is None or entry is None:
            taken.remarks.append(
                f"nothing serves the shared instance {reference!r} any more: it was left out"
            )
            continue
        asker = instances.get(_requester_place({"requester_id": _asked_by(row)}, _hosted_by(row)))
        records.instances.add(_shared_instance(row, sharer, entry, asker))
        taken.shared += 1


def _shared_instance(
    row: Fields, sharer: Instance, entry: Mapping[str, object], asker: Instance | None
) -> Instance:
    reference = text_of(row, "reference")
    parameters = {name: value for name, value in entry.items() if name not in _SHARED_NAMES}
    return Instance(
        key=_shared_key(reference, asker, _asked_by(row)),
        release=sharer.release,
        type=SoftwareType(str(entry.get("slap_software_type") or DEFAULT_SOFTWARE_TYPE)),
        parameters=as_values(parameters),
        connection=_document(row, "connection_xml"),
        slot=sharer.slot,
        requester=asker.number if asker is not None else None,
        reference=reference,
    )


def _shared_key(reference: str, asker: Instance | None, asked_by: str) -> InstanceKey:
    """Return tree and title of a shared instance: its reference is made of its parent's name and a title."""
    root = asker.key.tree if asker is not None else ""
    for prefix in (root, asked_by):
        if prefix and reference.startswith(f"{prefix}_"):
            return InstanceKey(
                title=InstanceTitle(reference[len(prefix) + 1 :]), root=InstanceTitle(root), shared=True
            )
    before, _, title = reference.partition("_")
    return InstanceKey(title=InstanceTitle(title), root=InstanceTitle(root or before), shared=True)


def _listed(row: Fields) -> Mapping[str, Mapping[str, object]]:
    document = text_of(row, "slave_instance_list")
    if not document:
        return {}
    try:
        entries = marshal.loads(document)
    except InvalidInput as error:
        raise _unreadable(row, "slave_instance_list", error) from error
    listed = entries if isinstance(entries, list) else []
    return {str(entry.get("slave_reference")): entry for entry in listed if isinstance(entry, dict)}


def _document(row: Fields, name: str) -> Mapping[str, object]:
    try:
        return loads_instance(text_of(row, name))
    except InvalidInput as error:
        raise _unreadable(row, name, error) from error


def _unreadable(row: Fields, name: str, error: InvalidInput) -> HostFailure:
    return HostFailure(
        f"{name} of {text_of(row, 'reference')} cannot be read: {error}",
        hint="nothing was changed; mend that row with sqlite3 and start again",
    )


def _title(row: Fields) -> InstanceTitle:
    return InstanceTitle(text_of(row, "partition_reference") or text_of(row, "reference"))


def _place(row: Fields) -> Place:
    computer = ComputerGuid(text_of(row, "computer_reference"))
    return Place(computer=computer, partition=PartitionId(text_of(row, "reference")))


def _hosted_by(row: Fields) -> Place:
    computer = ComputerGuid(text_of(row, "computer_reference"))
    return Place(computer=computer, partition=PartitionId(text_of(row, "hosted_by")))


def _asked_by(row: Fields) -> str:
    return text_of(row, "requester_id") or text_of(row, "asked_by")
