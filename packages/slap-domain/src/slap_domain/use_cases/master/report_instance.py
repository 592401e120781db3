"""A node reports what became of an instance."""

from dataclasses import replace

from slap_domain.errors import NotFound
from slap_domain.model.instance import InstanceEvent, InstanceState, ReportedState
from slap_domain.model.master.instance_tree import Instance, Report, tree_destruction_refusal
from slap_domain.model.master.occasion import Occasion
from slap_domain.model.master.placement import next_timestamp
from slap_domain.model.master.recorded_parameters import speakable
from slap_domain.model.place import Place
from slap_domain.model.references import InstanceTitle
from slap_domain.planning.master.acceptance import check_size
from slap_domain.planning.master.permission import check_computer, check_place
from slap_domain.ports.registry import Records


def unknown_partition(place: Place) -> NotFound:
    """Return the error that names a partition without an instance, in the wire's words (wire-slap 4.4)."""
    return NotFound(f"Unknown partition '{place.partition}' on '{place.computer}'")


def allowed_instance(
    records: Records, occasion: Occasion, place: Place, *, only_look: bool = False
) -> Instance:
    """Return the instance of a partition that the caller may act for.

    Args:
        records: of the master.
        occasion: tells who acts.
        place: where it runs.
        only_look: it itself will not be changed.

    Raises:
        NotFound: nothing runs there.
        NotAllowed: the caller may not act for it.
    """
    instance = records.instances.at(place, only_look=only_look)
    check_place(occasion.caller, place, instance)
    if instance is None:
        raise unknown_partition(place)
    return instance


def report_instance(
    records: Records, occasion: Occasion, place: Place, event: InstanceEvent, log: str
) -> None:
    """Note that an instance started, stopped or failed.

    Raises:
        NotFound: nothing runs there.
        NotAllowed: the caller may not report for it.
    """
    instance = allowed_instance(records, occasion, place)
    report = Report(state=ReportedState(event), message=speakable(log), at=occasion.now)
    records.instances.save(replace(instance, report=report))


def report_shared_error(records: Records, occasion: Occasion, place: Place, reference: str, log: str) -> None:
    """Note that a sharer failed to serve a shared instance; one that it no longer serves is left alone.

    Raises:
        NotFound: nothing runs there.
        NotAllowed: the caller may not report for it.
    """
    allowed_instance(records, occasion, place, only_look=True)
    shared = records.instances.referred_to(reference)
    if shared is not None and shared.slot is not None and shared.slot.place == place:
        report = Report(state=ReportedState.ERROR, message=speakable(log), at=occasion.now)
        records.instances.save(replace(shared, report=report))


def report_destroyed(records: Records, occasion: Occasion, place: Place) -> str:
    """Free a partition whose instance is gone; a root with children stays and its children are destroyed.

    Only who has the computer can know that nothing is left there: whoever runs there next must not find what
    another left behind. The identity of what is gone ends with it: nothing that runs there later may be
    mistaken for it.

    Returns:
        Why it is not freed yet: the words that say which children remain (wire-slap section 6); empty: it is.

    Raises:
        NotFound: there is no such partition.
        NotAllowed: the caller may not report for it.
    """
    instance = records.instances.at(place)
    check_computer(occasion.caller, place.computer, records.computers.find(place.computer))
    if instance is None:
        if records.vacancies.slot(place) is None:
            raise unknown_partition(place)
        return ""
    tree = records.trees.members(instance.key.title) if instance.key.is_root else ()
    children = tuple(member for member in tree if not member.key.shared)
    if children:
        return _destroy_children(records, children)
    records.instances.remove(instance)
    for member in tree:
        _withdraw(records, occasion, member)
    for certificate in records.trust.of_place(place):
        records.trust.revoke(certificate.serial, occasion.now)
    return ""


def report_children(
    records: Records, occasion: Occasion, place: Place, titles: tuple[InstanceTitle, ...]
) -> None:
    """Note which instances a partition requested during its last deployment.

    Raises:
        NotFound: nothing runs there.
        NotAllowed: the caller may not report for it.
        InvalidInput: the titles are too many.
    """
    instance = allowed_instance(records, occasion, place)
    related = tuple(sorted(set(titles)))
    if related != instance.related:
        check_size("titles", dict.fromkeys(related, ""))
        records.instances.save(replace(instance, related=related))


def _destroy_children(records: Records, children: tuple[Instance, ...]) -> str:
    for child in children:
        if child.state is not InstanceState.DESTROYED:
            destroyed = InstanceState.DESTROYED
            records.instances.save(replace(child, asked=destroyed, state=destroyed))
    return tree_destruction_refusal(tuple(child.key.title for child in children))


def _withdraw(records: Records, occasion: Occasion, shared: Instance) -> None:
    if shared.slot is not None:
        timestamp = next_timestamp(shared.slot.timestamp, occasion.now)
        records.trees.stamp(shared.slot.place, timestamp)
    records.instances.remove(shared)
