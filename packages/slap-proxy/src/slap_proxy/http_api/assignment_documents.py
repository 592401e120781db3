"""The documents that tell a computer everything, kept in memory as marshalled fragments.

A fragment is one partition, marshalled. It is used again while the revision of its partition is the same, and
the whole document while the revision of the computer is; both are read in the same transaction as everything
else, so several masters on one database never tell what is out of date.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from slap_domain.model.computer import ComputerAssignment
from slap_domain.model.master.occasion import Occasion
from slap_domain.model.master.placement import Slot
from slap_domain.model.references import ComputerGuid, PartitionId
from slap_domain.model.software_release import SuppliedRelease
from slap_domain.planning.master.assignment import Occupancy, occupancies
from slap_domain.ports.registry import Records
from slap_domain.use_cases.master.assign_computer import known_computer
from slap_http_adapter.wire.assignment import computer_object
from slap_http_adapter.wire.marshal import dumps
from slap_http_adapter.wire.values import Fragment
from slap_proxy.http_api.marshalled_partitions import marshalled_partitions

_PIECE = 128 * 1024
_REMEMBERED_PARTITIONS = 20_000
# With more changes than this, reading all instances at once is cheaper than one by one.
_FEW = 100
# No marshalled document can hold it.
_MARK = "\0"


@dataclass(frozen=True, slots=True, kw_only=True)
class MarshalledPartition:
    """A partition as its node is told of it, and the revision that this is true for.

    Attributes:
        piece: of the document, in which its text lies; not a copy, because there are thousands.
    """

    revision: int
    piece: bytes
    start: int
    stop: int

    @property
    def text(self) -> bytes:
        """Return its marshalled form."""
        return self.piece[self.start : self.stop]


@dataclass(frozen=True, slots=True, kw_only=True)
class ComputerDocument:
    """All that a computer is told.

    Attributes:
        revision: of the computer; 0 when it has none that could be compared.
        pieces: the document, in pieces that are sent one after the other.
    """

    revision: int
    partitions: Mapping[PartitionId, MarshalledPartition]
    pieces: tuple[bytes, ...]


class AssignmentDocuments:
    """Makes documents and remembers the last one of each computer, the least used forgotten first."""

    def __init__(self, remembered: int = _REMEMBERED_PARTITIONS) -> None:
        self._remembered = remembered
        self._known: OrderedDict[ComputerGuid, ComputerDocument] = OrderedDict()
        self._lock = threading.Lock()

    def document(self, records: Records, occasion: Occasion, guid: ComputerGuid) -> ComputerDocument:
        """Return what a computer is told now.

        Raises:
            NotFound: it is not known.
            NotAllowed: the caller may not act for it.
        """
        revision = known_computer(records, occasion, guid).revision
        known = self._remember(guid)
        if known is not None and revision and known.revision == revision:
            return known
        made = _made(records, guid, revision, known.partitions if known is not None else {})
        self._keep(guid, made)
        return made

    def _remember(self, guid: ComputerGuid) -> ComputerDocument | None:
        with self._lock:
            if guid in self._known:
                self._known.move_to_end(guid)
            return self._known.get(guid)

    def _keep(self, guid: ComputerGuid, document: ComputerDocument) -> None:
        with self._lock:
            self._known[guid] = document
            self._known.move_to_end(guid)
            while len(self._known) > 1 and self._size() > self._remembered:
                self._known.popitem(last=False)

    def _size(self) -> int:
        return sum(len(document.partitions) for document in self._known.values())


def _made(
    records: Records, guid: ComputerGuid, revision: int, known: Mapping[PartitionId, MarshalledPartition]
) -> ComputerDocument:
    slots = records.computers.slots(guid)
    changed = [slot for slot in slots if not _is_known(slot, known)]
    fresh = marshalled_partitions(_occupancies(records, guid, changed))
    releases = tuple(
        SuppliedRelease(url=each.url, state=each.state) for each in records.releases.of_computer(guid)
    )
    joiner = _Joiner(ComputerAssignment(guid=guid, releases=releases))
    for slot in slots:
        text = known[slot.place.partition].text if _is_known(slot, known) else next(fresh)
        joiner.add(slot.place.partition, slot.revision, text)
    return joiner.document(revision)


def _is_known(slot: Slot, known: Mapping[PartitionId, MarshalledPartition]) -> bool:
    before = known.get(slot.place.partition)
    return before is not None and before.revision == slot.revision


def _occupancies(records: Records, guid: ComputerGuid, slots: list[Slot]) -> Iterable[Occupancy]:
    if len(slots) > _FEW:
        return occupancies(slots, records.trees.on_computer(guid))
    return [
        Occupancy(
            slot=slot,
            instance=records.instances.at(slot.place),
            shared=records.trees.shared_at(slot.place),
        )
        for slot in slots
    ]


class _Joiner:
    """Joins marshalled partitions into the pieces of a document."""

    def __init__(self, computer: ComputerAssignment) -> None:
        around = dumps(computer_object(computer, (Fragment(text=_MARK),)))
        head, _, self._tail = around.partition(_MARK.encode("ascii"))
        self._piece = bytearray(head)
        self._inside: list[tuple[PartitionId, int, int]] = []
        self._pieces: list[bytes] = []
        self._partitions: dict[PartitionId, MarshalledPartition] = {}

    def add(self, name: PartitionId, revision: int, text: bytes) -> None:
        """Add a partition."""
        self._inside.append((name, revision, len(self._piece)))
        self._piece += text
        if len(self._piece) >= _PIECE:
            self._end_piece(len(self._piece))

    def document(self, revision: int) -> ComputerDocument:
        """Return the whole document."""
        stop = len(self._piece)
        self._piece += self._tail
        self._end_piece(stop)
        return ComputerDocument(revision=revision, partitions=self._partitions, pieces=tuple(self._pieces))

    def _end_piece(self, stop: int) -> None:
        piece = bytes(self._piece)
        for name, revision, start in reversed(self._inside):
            self._partitions[name] = MarshalledPartition(
                revision=revision, piece=piece, start=start, stop=stop
            )
            stop = start
        self._pieces.append(piece)
        self._piece.clear()
        self._inside.clear()
