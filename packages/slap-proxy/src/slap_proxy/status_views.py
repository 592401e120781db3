"""What the master can say of how computers and instances are, in the words that people and clients read."""

from datetime import UTC, datetime

from slap_domain.model.master.occasion import Occasion
from slap_domain.model.master.records import ComputerRecord
from slap_domain.model.place import Place
from slap_domain.model.references import ComputerGuid
from slap_domain.ports.registry import Records
from slap_domain.use_cases.master.assign_computer import known_computer
from slap_domain.use_cases.master.report_instance import allowed_instance

NOTHING_YET = "#error no data found"


def computer_status(records: Records, occasion: Occasion, guid: ComputerGuid) -> dict[str, object]:
    """Return how a computer is: when it last spoke to the master.

    Raises:
        NotFound: it is not known.
        NotAllowed: the caller may not act for it.
    """
    record = known_computer(records, occasion, guid)
    return {"text": contact_text(record), "user": guid, "created_at": moment(record.last_contact)}


def partition_status(records: Records, occasion: Occasion, place: Place) -> str:
    """Return what the node last said of an instance, as clients read it.

    Raises:
        NotFound: nothing runs there.
        NotAllowed: the caller may not act for it.
    """
    return allowed_instance(records, occasion, place).report.access_status or NOTHING_YET


def contact_text(record: ComputerRecord) -> str:
    """Return when a computer was last heard, in words."""
    if not record.last_contact:
        return NOTHING_YET
    return f"#access Computer {record.guid} spoke to the master at {moment(record.last_contact)}"


def moment(seconds: int) -> str:
    """Return a time as ISO 8601 in UTC; empty for none."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds") if seconds else ""
