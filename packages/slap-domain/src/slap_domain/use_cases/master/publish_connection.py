"""An instance publishes connection parameters, for itself or for a shared instance that it serves."""

from dataclasses import replace

from slap_domain.model.master.instance_tree import Instance
from slap_domain.model.master.occasion import Occasion
from slap_domain.model.master.placement import next_timestamp
from slap_domain.model.master.recorded_parameters import as_text
from slap_domain.model.place import Place
from slap_domain.planning.master.acceptance import check_size
from slap_domain.ports.master_for_instances import PublishedConnection
from slap_domain.ports.registry import Records
from slap_domain.use_cases.master.report_instance import allowed_instance


def is_published(records: Records, occasion: Occasion, connection: PublishedConnection) -> bool:
    """Tell whether publishing would change nothing.

    Raises:
        NotFound: nothing runs in that partition.
        NotAllowed: the caller may not publish for it.
        InvalidInput: a parameter is malformed.
    """
    target = _target(records, occasion, connection)
    return target is None or target.connection == as_text(connection.parameters)


def publish_connection(records: Records, occasion: Occasion, connection: PublishedConnection) -> None:
    """Record connection parameters; new ones make the direct requester be processed again (wire-slap 4.5).

    Those of a shared instance that the partition no longer serves are dropped: it went while that one worked.

    Raises:
        NotFound: nothing runs in that partition.
        NotAllowed: the caller may not publish for it.
        InvalidInput: a parameter is malformed, or all are too long.
    """
    target = _target(records, occasion, connection)
    parameters = as_text(connection.parameters)
    if target is None or target.connection == parameters:
        return
    check_size("connection parameters", parameters)
    records.instances.save(replace(target, connection=parameters))
    requester = records.instances.numbered(target.requester) if target.requester is not None else None
    if requester is not None and requester.slot is not None:
        slot = requester.slot
        records.trees.stamp(slot.place, next_timestamp(slot.timestamp, occasion.now))


def _target(records: Records, occasion: Occasion, connection: PublishedConnection) -> Instance | None:
    place = Place(computer=connection.computer, partition=connection.partition)
    instance = allowed_instance(records, occasion, place, only_look=bool(connection.shared_reference))
    if not connection.shared_reference:
        return instance
    shared = records.instances.referred_to(connection.shared_reference)
    served_here = shared is not None and shared.slot is not None and shared.slot.place == place
    return shared if served_here else None
