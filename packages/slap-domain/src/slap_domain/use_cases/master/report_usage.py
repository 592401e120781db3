"""A computer reports what its partitions consumed."""

from slap_domain.model.master.occasion import Occasion
from slap_domain.model.master.records import UsageRecord
from slap_domain.model.references import ComputerGuid
from slap_domain.ports.registry import Records
from slap_domain.use_cases.master.assign_computer import recorded_computer


def report_usage(records: Records, occasion: Occasion, guid: ComputerGuid, journal: str) -> None:
    """Keep a journal of consumption as it came.

    Raises:
        NotFound: the computer is not known.
        NotAllowed: the caller may not report for it.
    """
    recorded_computer(records, occasion, guid)
    records.usage.add(UsageRecord(computer=guid, received_at=occasion.now, journal=journal))
