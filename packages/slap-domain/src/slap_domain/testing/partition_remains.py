"""The files of destroyed instances in memory, and the contract that every store of them keeps."""

from abc import ABC, abstractmethod
from datetime import UTC, datetime

from slap_domain.errors import DeploymentFailed
from slap_domain.model.partition import PartitionPlace
from slap_domain.model.references import PartitionId  # noqa: TC001 - shown to readers of the fake's attributes
from slap_domain.planning.node.cleanup import LONGEST_RETENTION, recorded_delay
from slap_domain.ports.partition_remains import PartitionRemains


class FakePartitionRemains:
    """Keeps and wipes in memory.

    Attributes:
        delays, dates: what was decided of each partition.
        awaited: the processes that each partition waits for.
        failing: the partitions whose `sbin/destroy` fails.
        wiped: the partitions that were wiped, in order.
    """

    def __init__(self) -> None:
        self.delays: dict[PartitionId, str] = {}
        self.dates: dict[PartitionId, datetime] = {}
        self.awaited: dict[PartitionId, tuple[str, ...]] = {}
        self.failing: set[PartitionId] = set()
        self.wiped: list[PartitionId] = []

    def write_lock_delay(self, place: PartitionPlace, days: str) -> None:
        """Freeze the retention delay of an instance, unless it is frozen already."""
        self.delays.setdefault(place.id, days)

    def lock_delay(self, place: PartitionPlace) -> float:
        """Return the frozen delay in days; 0 when there is none."""
        return recorded_delay(self.delays.get(place.id))

    def lock_date(self, place: PartitionPlace) -> datetime | None:
        """Return until when the files are kept."""
        return self.dates.get(place.id)

    def write_lock_date(self, place: PartitionPlace, date: datetime) -> None:
        """Decide until when the files are kept."""
        self.dates[place.id] = date

    def awaited_processes(self, place: PartitionPlace) -> tuple[str, ...]:
        """Return the processes whose end the wiping has to wait for."""
        return self.awaited.get(place.id, ())

    def run_destroy_script(self, place: PartitionPlace) -> None:
        """Fail for the partitions that a test says."""
        if place.id in self.failing:
            raise DeploymentFailed("sbin/destroy exited with 1", log="no\n")

    def wipe(self, place: PartitionPlace) -> None:
        """Forget everything of a partition."""
        self.delays.pop(place.id, None)
        self.dates.pop(place.id, None)
        self.awaited.pop(place.id, None)
        self.wiped.append(place.id)


class PartitionRemainsContract(ABC):
    """What every store of remains does; subclass it as a test class and make the subject."""

    @abstractmethod
    def make_remains(self) -> PartitionRemains:
        """Return a store."""

    @abstractmethod
    def make_place(self) -> PartitionPlace:
        """Return the place of a partition without `sbin/destroy`."""

    def test_the_delay_is_frozen_once(self) -> None:
        """A delay that changes later does not count."""
        remains, place = self.make_remains(), self.make_place()
        assert remains.lock_delay(place) == 0.0
        remains.write_lock_delay(place, "1.5")
        remains.write_lock_delay(place, "3.0")
        assert remains.lock_delay(place) == 1.5

    def test_a_delay_without_end_is_the_longest(self) -> None:
        """Nothing that was to be kept for ever is lost."""
        remains, place = self.make_remains(), self.make_place()
        remains.write_lock_delay(place, "inf")
        assert remains.lock_delay(place) == LONGEST_RETENTION

    def test_the_date_is_kept_until_the_files_are_wiped(self) -> None:
        """Wiping forgets delay and date; wiping again is no error."""
        remains, place = self.make_remains(), self.make_place()
        date = datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)
        assert remains.lock_date(place) is None
        remains.write_lock_delay(place, "2.0")
        remains.write_lock_date(place, date)
        assert remains.lock_date(place) == date
        remains.run_destroy_script(place)
        remains.wipe(place)
        remains.wipe(place)
        assert remains.lock_date(place) is None
        assert remains.lock_delay(place) == 0.0

    def test_nothing_is_awaited_without_a_list(self) -> None:
        """No wait list, no wait."""
        assert self.make_remains().awaited_processes(self.make_place()) == ()
