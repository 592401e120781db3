"""The master notes when a computer was last heard."""

from slap_domain.model.master.caller import CallerKind
from slap_domain.model.master.occasion import Occasion
from slap_domain.model.references import ComputerGuid
from slap_domain.planning.master.permission import check_computer
from slap_domain.ports.registry import Records

# A node that asks every few seconds need not cost a write each time.
CONTACT_SECONDS = 60


def is_contact_due(records: Records, occasion: Occasion, guid: ComputerGuid) -> bool:
    """Tell whether what is noted of a known computer is old; its owner's visits do not count.

    Raises:
        NotAllowed: the caller may not act for that computer.
    """
    record = records.computers.find(guid)
    check_computer(occasion.caller, guid, record)
    if record is None or occasion.caller.kind is CallerKind.USER:
        return False
    return not 0 <= occasion.now - record.last_contact < CONTACT_SECONDS


def note_contact(records: Records, occasion: Occasion, guid: ComputerGuid) -> None:
    """Note that a computer was heard, unless that was noted a moment ago.

    Raises:
        NotAllowed: the caller may not act for that computer.
    """
    if is_contact_due(records, occasion, guid):
        records.computers.contact(guid, occasion.now)
