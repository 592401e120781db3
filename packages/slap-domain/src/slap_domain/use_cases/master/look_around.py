"""A tenant looks at their services and computers."""

from slap_domain.errors import NotFound
from slap_domain.model.instance import InstanceState
from slap_domain.model.master.instance_tree import Instance, InstanceKey
from slap_domain.model.master.occasion import Occasion
from slap_domain.model.master.recorded_parameters import as_text
from slap_domain.model.master.records import ComputerRecord, ReleaseRecord
from slap_domain.model.references import ComputerGuid, InstanceTitle
from slap_domain.planning.master.permission import check_tenant
from slap_domain.ports.master_for_tenants import ComputerSummary, ServiceDescription, ServiceSummary
from slap_domain.ports.registry import Records


def list_services(records: Records, occasion: Occasion) -> tuple[ServiceSummary, ...]:
    """Return the caller's root instances that are not destroyed, by title; of two, the shared one last.

    Raises:
        NotAllowed: the caller is no tenant.
    """
    check_tenant(occasion.caller)
    return tuple(
        ServiceSummary(title=root.key.title, release=root.release, shared=root.key.shared)
        for root in records.trees.roots(occasion.owner)
        if root.state is not InstanceState.DESTROYED
    )


def describe_service(
    records: Records, occasion: Occasion, title: InstanceTitle, kinds: tuple[bool, ...] = (False, True)
) -> ServiceDescription:
    """Return one of the caller's root instances; of two of that title, the one that is not shared.

    Args:
        records: of the master.
        occasion: who asks.
        title: of the instance.
        kinds: whether it may be shared, best first.

    Raises:
        NotFound: the caller has none of that title.
        NotAllowed: the caller is no tenant.
    """
    check_tenant(occasion.caller)
    for shared in kinds:
        root = records.instances.find(InstanceKey(title=title, shared=shared))
        if root is not None and occasion.owner in (None, root.owner):
            return _service(records, root)
    raise NotFound(f"there is no service called {title!r}")


def list_computers(records: Records, occasion: Occasion) -> tuple[ComputerSummary, ...]:
    """Return the computers that the caller may use, by id.

    Raises:
        NotAllowed: the caller is no tenant.
    """
    check_tenant(occasion.caller)
    return tuple(_summary(each) for each in records.computers.every() if _visible(occasion, each))


def describe_computer(records: Records, occasion: Occasion, guid: ComputerGuid) -> ComputerSummary:
    """Return a computer that the caller may use.

    Raises:
        NotFound: there is none of that id.
        NotAllowed: the caller is no tenant.
    """
    check_tenant(occasion.caller)
    record = records.computers.find(guid)
    if record is None or not _visible(occasion, record):
        raise NotFound(f"computer {guid} is not known")
    return _summary(record)


def list_releases(
    records: Records, occasion: Occasion, guid: ComputerGuid | None
) -> tuple[ReleaseRecord, ...]:
    """Return the releases supplied to a computer that the caller may use, or to all of them.

    Raises:
        NotAllowed: the caller is no tenant.
    """
    check_tenant(occasion.caller)
    own = {each.guid for each in records.computers.every() if _visible(occasion, each)}
    found = records.releases.every() if guid is None else records.releases.of_computer(guid)
    return tuple(each for each in found if each.computer in own)


def list_members(records: Records, occasion: Occasion, title: InstanceTitle) -> tuple[Instance, ...]:
    """Return the instances of the caller's tree of a title, the root first; empty when there is none.

    Raises:
        NotAllowed: the caller is no tenant.
    """
    check_tenant(occasion.caller)
    root = records.instances.find(InstanceKey(title=title, shared=False))
    if root is None or occasion.owner not in (None, root.owner):
        return ()
    return (root, *records.trees.members(title))


def describe_member(records: Records, occasion: Occasion, number: int) -> ServiceDescription:
    """Return an instance of one of the caller's trees, by its number.

    Raises:
        NotFound: the caller has none of that number.
        NotAllowed: the caller is no tenant.
    """
    check_tenant(occasion.caller)
    instance = records.instances.numbered(number)
    if instance is None or occasion.owner not in (None, instance.owner):
        raise NotFound(f"there is no instance of number {number}")
    return _service(records, instance)


def _service(records: Records, root: Instance) -> ServiceDescription:
    tree = () if root.key.shared or not root.key.is_root else records.trees.members(root.key.title)
    said = (member.report.access_status for member in (root, *tree))
    return ServiceDescription(
        title=root.key.title,
        release=root.release,
        type=root.type,
        state=root.state,
        shared=root.key.shared,
        parameters=as_text(root.parameters) if root.key.shared else root.parameters,
        connection=root.connection,
        news=tuple(text for text in said if text),
    )


def _visible(occasion: Occasion, record: ComputerRecord) -> bool:
    return occasion.owner is None or record.owner in ("", occasion.owner)


def _summary(record: ComputerRecord) -> ComputerSummary:
    return ComputerSummary(guid=record.guid, title=record.title or record.guid)
