"""The documents that tell a computer everything, kept in memory as marshalled fragments.

A fragment is one partition, marshalled; some dozens in a row lie in one piece. A piece is used again while
the revisions of its partitions are the same, and the whole document while the revision of the computer is;
both are read in the same transaction as everything else, so several masters on one database never tell what
is out of date.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import accumulate

from slap_domain.model.computer import ComputerAssignment
from slap_domain.model.master.listed_partition import ListedPartition
from slap_domain.model.master.occasion import Occasion
from slap_domain.model.place import Place
from slap_domain.model.references import ComputerGuid, PartitionId
from slap_domain.model.software_release import SuppliedRelease
from slap_domain.planning.master.assignment import Occupancy
from slap_domain.ports.registry import Records
from slap_domain.use_cases.master.assign_computer import known_computer
from slap_domain.use_cases.master.report_instance import unknown_partition
from slap_http_adapter.wire.assignment import computer_object
from slap_http_adapter.wire.marshal import dumps
from slap_http_adapter.wire.values import Fragment
from slap_proxy.http_api.least_used import LeastUsed
from slap_proxy.http_api.marshalled_partitions import PartitionTemplates, partition_fragment

# So many fragments make a piece of some 100 KiB; a change copies one piece.
_PIECE_PARTITIONS = 64
_REMEMBERED_BYTES = 40 * 1024**2
# With more changes than this, listing the whole computer is cheaper than looking one after the other up.
_FEW = 100
# No marshalled document can hold it.
_MARK = "\0"

Revision = tuple[PartitionId, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Some partitions in a row, marshalled and joined.

    Attributes:
        partitions: the name of each, and the revision that its fragment is true for.
        ends: where in the text the fragment of each ends.
    """

    partitions: tuple[Revision, ...]
    text: bytes
    ends: tuple[int, ...]

    def fragment(self, index: int) -> bytes:
        """Return one of the fragments."""
        return self.text[self.ends[index - 1] if index else 0 : self.ends[index]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ComputerDocument:
    """All that a computer is told.

    Attributes:
        revision: of the computer; 0 when it has none that could be compared.
        head: what comes before the partitions.
        tail: what comes after them.
    """

    revision: int
    head: bytes
    partitions: tuple[Piece, ...]
    tail: bytes

    @property
    def pieces(self) -> tuple[bytes, ...]:
        """Return the document, in pieces that are sent one after the other."""
        return (self.head, *(piece.text for piece in self.partitions), self.tail)


class AssignmentDocuments:
    """Makes documents and remembers the last one of each computer, the least used forgotten first."""

    def __init__(self, most_bytes: int = _REMEMBERED_BYTES) -> None:
        self._templates = PartitionTemplates(partition_fragment)
        self._known: LeastUsed[ComputerGuid, ComputerDocument] = LeastUsed(most_bytes)

    def document(self, records: Records, occasion: Occasion, guid: ComputerGuid) -> ComputerDocument:
        """Return what a computer is told now.

        Raises:
            NotFound: it is not known.
            NotAllowed: the caller may not act for it.
        """
        revision = known_computer(records, occasion, guid).revision
        known = self._known.find(guid)
        if known is not None and revision and known.revision == revision:
            return known
        head, tail = _around(records, guid)
        pieces = self._pieces(records, guid, known.partitions if known is not None else ())
        partitions = tuple(pieces)
        made = ComputerDocument(revision=revision, head=head, partitions=partitions, tail=tail)
        self._known.keep(guid, made, sum(map(len, made.pieces)))
        return made

    def _pieces(self, records: Records, guid: ComputerGuid, known: Sequence[Piece]) -> Iterator[Piece]:
        revisions = records.listings.revisions(guid)
        starts = range(0, len(revisions), _PIECE_PARTITIONS)
        rows = [tuple(revisions[start : start + _PIECE_PARTITIONS]) for start in starts]
        wanted = set(rows)
        same = {piece.partitions: piece for piece in known if piece.partitions in wanted}
        left = {
            revision: (piece, index)
            for piece in known
            if piece.partitions not in same
            for index, revision in enumerate(piece.partitions)
        }
        changed = [each for row in rows if row not in same for each in row if each not in left]
        listed = _listed(records, guid, [name for name, _ in changed])
        look_up = partial(_occupancy, records)
        fresh = (self._templates.marshalled(guid, each, look_up) for each in listed)
        for row in rows:
            yield same.get(row) or _joined(row, left, fresh)


def _around(records: Records, guid: ComputerGuid) -> tuple[bytes, bytes]:
    """Return what comes before the partitions, and what comes after them."""
    releases = tuple(
        SuppliedRelease(url=each.url, state=each.state) for each in records.releases.of_computer(guid)
    )
    computer = ComputerAssignment(guid=guid, releases=releases)
    head, _, tail = dumps(computer_object(computer, (Fragment(text=_MARK),))).partition(_MARK.encode("ascii"))
    return head, tail


def _joined(
    row: tuple[Revision, ...], left: Mapping[Revision, tuple[Piece, int]], fresh: Iterator[bytes]
) -> Piece:
    """Return a piece made of fragments that are known, and of fresh ones."""
    fragments = []
    for each in row:
        piece, index = left.get(each, (None, 0))
        fragments.append(next(fresh) if piece is None else piece.fragment(index))
    return Piece(partitions=row, text=b"".join(fragments), ends=tuple(accumulate(map(len, fragments))))


def _listed(records: Records, guid: ComputerGuid, names: Sequence[PartitionId]) -> Iterator[ListedPartition]:
    """Give some partitions, which are named in their order."""
    wanted = frozenset(names)
    if len(names) > _FEW:
        return (each for each in records.listings.partitions(guid) if each.partition in wanted)
    found = (records.listings.partition(Place(computer=guid, partition=name)) for name in names)
    return (each for each in found if each is not None)


def _occupancy(records: Records, place: Place) -> Occupancy:
    instance = records.instances.at(place)
    slot = instance.slot if instance is not None else records.vacancies.slot(place)
    if slot is None:
        raise unknown_partition(place)
    return Occupancy(slot=slot, instance=instance, shared=records.trees.shared_at(place))
