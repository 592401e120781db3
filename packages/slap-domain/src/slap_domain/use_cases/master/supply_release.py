"""A tenant supplies a release to a computer, and the computer tells how far it has come."""

from dataclasses import replace

from slap_domain.errors import NotFound
from slap_domain.model.master.occasion import Occasion
from slap_domain.model.master.recorded_parameters import speakable
from slap_domain.model.master.records import ReleaseRecord
from slap_domain.model.references import ComputerGuid, SoftwareUrl
from slap_domain.model.software_release import SoftwareEvent, SoftwareState, after_report
from slap_domain.planning.master.acceptance import check_release
from slap_domain.planning.master.permission import (
    check_computer,
    check_supplier,
    check_supply,
    check_unused,
    has_computer,
)
from slap_domain.ports.registry import Records
from slap_domain.use_cases.master.note_contact import note_contact


def supply_release(
    records: Records, occasion: Occasion, release: SoftwareUrl, computer: ComputerGuid, state: SoftwareState
) -> None:
    """Note that a computer shall have a release, or get rid of it; the computer need not be known yet.

    Raises:
        NotAllowed: the caller may not supply that computer, or not take that release from others.
        InvalidInput: no node could fetch the release.
    """
    record = records.computers.find(computer)
    check_supply(occasion.caller, computer, record)
    found = records.releases.find(computer, release)
    known = found or ReleaseRecord(computer=computer, url=release, state=state)
    if state is SoftwareState.DESTROYED and not has_computer(occasion.caller, computer, record):
        check_supplier(occasion.caller, known)
        others = records.trees.serves_others(computer, release, occasion.caller.user)
        check_unused(known, serves_others=others)
    if found is None:
        check_release(release)
    supplied = replace(known, state=state, supplier=_supplier(occasion.caller.user, found, state))
    if supplied != found:
        records.releases.save(supplied)


def _supplier(user: str, known: ReleaseRecord | None, wanted: SoftwareState) -> str:
    """Return the only user who asks for a release."""
    if known is None or known.state is SoftwareState.DESTROYED:
        return user
    return known.supplier if wanted is SoftwareState.DESTROYED or known.supplier == user else ""


def report_release(
    records: Records,
    occasion: Occasion,
    reported: ReleaseRecord,
    event: SoftwareEvent,
) -> None:
    """Note how far a computer has come with a release; one that is destroyed, as it was wanted, is forgotten.

    Args:
        records: of the master.
        occasion: who reports, and when.
        reported: names the computer and the release, and holds the message.
        event: what happened.

    Raises:
        NotFound: the release is not supplied to that computer.
        Conflict: the report cannot follow what was reported before.
    """
    check_computer(occasion.caller, reported.computer, records.computers.find(reported.computer))
    known = records.releases.find(reported.computer, reported.url)
    if event is not SoftwareEvent.DESTROYED:
        _note_build(records, occasion, reported, event, known)
    elif known is not None and known.state is SoftwareState.DESTROYED:
        records.releases.remove(reported.computer, reported.url)
    elif known is not None:
        # Somebody wants it again, and the node, which did not know yet, will build it.
        _note_build(records, occasion, reported, event, known)
    # Last, as everything that changes a release counts on its computer last: else the two could wait for each
    # other.
    note_contact(records, occasion, reported.computer)


def _note_build(
    records: Records,
    occasion: Occasion,
    reported: ReleaseRecord,
    event: SoftwareEvent,
    known: ReleaseRecord | None,
) -> None:
    if known is None:
        raise NotFound(f"release {reported.url} is not supplied to computer {reported.computer}")
    build = after_report(known.build, event)
    message = speakable(reported.message) if event is SoftwareEvent.ERROR else ""
    records.releases.save(replace(known, build=build, message=message, reported_at=occasion.now))
