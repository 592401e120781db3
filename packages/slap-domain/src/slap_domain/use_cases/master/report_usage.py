"""A computer reports what its partitions consumed."""

from slap_domain.errors import NotFound
from slap_domain.model.master.occasion import Occasion
from slap_domain.model.master.records import UsageRecord
from slap_domain.model.references import ComputerGuid
from slap_domain.planning.master.permission import check_computer
from slap_domain.ports.registry import Records


def report_usage(records: Records, occasion: Occasion, guid: ComputerGuid, journal: str) -> None:
    """Keep a journal of consumption as it came.

    Raises:
        NotFound: the computer is not known.
        NotAllowed: the caller may not report for it.
    """
    record = records.computers.find(guid)
    check_computer(occasion.caller, guid, record)
    if record is None:
        raise NotFound(f"computer {guid} is not known")
    records.usage.add(UsageRecord(computer=guid, received_at=occasion.now, journal=journal))
