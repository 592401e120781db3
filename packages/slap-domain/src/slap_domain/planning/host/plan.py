"""The changes that turn a host into what its layout says, in the order in which they must be made."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from slap_domain.model.host.changes import (
    AddAddress,
    AddInterface,
    AddRoute,
    BindAnyIpv6,
    BringUp,
    CreateGroup,
    CreateUser,
    HostChange,
    LockPassword,
    MakeDirectory,
    ModifyUser,
    WriteDocument,
)
from slap_domain.model.host.layout import (
    AnyInterface,
    ComputerLayout,
    PartitionLayout,
    PartitionUser,
    VirtualInterface,
)
from slap_domain.model.host.settings import FormatSettings
from slap_domain.model.host.state import (
    FoundAccounts,
    FoundFiles,
    FoundNetwork,
    FoundRoute,
    HostState,
)
from slap_domain.planning.host.document import partition_document
from slap_domain.planning.host.links import (
    host_addresses,
    interface_of,
    link_routes,
    obsolete_network,
    range_route,
)
from slap_domain.planning.host.ours import (
    check_group,
    check_interface,
    check_owner,
    check_user,
    refuse_link,
)

RESOURCE_FILE = ".slapos-resource"

_Carried = frozenset[tuple[str, AnyInterface]]


@dataclass(frozen=True, slots=True, kw_only=True)
class FormatPlan:
    """Everything that one run would change; empty when the host is as it shall be.

    Attributes:
        notes: what the settings say and a run does not do, a sentence each.
    """

    layout: ComputerLayout
    changes: tuple[HostChange, ...] = ()
    notes: tuple[str, ...] = ()

    def describe(self) -> tuple[str, ...]:
        """Return the plan for people, a line for each change."""
        return tuple(change.describe() for change in self.changes) or ("nothing to change",)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedDocument:
    """A document of the computer as it shall be, whole."""

    path: PurePosixPath
    text: str
    archived: bool = False


def format_plan(
    settings: FormatSettings,
    layout: ComputerLayout,
    recorded: ComputerLayout | None,
    state: HostState,
    documents: tuple[PlannedDocument, ...],
) -> FormatPlan:
    """Decide what to change.

    The record is written before anything it speaks of, so that a run that is interrupted is completed by
    the next one: what it finds done is then known to be its own.

    Args:
        settings: what the operator wants.
        layout: how the computer shall be.
        recorded: what the last run made, or None.
        state: what was found.
        documents: the record first, then the other documents.

    Raises:
        Conflict: a user, group, directory or interface with a name of ours is somebody else's.
    """
    record, others = documents[:1], documents[1:]
    changes: list[HostChange] = list(_roots(settings, state.files))
    if settings.alter_network:
        # While the record still speaks of it: interrupted, the next run goes on.
        changes += obsolete_network(layout, recorded, state.network)
    changes += _documents(record, state.files)
    if settings.alter_user:
        changes += _accounts(settings, layout, recorded, state.accounts)
    changes += _software_root(settings, recorded, state.files)
    if settings.alter_network:
        changes += _network(settings, layout, state)
    changes += _partition_directories(settings, layout, recorded, state.files)
    changes += _documents((*resource_documents(layout), *others), state.files)
    return FormatPlan(layout=layout, changes=tuple(changes), notes=tuple(_kept_names(settings, recorded)))


def resource_documents(layout: ComputerLayout) -> tuple[PlannedDocument, ...]:
    """Return the description that each partition finds of itself."""
    return tuple(
        PlannedDocument(
            path=partition.path / RESOURCE_FILE,
            text=json.dumps(partition_document(partition), indent=4, sort_keys=True) + "\n",
        )
        for partition in layout.partitions
    )


def directories(settings: FormatSettings, layout: ComputerLayout) -> frozenset[PurePosixPath]:
    """Return the directories that matter to a plan."""
    repository = settings.certificate_repository
    return frozenset(
        {settings.software_root, settings.instance_root, settings.record.parent}
        | ({repository} if repository else set())
        | {partition.path for partition in layout.partitions}
        | {path for partition in layout.partitions for path in partition.storage}
    )


def _roots(settings: FormatSettings, files: FoundFiles) -> Iterator[HostChange]:
    yield from _directory(settings.instance_root, 0o755, "", files)
    parent = settings.record.parent
    if parent not in files.directories and parent != settings.instance_root:
        yield MakeDirectory(path=parent, mode=0o755)


def _kept_names(settings: FormatSettings, recorded: ComputerLayout | None) -> Iterator[str]:
    """Yield what is said of names that partitions keep, whatever the settings say now."""
    if settings.input_definition is not None:
        return
    partitions = recorded.partitions if recorded else ()
    names: dict[tuple[str, str], list[str]] = {
        ("partition_base_name", settings.partition_prefix): [partition.id for partition in partitions],
        ("user_base_name", settings.user_prefix): [partition.user.name for partition in partitions],
        ("tap_base_name", settings.tap_prefix): [
            partition.tap.name if partition.tap else f"{settings.tap_prefix}{number}"
            for number, partition in enumerate(partitions)
        ],
    }
    for (key, prefix), found in names.items():
        kept = next((name for number, name in enumerate(found) if name != f"{prefix}{number}"), None)
        if kept is not None:
            yield f"{key} = {prefix} is for new partitions: those that are there keep their names, as {kept}"


def _software_root(
    settings: FormatSettings, recorded: ComputerLayout | None, files: FoundFiles
) -> Iterator[HostChange]:
    owner = settings.software_user if settings.alter_user else ""
    if owner:
        found = files.directories.get(settings.software_root)
        former = {recorded.software_user} if recorded else set()
        check_owner(settings.software_root, found, {owner} | former)
    yield from _directory(settings.software_root, 0o755, owner, files)


def _partition_directories(
    settings: FormatSettings, layout: ComputerLayout, recorded: ComputerLayout | None, files: FoundFiles
) -> Iterator[HostChange]:
    former = {partition.id: partition.user.name for partition in recorded.partitions} if recorded else {}
    for partition in layout.partitions:
        owner = partition.user.name if settings.alter_user else ""
        for path in (partition.path, *partition.storage):
            found = files.directories.get(path)
            refuse_link(path, found)
            if owner:
                check_owner(path, found, {owner, former.get(partition.id, owner)})
            yield from _directory(path, 0o750, owner, files)
    if settings.certificate_repository:
        # Partitions, each a user of its own, have to reach their files in it, which nobody else may read.
        yield from _directory(settings.certificate_repository, 0o711, "", files)


def _directory(path: PurePosixPath, mode: int, owner: str, files: FoundFiles) -> Iterator[HostChange]:
    found = files.directories.get(path)
    if found is None:
        yield MakeDirectory(path=path, mode=mode, user=owner)
    elif found.mode != mode or (owner and (found.user, found.group) != (owner, owner)):
        yield MakeDirectory(path=path, mode=mode, user=owner, exists=True)


def _documents(documents: Iterable[PlannedDocument], files: FoundFiles) -> Iterator[HostChange]:
    for document in documents:
        if files.documents.get(document.path) != document.text:
            yield WriteDocument(path=document.path, text=document.text, archived=document.archived)


def _accounts(
    settings: FormatSettings, layout: ComputerLayout, recorded: ComputerLayout | None, found: FoundAccounts
) -> Iterator[HostChange]:
    known = {partition.user.name for partition in recorded.partitions} if recorded else set()
    if layout.software_user not in found.groups:
        yield CreateGroup(name=layout.software_user)
    software = PartitionUser(name=layout.software_user, home=settings.software_root)
    check_user(
        software,
        found.users.get(software.name),
        {recorded.software_user} if recorded else set(),
        "is not the one of software releases",
        "software_user to another name",
    )
    yield from _account(software, found)
    for partition in layout.partitions:
        user = partition.user
        check_user(
            user,
            found.users.get(user.name),
            known,
            f"is not partition {partition.id}'s",
            "user_base_name to another prefix",
        )
        check_group(user.name, found, known)
        if user.name not in found.groups:
            yield CreateGroup(name=user.name)
        yield from _account(user, found)


def _account(wanted: PartitionUser, found: FoundAccounts) -> Iterator[HostChange]:
    user = found.users.get(wanted.name)
    if user is None:
        yield CreateUser(user=wanted)
        return
    complete = set(wanted.groups) <= user.groups and user.group == wanted.name
    if not complete or (user.home, user.shell) != (wanted.home, wanted.shell):
        yield ModifyUser(user=wanted)
    if not user.locked:
        yield LockPassword(name=wanted.name)


def _network(settings: FormatSettings, layout: ComputerLayout, state: HostState) -> Iterator[HostChange]:
    if any(partition.ipv6_range for partition in layout.partitions) and not state.network.binds_any_ipv6:
        yield BindAnyIpv6()
    carried = state.network.carried()
    for partition in layout.partitions:
        for address in partition.addresses:
            place = (interface_of(layout, address), address)
            if address not in settings.shared_addresses and place not in carried:
                yield AddAddress(interface=place[0], address=address)
        answered = range_route(partition)
        if answered is not None:
            yield from _route(answered, state.network)
        for kind, virtual in (("tap", partition.tap), ("tun", partition.tun)):
            if virtual is not None:
                yield from _virtual(kind, virtual, partition, state.network, carried)


def _virtual(
    kind: str, virtual: VirtualInterface, partition: PartitionLayout, network: FoundNetwork, carried: _Carried
) -> Iterator[HostChange]:
    found = network.interfaces.get(virtual.name)
    if found is not None:
        check_interface(virtual.name, kind, partition.user.name, found)
    if found is None:
        yield AddInterface(name=virtual.name, kind=kind, user=partition.user.name)
    if found is None or not found.up:
        yield BringUp(name=virtual.name)
    for address in host_addresses(kind, virtual):
        if (virtual.name, address) not in carried:
            yield AddAddress(interface=virtual.name, address=address, routed=False)
    for route in link_routes(kind, virtual):
        yield from _route(route, network)


def _route(route: FoundRoute, network: FoundNetwork) -> Iterator[HostChange]:
    if route not in network.routes:
        yield AddRoute(
            network=route.network, interface=route.interface, local=route.local, gateway=route.gateway
        )
