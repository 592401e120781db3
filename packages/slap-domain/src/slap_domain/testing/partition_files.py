"""A node's files of partitions in memory, and the contracts that every store of them keeps."""

from abc import ABC, abstractmethod
from contextlib import AbstractContextManager, nullcontext
from pathlib import PurePosixPath

from slap_domain.errors import HostFailure
from slap_domain.model.partition import PartitionPlace, Program
from slap_domain.model.references import InstanceTitle, PartitionId, SoftwareUrl, Timestamp, partition_id
from slap_domain.ports.clock import Clock
from slap_domain.ports.master_for_nodes import PartitionCertificate
from slap_domain.ports.output_lines import OnLine
from slap_domain.ports.partition_files import PartitionFiles, PartitionJournal, ProcessedStamp

_PLACE = PartitionId("slappart0")


class FakePartitionFiles:
    """Keeps in memory what is known of partitions; a partition exists once it is in `leftovers`.

    Attributes:
        leftovers: the files of each partition that are not the node's own.
        programs_of: the programs of each partition.
        periodicities: what releases wish.
        stopped: the partitions whose legacy file says stopped.
    """

    def __init__(self, clock: Clock, *partitions: str) -> None:
        self._clock = clock
        self._stamps: dict[PartitionId, ProcessedStamp] = {}
        self.leftovers: dict[PartitionId, tuple[str, ...]] = {partition_id(name): () for name in partitions}
        self.programs_of: dict[PartitionId, tuple[Program, ...]] = {}
        self.periodicities: dict[SoftwareUrl, int] = {}
        self.stopped: tuple[PartitionId, ...] = ()

    def place(self, partition: PartitionId) -> PartitionPlace:
        """Return where a partition is."""
        if partition not in self.leftovers:
            raise HostFailure(f"partition {partition} has no directory")
        return PartitionPlace(id=partition, path=PurePosixPath("/srv/slapgrid") / partition)

    def stamp(self, partition: PartitionId) -> ProcessedStamp | None:
        """Return what was last deployed."""
        return self._stamps.get(partition)

    def write_stamp(self, partition: PartitionId, timestamp: Timestamp | None) -> None:
        """Remember what was deployed; None forgets it."""
        if timestamp is None:
            self._stamps.pop(partition, None)
        else:
            self._stamps[partition] = ProcessedStamp(timestamp=timestamp, date=self._clock.now())

    def periodicity(self, release: SoftwareUrl) -> int | None:
        """Return what a release wishes."""
        return self.periodicities.get(release)

    def programs(self, place: PartitionPlace) -> tuple[Program, ...]:
        """Return the programs of a partition."""
        return self.programs_of.get(place.id, ())

    def release_partition(self, place: PartitionPlace) -> tuple[str, ...]:
        """Forget the node's own data of a free partition; return what else was left there."""
        self._stamps.pop(place.id, None)
        return self.leftovers[place.id]

    def legacy_stopped(self) -> tuple[PartitionId, ...]:
        """Return the partitions whose legacy file says stopped."""
        return self.stopped


class FakePartitionJournal:
    """Keeps in memory what deployments leave behind.

    Attributes:
        requests: the children that each partition's deployment requested; absent: no transaction.
        certificates, errors, lines: what was written of each partition.
    """

    def __init__(self) -> None:
        self.requests: dict[PartitionId, tuple[InstanceTitle, ...]] = {}
        self.certificates: dict[PartitionId, PartitionCertificate] = {}
        self.errors: dict[PartitionId, str] = {}
        self.lines: dict[PartitionId, list[str]] = {}

    def forget_requests(self, place: PartitionPlace) -> None:
        """Forget which children were requested by an earlier deployment."""
        self.requests.pop(place.id, None)

    def requested_children(self, place: PartitionPlace) -> tuple[InstanceTitle, ...] | None:
        """Return which children the deployment requested; None when no transaction was begun."""
        return self.requests.get(place.id)

    def write_certificate(self, place: PartitionPlace, certificate: PartitionCertificate) -> None:
        """Store the identity of the partition."""
        self.certificates[place.id] = certificate

    def write_error(self, place: PartitionPlace, text: str) -> None:
        """Keep the text of a failed deployment; the empty text forgets it."""
        if text:
            self.errors[place.id] = text
        else:
            self.errors.pop(place.id, None)

    def opened_log(self, place: PartitionPlace) -> AbstractContextManager[OnLine]:
        """Open the partition's own log; yields what adds a line to it."""
        return nullcontext(lambda line: self.lines.setdefault(place.id, []).append(line))


class PartitionFilesContract(ABC):
    """What every store of a node's files does; subclass it as a test class and make the subject."""

    @abstractmethod
    def make_files(self) -> PartitionFiles:
        """Return the files of a node with one empty partition, `slappart0`."""

    def test_knows_where_a_partition_is(self) -> None:
        """A place carries the partition's own id."""
        assert self.make_files().place(_PLACE).id == _PLACE

    def test_a_partition_without_directory_is_a_failure_of_the_host(self) -> None:
        """Nothing can be done there."""
        try:
            self.make_files().place(PartitionId("nowhere"))
        except HostFailure:
            return
        raise AssertionError("it has a place")

    def test_remembers_what_was_deployed(self) -> None:
        """The stamp is kept byte for byte until it is forgotten."""
        files = self.make_files()
        assert files.stamp(_PLACE) is None
        for text in ("1700000000", "1700000000.25", "text é"):
            files.write_stamp(_PLACE, Timestamp(text))
            stamp = files.stamp(_PLACE)
            assert stamp is not None
            assert stamp.timestamp == text
            assert stamp.date.tzinfo is not None
        files.write_stamp(_PLACE, None)
        files.write_stamp(_PLACE, None)
        assert files.stamp(_PLACE) is None

    def test_releases_a_free_partition(self) -> None:
        """What the node knew of it is forgotten, and nothing else is left there."""
        files = self.make_files()
        files.write_stamp(_PLACE, Timestamp("1"))
        assert files.release_partition(files.place(_PLACE)) == ()
        assert files.stamp(_PLACE) is None

    def test_an_empty_partition_has_no_program(self) -> None:
        """No program, no wish, nothing stopped."""
        files = self.make_files()
        assert files.programs(files.place(_PLACE)) == ()
        assert files.periodicity(SoftwareUrl("https://example.com/software.cfg")) is None
        assert files.legacy_stopped() == ()


class PartitionJournalContract(ABC):
    """What every journal of deployments does; subclass it as a test class and make the subject."""

    @abstractmethod
    def make_journal(self) -> PartitionJournal:
        """Return an empty journal."""

    @abstractmethod
    def make_place(self) -> PartitionPlace:
        """Return the place of an empty partition."""

    @abstractmethod
    def request(self, journal: PartitionJournal, place: PartitionPlace, *titles: str) -> None:
        """Begin a transaction, as a deployment that requests these children does."""

    def test_tells_which_children_were_requested(self) -> None:
        """Nothing before a transaction begins, and nothing after it is forgotten."""
        journal, place = self.make_journal(), self.make_place()
        assert journal.requested_children(place) is None
        self.request(journal, place, "one", "two")
        assert journal.requested_children(place) == ("one", "two")
        journal.forget_requests(place)
        journal.forget_requests(place)
        assert journal.requested_children(place) is None

    def test_takes_what_is_written(self) -> None:
        """Certificates, errors and lines may be written again and again."""
        journal, place = self.make_journal(), self.make_place()
        for _ in range(2):
            journal.write_certificate(place, PartitionCertificate(certificate="C", key="K"))
            journal.write_error(place, "it failed\n")
            journal.write_error(place, "")
            with journal.opened_log(place) as write_line:
                write_line("a line é")
