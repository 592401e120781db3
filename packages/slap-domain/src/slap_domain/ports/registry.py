"""What the rules of a master say to the storage that keeps its records.

A use case hands the registry a piece of work; the work speaks to the records in the conversations below, and
what it changed is kept whole or not at all.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, TypeVar

from slap_domain.model.master.instance_tree import Instance, InstanceKey
from slap_domain.model.master.listed_partition import ListedPartition
from slap_domain.model.master.placement import Slot
from slap_domain.model.master.records import (
    CertificateRecord,
    ComputerRecord,
    ForwardedRequest,
    ReleaseRecord,
    TokenRecord,
    UsageRecord,
)
from slap_domain.model.master.vacancy import SharerWish, SlotWish
from slap_domain.model.place import Place
from slap_domain.model.references import ComputerGuid, InstanceTitle, PartitionId, SoftwareUrl

T = TypeVar("T")


class ComputerRecords(Protocol):
    """The conversation about computers and their partitions."""

    def find(self, guid: ComputerGuid) -> ComputerRecord | None:
        """Return a computer, or None."""
        ...

    def add(self, record: ComputerRecord) -> None:
        """Keep a new computer; never in place of a known one.

        Raises:
            SlapError: its id is taken.
        """
        ...

    def save(self, record: ComputerRecord) -> None:
        """Keep a computer, new or known; its revision is the registry's own and is not taken from here."""
        ...

    def every(self) -> tuple[ComputerRecord, ...]:
        """Return all computers, sorted by id."""
        ...

    def slots(self, guid: ComputerGuid) -> tuple[Slot, ...]:
        """Return the partitions of a computer, in order of position."""
        ...

    def save_slots(self, slots: tuple[Slot, ...]) -> None:
        """Keep addresses, position and timestamp of partitions, new or known; who is busy is not changed.

        The timestamp of a busy one surpasses what others gave it meanwhile.
        """
        ...

    def remove_slots(self, guid: ComputerGuid, partitions: tuple[PartitionId, ...]) -> None:
        """Forget free partitions."""
        ...

    def contact(self, guid: ComputerGuid, now: int) -> None:
        """Note when a computer was last heard; one that is not known is left so."""
        ...


class ReleaseRecords(Protocol):
    """The conversation about releases supplied to computers.

    What a writing work finds is kept from changing until it ends.
    """

    def find(self, computer: ComputerGuid, url: SoftwareUrl) -> ReleaseRecord | None:
        """Return a supplied release, or None."""
        ...

    def save(self, record: ReleaseRecord) -> None:
        """Keep a supplied release, new or known; a computer's releases keep the order of their first save."""
        ...

    def remove(self, computer: ComputerGuid, url: SoftwareUrl) -> None:
        """Forget a supplied release; one that is not known is no error."""
        ...

    def of_computer(self, computer: ComputerGuid) -> tuple[ReleaseRecord, ...]:
        """Return the releases supplied to a computer, in the order of their first save."""
        ...

    def every(self) -> tuple[ReleaseRecord, ...]:
        """Return the releases of all computers, in the order of their first save."""
        ...


class InstanceRecords(Protocol):
    """The conversation about one instance at a time.

    Saving an instance that has a slot also keeps the slot's timestamp; adding one that is not shared makes
    its slot busy, removing it makes the slot free again. Removing a sharer leaves what it shared unplaced.
    What a writing work finds is kept from changing until it ends, and what `find` does not find, from
    appearing; what it only looks at is kept from vanishing.
    """

    def find(self, key: InstanceKey, *, only_look: bool = False) -> Instance | None:
        """Return an instance, or None."""
        ...

    def at(self, place: Place, *, only_look: bool = False) -> Instance | None:
        """Return the instance, not shared, that runs in a partition, or None."""
        ...

    def numbered(self, number: int) -> Instance | None:
        """Return the instance that has a number, or None."""
        ...

    def referred_to(self, reference: str) -> Instance | None:
        """Return the shared instance that has a reference, or None."""
        ...

    def add(self, instance: Instance) -> int:
        """Keep a new instance and return its number."""
        ...

    def save(self, instance: Instance) -> None:
        """Keep a known instance, found by its number: its key, too, may have changed."""
        ...

    def remove(self, instance: Instance) -> None:
        """Forget an instance."""
        ...


class TreeRecords(Protocol):
    """The conversation about many instances, all sorted by title unless said otherwise."""

    def roots(self, owner: str | None) -> tuple[Instance, ...]:
        """Return the roots of one owner, or of all, shared ones included."""
        ...

    def every(self) -> tuple[Instance, ...]:
        """Return all instances, by number."""
        ...

    def members(self, root: InstanceTitle) -> tuple[Instance, ...]:
        """Return what belongs to a tree, shared ones included, without the root."""
        ...

    def on_computer(self, guid: ComputerGuid) -> tuple[Instance, ...]:
        """Return what runs on a computer, shared ones included, by position and then number."""
        ...

    def serves_others(self, guid: ComputerGuid, release: SoftwareUrl, owner: str) -> bool:
        """Tell whether an instance of another owner, shared or not, runs on a computer with a release."""
        ...

    def shared_at(self, place: Place) -> tuple[Instance, ...]:
        """Return the shared instances that a partition serves, by number."""
        ...

    def stamp(self, place: Place, timestamp: int) -> None:
        """Keep a new timestamp of a partition; one that others gave it meanwhile is surpassed."""
        ...


class ListingRecords(Protocol):
    """The conversation about partitions as they are told, one or all of a computer; it only looks."""

    def partition(self, place: Place) -> ListedPartition | None:
        """Return a partition, or None when it is not known."""
        ...

    def revisions(self, guid: ComputerGuid) -> Sequence[tuple[PartitionId, int]]:
        """Return the name and the revision of each partition, in order of position."""
        ...

    def partitions(self, guid: ComputerGuid) -> Iterator[ListedPartition]:
        """Give each partition, in order of position; they are read while the iterator is asked."""
        ...


class VacancyRecords(Protocol):
    """The conversation that finds room. What it returns is locked until the work ends."""

    def slot(self, place: Place) -> Slot | None:
        """Return a partition, busy or free, or None when it is not known."""
        ...

    def revision(self, place: Place) -> int | None:
        """Return the revision of a partition, or None when it is not known; it is not locked."""
        ...

    def free_slot(self, wish: SlotWish) -> Slot | None:
        """Return the first free partition that satisfies a wish, or None when there is none."""
        ...

    def sharer(self, wish: SharerWish) -> Instance | None:
        """Return the first instance that can serve what is wished, or None when there is none."""
        ...


class UsageRecords(Protocol):
    """The conversation about what computers consumed."""

    def add(self, record: UsageRecord) -> None:
        """Keep a journal."""
        ...

    def of_computer(self, computer: ComputerGuid) -> tuple[UsageRecord, ...]:
        """Return the journals of a computer, oldest first."""
        ...


class TrustRecords(Protocol):
    """The conversation about certificates and tokens."""

    def add_certificate(self, record: CertificateRecord) -> None:
        """Keep a certificate that was given out."""
        ...

    def certificate(self, serial: str) -> CertificateRecord | None:
        """Return a certificate that was given out, or None."""
        ...

    def certificates(self) -> tuple[CertificateRecord, ...]:
        """Return all certificates, oldest first."""
        ...

    def of_place(self, place: Place) -> tuple[CertificateRecord, ...]:
        """Return the certificates of a partition that nobody revoked, oldest first."""
        ...

    def of_computer(self, guid: ComputerGuid) -> tuple[CertificateRecord, ...]:
        """Return the certificates of a computer, not of its partitions, that nobody revoked, oldest first."""
        ...

    def forget_ended(self, *, certificates_before: int, tokens_before: int) -> None:
        """Forget the certificates and the tokens that ended before these moments (epoch seconds)."""
        ...

    def revoke(self, serial: str, now: int) -> None:
        """Note that a certificate is no longer valid; one revoked before keeps its time."""
        ...

    def add_token(self, record: TokenRecord) -> None:
        """Keep a token."""
        ...

    def take_token(self, digest: str) -> TokenRecord | None:
        """Forget a token and return it, or None when there is none: it can be taken once only."""
        ...


class ForwardRecords(Protocol):
    """The conversation about instances that other masters run."""

    def add(self, forwarded: ForwardedRequest) -> bool:
        """Remember a forwarded request, and tell whether it is new; repeating it changes nothing."""
        ...

    def holds(self, forwarded: ForwardedRequest) -> bool:
        """Tell whether a forwarded request is remembered."""
        ...

    def remove(self, forwarded: ForwardedRequest) -> None:
        """Forget a forwarded request; one that is not known is no error."""
        ...

    def every(self) -> tuple[ForwardedRequest, ...]:
        """Return all forwarded requests, sorted."""
        ...


class SettingRecords(Protocol):
    """The conversation about settings that must be remembered."""

    def find(self, name: str) -> str | None:
        """Return what is remembered under a name, or None."""
        ...

    def remember(self, name: str, value: str) -> None:
        """Remember a text under a name."""
        ...


class Records(Protocol):
    """All records of a master, open for one piece of work."""

    @property
    def computers(self) -> ComputerRecords:
        """Computers and their partitions."""
        ...

    @property
    def releases(self) -> ReleaseRecords:
        """Releases supplied to computers."""
        ...

    @property
    def instances(self) -> InstanceRecords:
        """One instance at a time."""
        ...

    @property
    def trees(self) -> TreeRecords:
        """Many instances."""
        ...

    @property
    def listings(self) -> ListingRecords:
        """Partitions as they are told."""
        ...

    @property
    def vacancies(self) -> VacancyRecords:
        """Room for instances."""
        ...

    @property
    def usage(self) -> UsageRecords:
        """What computers consumed."""
        ...

    @property
    def trust(self) -> TrustRecords:
        """Certificates and tokens."""
        ...

    @property
    def forwards(self) -> ForwardRecords:
        """What other masters run."""
        ...

    @property
    def settings(self) -> SettingRecords:
        """Settings of former starts."""
        ...


class Registry(Protocol):
    """Keeps the records of a master.

    Both methods are safe to call from several threads, and from several processes that share a registry.
    Raises, both: `TemporarilyUnavailable` when the storage cannot answer now.
    """

    def read(self, work: Callable[[Records], T]) -> T:
        """Return what the work found; all it reads belongs to one moment. It must change nothing."""
        ...

    def write(self, work: Callable[[Records], T]) -> T:
        """Return what the work returned, once what it changed is durable.

        What raised changed nothing. The work may be run again from the start when it met another's, so it
        must have no effect outside the records.
        """
        ...
