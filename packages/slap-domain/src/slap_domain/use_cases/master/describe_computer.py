"""A computer that was formatted describes itself to the master."""

from dataclasses import replace

from slap_domain.model.computer import ComputerDescription
from slap_domain.model.master.occasion import Occasion
from slap_domain.model.master.records import ComputerRecord
from slap_domain.planning.master.described_computer import plan_format
from slap_domain.planning.master.permission import check_computer
from slap_domain.ports.registry import Records


def describe_computer(records: Records, occasion: Occasion, description: ComputerDescription) -> None:
    """Record a computer and its partitions as described.

    Raises:
        Conflict: it would drop a busy partition.
        NotAllowed: the caller may not describe that computer.
    """
    known = records.computers.find(description.guid)
    check_computer(occasion.caller, description.guid, known)
    plan = plan_format(description, records.computers.slots(description.guid), occasion.now)
    record = replace(
        known or ComputerRecord(guid=description.guid, title=description.guid),
        address=description.address,
        netmask=description.netmask,
        last_contact=occasion.now,
    )
    records.computers.save(record)
    records.computers.remove_slots(description.guid, plan.remove)
    records.computers.save_slots(plan.save)
