"""What the files of a partition say about how long they are kept, and what their removal waits for."""

from datetime import datetime

from slap_domain.model.partition import PartitionPlace
from slap_domain.planning.node.cleanup import recorded_date, recorded_delay
from slap_node import guarded_files

DELAY = ".slapos-retention-lock-delay"
DATE = ".slapos-retention-lock-date"
WAIT_LIST = ".slapos-report-wait-service-list"
_LIMIT = 64


def lock_delay(place: PartitionPlace) -> float:
    """Return the frozen delay in days; 0 when there is none."""
    return recorded_delay(guarded_files.read_or_discard(place.path, DELAY, limit=_LIMIT))


def lock_date(place: PartitionPlace) -> datetime | None:
    """Return until when the files are kept; None when that is not decided yet."""
    return recorded_date(guarded_files.read_or_discard(place.path, DATE, limit=_LIMIT))
